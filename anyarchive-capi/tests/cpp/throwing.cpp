// A callback that can throw: an error of the compiler from C++17 on, unless NOEXCEPT is defined.
#include <anyarchive.h>

#ifndef NOEXCEPT
#define NOEXCEPT
#endif

static int32_t read(void *, uint8_t *, size_t, size_t *) NOEXCEPT { return -1; }

int main() {
    anyarchive_source source{};
    source.read = read;
    return source.read == nullptr;
}
