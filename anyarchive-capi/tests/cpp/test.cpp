// The C++ wrapper, in C++17 and C++20. Prints a line for each test, and their number at the end.

#include <anyarchive.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <type_traits>

#if __cplusplus >= 202002L
#include <algorithm>
#include <ranges>
static_assert(std::ranges::input_range<anyarchive::reader>);
#endif

static_assert(std::is_nothrow_move_constructible_v<anyarchive::reader>);
static_assert(std::is_nothrow_move_constructible_v<anyarchive::writer>);
static_assert(std::is_nothrow_move_constructible_v<anyarchive::entry>);
static_assert(!std::is_copy_constructible_v<anyarchive::reader>);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                   \
            std::exit(1);                                                                          \
        }                                                                                          \
    } while (0)

static int tests;
#define TEST(name)                                                                                 \
    do {                                                                                           \
        name();                                                                                    \
        tests++;                                                                                   \
        std::printf("ok %s\n", #name);                                                             \
    } while (0)

namespace fs = std::filesystem;

/// Runs `body`, which must throw this kind of exception, and gives it.
template <typename Exception, typename Body> static Exception thrown(Body body) {
    try {
        body();
    } catch (const Exception &exception) {
        return exception;
    }
    std::fprintf(stderr, "nothing was thrown\n");
    std::exit(1);
}

static std::string tar(int files) {
    auto writer = anyarchive::writer::to_memory(anyarchive::writer_settings("ustar"));
    for (int i = 0; i < files; i++) {
        writer.add("file-" + std::to_string(i), std::string(1000, static_cast<char>(i % 100)));
    }
    writer.finish();
    return std::string(writer.data());
}

static void what_is_written_is_read() {
    auto writer = anyarchive::writer::to_memory(anyarchive::writer_settings("pax"));
    auto entry = anyarchive::entry::file("a/b.txt", 9);
    entry.set_mode(0600).set_uid(12).set_uname("me").set_mtime({5, 6}).set_xattr(
        "user.x", std::string_view("a\0b", 3));
    writer.start_entry(entry);
    writer.write("some", 4);
    writer.write(" data", 5);
    writer.finish_entry();
    writer.add(anyarchive::entry::directory("d"));
    writer.add(anyarchive::entry::symlink_to("l", "a/b.txt"));
    writer.finish();
    CHECK(writer.take_warnings().empty());

    auto reader = anyarchive::reader::from_memory(writer.data());
    CHECK(reader.next());
    const auto &seen = reader.current();
    CHECK(seen.path() == fs::path("a/b.txt"));
    CHECK(seen.is_file() && seen.size() == 9u && seen.mode() == 0600);
    CHECK(seen.uid() == 12u && seen.uname() == "me");
    CHECK(seen.mtime() == (anyarchive::timestamp{5, 6}));
    CHECK(!seen.symlink() && !seen.birthtime());
    CHECK(seen.xattrs().at(0).name == "user.x");
    CHECK(seen.xattrs().at(0).value == std::string("a\0b", 3));
    const anyarchive::entry copy(seen);
    CHECK(reader.read_all() == "some data");
    CHECK(reader.next() && reader.current().is_directory());
    CHECK(reader.next() && reader.current().symlink() == "a/b.txt");
    CHECK(!reader.next());
    CHECK(copy.path() == fs::path("a/b.txt"));
    auto other = copy;
    other.set_path("other");
    CHECK(copy.path() == fs::path("a/b.txt") && other.path() == fs::path("other"));
}

static void a_reader_is_a_range() {
    const auto archive = tar(3);
    auto reader = anyarchive::reader::from_memory(archive);
    std::string paths;
    for (const auto &entry : reader) {
        paths += std::string(entry.path_bytes()) + " ";
    }
    CHECK(paths == "file-0 file-1 file-2 ");
#if __cplusplus >= 202002L
    auto again = anyarchive::reader::from_memory(archive);
    auto big = [](const anyarchive::entry_view &entry) { return entry.size() > 10u; };
    CHECK(std::ranges::count_if(again, big) == 3);
#endif
}

struct broken : std::runtime_error {
    int number;
    explicit broken(int n) : std::runtime_error("broken"), number(n) {}
};

static void what_a_source_throws_comes_out() {
    const auto archive = tar(400);
    int cases = 0;
    for (const std::size_t block_size : {512, 4608, 10240, 65536, 1 << 20}) {
        for (std::size_t point = 0; point < 57; point++) {
            for (const bool with_data : {false, true}) {
                const auto limit = point * 400 * 1536 / 57;
                std::size_t position = 0;
                anyarchive::reader_settings settings;
                settings.block_size(block_size);
                const auto exception = thrown<broken>([&] {
                    auto reader = anyarchive::reader::from_source(
                        [&](std::uint8_t *buf, std::size_t cap) {
                            if (position >= limit) {
                                throw broken(static_cast<int>(point));
                            }
                            const auto count = std::min(cap, limit - position);
                            archive.copy(reinterpret_cast<char *>(buf), count, position);
                            position += count;
                            return count;
                        },
                        {}, settings);
                    while (reader.next()) {
                        if (with_data) {
                            reader.read_all();
                        }
                    }
                });
                CHECK(exception.number == static_cast<int>(point));
                cases++;
            }
        }
    }
    CHECK(cases == 570);
}

static void streams_are_sources_and_sinks() {
    std::ostringstream out;
    auto writer = anyarchive::writer::to_stream(
        out, anyarchive::writer_settings("zip").options("zip:compression=store"));
    writer.add("x", "content");
    writer.finish();
    std::istringstream in(out.str());
    auto reader = anyarchive::reader::from_stream(in);
    CHECK(reader.next());
    CHECK(reader.read_all() == "content");

    auto bad = anyarchive::writer::to_sink(
        [](const std::uint8_t *, std::size_t) -> std::size_t { throw broken(7); },
        anyarchive::writer_settings("ustar"));
    const auto exception = thrown<broken>([&] {
        bad.add("x", "content");
        bad.finish();
    });
    CHECK(exception.number == 7);
}

static void a_source_that_seeks() {
    const auto archive = [] {
        auto writer = anyarchive::writer::to_memory(anyarchive::writer_settings("7zip"));
        writer.add("x", "content");
        writer.finish();
        return std::string(writer.data());
    }();
    std::size_t position = 0;
    auto read = [&](std::uint8_t *buf, std::size_t cap) {
        const auto count = archive.copy(reinterpret_cast<char *>(buf), cap, position);
        position += count;
        return count;
    };
    auto seek = [&](std::int64_t offset, int whence) {
        const std::size_t from = whence == 0 ? 0 : whence == 1 ? position : archive.size();
        position = from + static_cast<std::size_t>(offset);
        return static_cast<std::uint64_t>(position);
    };
    auto reader = anyarchive::reader::from_source(read, seek);
    CHECK(reader.next());
    CHECK(reader.read_all() == "content");
    position = 0;
    auto no_seek = [](std::int64_t, int) -> std::uint64_t { throw broken(8); };
    const auto exception = thrown<broken>([&] {
        auto failing = anyarchive::reader::from_source(read, no_seek);
        while (failing.next()) {
        }
    });
    CHECK(exception.number == 8);
}

static void errors_tell_everything() {
    const auto error = thrown<anyarchive::error>(
        [] { anyarchive::reader::open(fs::path("/nonexistent/a.tar")); });
    CHECK(error.code() == ANYARCHIVE_STATUS_IO);
    CHECK(error.os_error() == 2);
    CHECK(error.archive() == "/nonexistent/a.tar");
    CHECK(std::string(error.what()).find("/nonexistent/a.tar") != std::string::npos);
    thrown<std::invalid_argument>([] { anyarchive::reader_settings().format("tarr"); });
    thrown<anyarchive::error>([] { anyarchive::writer_settings("nonsense"); });
    // A file that says nothing of its format makes no writer.
    thrown<anyarchive::error>([] { anyarchive::writer::create("a.unknown"); });
    // The reader that is in use by its own callback.
    const auto archive = tar(1);
    anyarchive::reader *self = nullptr;
    std::size_t position = 0;
    anyarchive::reader_settings settings;
    settings.block_size(512);
    auto reader = anyarchive::reader::from_source(
        [&](std::uint8_t *buf, std::size_t cap) {
            if (self != nullptr) {
                self->next();
            }
            const auto count = archive.copy(reinterpret_cast<char *>(buf), cap, position);
            position += count;
            return count;
        },
        {}, settings);
    self = &reader;
    const auto busy = thrown<anyarchive::error>([&] {
        while (reader.next()) {
        }
    });
    CHECK(busy.code() == ANYARCHIVE_STATUS_BUSY);
}

static fs::path directory;

static void extraction_is_safe_and_can_be_stopped() {
    auto writer = anyarchive::writer::to_memory(anyarchive::writer_settings("ustar"));
    writer.add("good", "1");
    writer.add("../bad", "2");
    writer.finish();
    const std::string archive(writer.data());
    anyarchive::extractor extractor;
    auto reader = anyarchive::reader::from_memory(archive);
    const auto report = extractor.run(reader, directory / "a");
    CHECK(report.entries == 1 && report.items.size() == 1 && !report.is_clean());
    CHECK(report.items[0].outcome == ANYARCHIVE_OUTCOME_REFUSED);
    CHECK(report.items[0].path == "../bad");
    CHECK(fs::exists(directory / "a/good") && !fs::exists(directory / "bad"));

    extractor.on_progress([](const anyarchive::progress &now) { return now.entries < 2; });
    auto second = anyarchive::reader::from_memory(archive);
    auto stopped = thrown<anyarchive::error>([&] { extractor.run(second, directory / "b"); });
    CHECK(stopped.code() == ANYARCHIVE_STATUS_CANCELLED);

    extractor.on_progress([](const anyarchive::progress &) -> bool { throw broken(9); });
    auto third = anyarchive::reader::from_memory(archive);
    CHECK(thrown<broken>([&] { extractor.run(third, directory / "c"); }).number == 9);

    anyarchive::cancel_token token;
    std::thread([&] { token.cancel(); }).join();
    anyarchive::extractor other;
    other.cancelled_by(token);
    auto fourth = anyarchive::reader::from_memory(archive);
    stopped = thrown<anyarchive::error>([&] { other.run(fourth, directory / "d"); });
    CHECK(stopped.code() == ANYARCHIVE_STATUS_CANCELLED && token.is_cancelled());

    anyarchive::extractor limited;
    limited.limits_for_server().limit(ANYARCHIVE_LIMIT_ENTRIES, 1);
    auto fifth = anyarchive::reader::from_memory(archive);
    stopped = thrown<anyarchive::error>([&] { limited.run(fifth, directory / "e"); });
    CHECK(stopped.code() == ANYARCHIVE_STATUS_REFUSED);
}

static void what_a_source_throws_in_an_extraction_comes_out() {
    const auto archive = tar(50);
    std::size_t position = 0;
    auto reader = anyarchive::reader::from_source([&](std::uint8_t *buf, std::size_t cap) {
        if (position >= 30000) {
            throw broken(11);
        }
        const auto count =
            archive.copy(reinterpret_cast<char *>(buf), std::min<std::size_t>(cap, 10000), position);
        position += count;
        return count;
    });
    anyarchive::extractor extractor;
    CHECK(thrown<broken>([&] { extractor.run(reader, directory / "f"); }).number == 11);
}

static void files_and_trees() {
    const auto tree = directory / "tree";
    fs::create_directories(tree / "sub");
    std::ofstream(tree / "sub/file") << "content";
    const auto path = directory / "a.tar.gz";
    auto writer = anyarchive::writer::create(path);
    writer.append_tree(tree);
    writer.finish();
    auto reader = anyarchive::reader::open(path);
    bool found = false;
    while (reader.next()) {
        if (reader.current().path().filename() == "file") {
            found = reader.read_all() == "content";
        }
    }
    CHECK(found);
    CHECK(reader.filters() == "gzip");
}

int main(int argc, char **argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    directory = argv[1];
    TEST(what_is_written_is_read);
    TEST(a_reader_is_a_range);
    TEST(what_a_source_throws_comes_out);
    TEST(streams_are_sources_and_sinks);
    TEST(a_source_that_seeks);
    TEST(errors_tell_everything);
    TEST(extraction_is_safe_and_can_be_stopped);
    TEST(what_a_source_throws_in_an_extraction_comes_out);
    TEST(files_and_trees);
    std::printf("%d tests\n", tests);
    return 0;
}
