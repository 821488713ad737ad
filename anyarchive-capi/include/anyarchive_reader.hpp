/* Readers. See anyarchive.hpp. */
#ifndef ANYARCHIVE_READER_HPP
#define ANYARCHIVE_READER_HPP

#include "anyarchive_entry.hpp"

#include <istream>
#include <iterator>
#include <new>

namespace anyarchive {

/** Settings of readers. */
class reader_settings {
public:
    reader_settings() : handle_(::anyarchive_reader_settings_new()) {
        if (!handle_) {
            throw std::bad_alloc();
        }
    }
    /** Allows one more format, and no other than those named. */
    reader_settings &format(const std::string &name) {
        return check(::anyarchive_reader_settings_format(get(), name.c_str()));
    }
    /** Allows one more filter, and no other than those named. */
    reader_settings &filter(const std::string &name) {
        return check(::anyarchive_reader_settings_filter(get(), name.c_str()));
    }
    reader_settings &options(const std::string &text) {
        return check(::anyarchive_reader_settings_options(get(), text.c_str()));
    }
    reader_settings &password(const std::string &password) {
        return check(::anyarchive_reader_settings_password(get(), password.c_str()));
    }
    /** How many bytes to read at once: 512 bytes to 64 MiB. */
    reader_settings &block_size(std::size_t bytes) {
        return check(::anyarchive_reader_settings_block_size(get(), bytes));
    }
    ::anyarchive_reader_settings *get() const noexcept { return handle_.get(); }

private:
    reader_settings &check(status code) {
        if (code < 0) {
            const auto *mine = ::anyarchive_reader_settings_error(get());
            throw std::invalid_argument(::anyarchive_error_message(mine));
        }
        return *this;
    }

    detail::handle<::anyarchive_reader_settings, &::anyarchive_reader_settings_free> handle_;
};

/** A piece of data, and where it belongs in the file. */
struct block {
    const std::uint8_t *data;
    std::size_t size;
    std::uint64_t offset;
};

/** Reads an archive, entry after entry: `for (const auto &entry : reader)`. */
class reader {
public:
    /** Opens a file, or a pipe. */
    static reader open(const std::filesystem::path &path, const reader_settings &settings = {}) {
        const auto name = detail::narrow(path);
        return make({}, [&](auto **place, auto **failure) {
            return ::anyarchive_reader_open_path(name.c_str(), settings.get(), place, failure);
        });
    }
    /** Reads memory, which must stay as it is as long as the reader lives. */
    static reader from_memory(const void *data, std::size_t size,
                              const reader_settings &settings = {}) {
        return make({}, [&](auto **place, auto **failure) {
            return ::anyarchive_reader_open_memory(static_cast<const std::uint8_t *>(data), size,
                                                   settings.get(), place, failure);
        });
    }
    static reader from_memory(std::string_view data, const reader_settings &settings = {}) {
        return from_memory(data.data(), data.size(), settings);
    }
    /**
     * Reads from a function: it gets a buffer and its size, and gives how many bytes it put there, 0 at
     * the end. The second one, which may be missing, moves by an offset from the start (0), the
     * position (1) or the end (2), and gives the new position.
     */
    static reader from_source(detail::read_function read, detail::seek_function seek = {},
                              const reader_settings &settings = {}) {
        const bool seeks = static_cast<bool>(seek);
        auto context = std::make_shared<detail::source_context>(
            detail::source_functions{std::move(read), std::move(seek)});
        ::anyarchive_source source{};
        source.struct_size = sizeof source;
        source.user = detail::source_context::give(context);
        source.read = &detail::read;
        source.seek = seeks ? &detail::seek : nullptr;
        source.drop = &detail::source_context::drop;
        return make(std::move(context), [&](auto **place, auto **failure) {
            return ::anyarchive_reader_open_source(&source, settings.get(), place, failure);
        });
    }
    /** Reads a stream, which must live as long as the reader; it does not seek. */
    static reader from_stream(std::istream &stream, const reader_settings &settings = {}) {
        return from_source(
            [&stream](std::uint8_t *buf, std::size_t cap) {
                stream.read(reinterpret_cast<char *>(buf), static_cast<std::streamsize>(cap));
                if (stream.bad()) {
                    throw std::ios_base::failure("cannot read the archive");
                }
                return static_cast<std::size_t>(stream.gcount());
            },
            {}, settings);
    }

