// anyarchive.hpp: `throughput list|stream ARCHIVE`.
#include <anyarchive.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string_view>
#include <vector>

int main(int argc, char **argv) try {
    if (argc != 3) {
        return 2;
    }
    const auto start = std::chrono::steady_clock::now();
    const bool list = std::string_view(argv[1]) == "list";
    unsigned long long entries = 0, names = 0, bytes = 0;
    std::vector<char> buffer(65536);
    auto reader = anyarchive::reader::open(argv[2]);
    for (const auto &entry : reader) {
        entries += 1;
        names += entry.path_bytes().size();
        if (list) {
            bytes += entry.size().value_or(0);
            continue;
        }
        while (const auto count = reader.read(buffer.data(), buffer.size())) {
            bytes += count;
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf("%llu %llu %llu %.6f\n", entries, names, bytes, took.count());
    return 0;
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
