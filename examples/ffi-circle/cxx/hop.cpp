// C++: an object owns the inner source, and what is thrown is caught before C sees it.
#include <exception>
#include <memory>
#include <stdexcept>

#include "circle.h"

namespace {

class Hop {
public:
    explicit Hop(const anyarchive_source &inner) : inner_(inner) {}
    Hop(const Hop &) = delete; // a copy would drop the inner source twice
    Hop &operator=(const Hop &) = delete;
    ~Hop() {
        if (inner_.drop != nullptr)
            inner_.drop(inner_.user);
    }

    size_t read(uint8_t *buf, size_t cap) {
        size_t count = SIZE_MAX;
        if (inner_.read(inner_.user, buf, cap, &count) != 0 || count > cap)
            throw std::runtime_error("of somebody inside");
        if (circle_pass('X') != 0) {
            circle_blame('X', "C++: an exception");
            throw std::runtime_error("an exception");
        }
        return count;
    }

private:
    anyarchive_source inner_;
};

int32_t read(void *user, uint8_t *buf, size_t cap, size_t *n_read) noexcept {
    try {
        *n_read = static_cast<Hop *>(user)->read(buf, cap);
        return 0;
    } catch (const std::exception &) {
        return -1;
    }
}

void drop(void *user) noexcept { delete static_cast<Hop *>(user); }

} // namespace

extern "C" int32_t hop_cxx_wrap(const anyarchive_source *inner, anyarchive_source *outer) {
    try {
        auto hop = std::make_unique<Hop>(*inner);
        *outer = anyarchive_source{sizeof *outer, hop.release(), read, nullptr, drop};
        return 0;
    } catch (const std::exception &) {
        return -1;
    }
}