    /** Goes to the next entry; false behind the last. */
    bool next() {
        const ::anyarchive_entry *lent = nullptr;
        current_ = entry_view();
        const auto code = ::anyarchive_reader_next(handle_.get(), &lent);
        check(code);
        current_ = entry_view(lent);
        return code == ANYARCHIVE_STATUS_OK;
    }
    /** The entry that next() went to. */
    const entry_view &current() const noexcept { return current_; }
    /** Reads data of the current entry; 0 at the end. */
    std::size_t read(void *buf, std::size_t cap) {
        std::size_t count = 0;
        check(::anyarchive_reader_read(handle_.get(), buf, cap, &count));
        return count;
    }
    /** Reads the rest of the current entry's data. It can be of any size: see limits of extractors. */
    std::string read_all() {
        std::string all;
        char piece[65536];
        while (const auto count = read(piece, sizeof piece)) {
            all.append(piece, count);
        }
        return all;
    }
    /** The next piece of data, lent until the next call; what lies between two is a hole. */
    std::optional<block> next_block() {
        block piece{};
        const auto code = ::anyarchive_reader_next_block(handle_.get(), &piece.data, &piece.size,
                                                         &piece.offset);
        check(code);
        return code == ANYARCHIVE_STATUS_OK ? std::optional(piece) : std::nullopt;
    }
    /** The exact name of the format; empty before the first entry. */
    std::string format_name() const { return ::anyarchive_reader_format_name(handle_.get()); }
    /** The filters, the innermost first, with commas between. */
    std::string filters() const { return ::anyarchive_reader_filters(handle_.get()); }
    std::uint64_t bytes_read() const noexcept {
        return ::anyarchive_reader_bytes_read(handle_.get());
    }
    ::anyarchive_reader *get() const noexcept { return handle_.get(); }
    /** Throws for a failure of a call on get(): what a callback threw, or an error. */
    void check(status code) {
        if (code < 0) {
            detail::fail(context_, code, ::anyarchive_reader_take_error(handle_.get()));
        }
    }
    /** What a callback threw in a call on get(), if it did; it is forgotten then. */
    void rethrow() {
        if (context_ && context_->thrown) {
            std::rethrow_exception(std::exchange(context_->thrown, nullptr));
        }
    }

    /** An input iterator: it moves the reader. */
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = entry_view;
        using difference_type = std::ptrdiff_t;
        using pointer = const entry_view *;
        using reference = const entry_view &;

        iterator() noexcept = default;
        explicit iterator(reader *of) : reader_(of) { ++*this; }
        reference operator*() const noexcept { return reader_->current(); }
        pointer operator->() const noexcept { return &reader_->current(); }
        iterator &operator++() {
            if (!reader_->next()) {
                reader_ = nullptr;
            }
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator &a, const iterator &b) noexcept {
            return a.reader_ == b.reader_;
        }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept { return !(a == b); }

    private:
        reader *reader_ = nullptr;
    };

    /** Goes to the next entry: to the first one, when none was read. */
    iterator begin() { return iterator(this); }
    iterator end() noexcept { return {}; }

private:
    reader() = default;

    template <typename Open>
    static reader make(std::shared_ptr<detail::source_context> context, Open open) {
        ::anyarchive_reader *opened = nullptr;
        ::anyarchive_error *failure = nullptr;
        const status code = open(&opened, &failure);
        if (code < 0) {
            detail::fail(context, code, failure);
        }
        reader made;
        made.context_ = std::move(context);
        made.handle_.reset(opened);
        return made;
    }

    std::shared_ptr<detail::source_context> context_;
    detail::handle<::anyarchive_reader, &::anyarchive_reader_free> handle_;
    entry_view current_;
};

} // namespace anyarchive

#endif
