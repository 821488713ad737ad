/* Errors, and what the other headers share. See anyarchive.hpp. */
#ifndef ANYARCHIVE_BASE_HPP
#define ANYARCHIVE_BASE_HPP

#include "anyarchive.h"

#if __cplusplus < 201703L && (!defined(_MSVC_LANG) || _MSVC_LANG < 201703L)
#error "anyarchive.hpp needs C++17"
#endif

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace anyarchive {

/** What a failure is, as in anyarchive.h. */
using status = ::anyarchive_status;

/** What an entry is, as in anyarchive.h. */
using file_type = ::anyarchive_file_type;

/** A failure, with everything that is known about it. */
class error : public std::runtime_error {
public:
    /** Takes over what the library gave; it is freed here. */
    error(status code, ::anyarchive_error *from)
        : std::runtime_error(text(code, from)), code_(code) {
        std::unique_ptr<::anyarchive_error, void (*)(::anyarchive_error *)> owned(
            from, &::anyarchive_error_free);
        if (from == nullptr) {
            return;
        }
        os_error_ = ::anyarchive_error_os_error(from);
        recoverable_ = ::anyarchive_error_is_recoverable(from);
        message_ = or_empty(::anyarchive_error_message(from));
        function_ = or_empty(::anyarchive_error_function(from));
        archive_ = or_empty(::anyarchive_error_archive(from));
        entry_ = or_empty(::anyarchive_error_entry(from));
    }

    /** Its kind. */
    status code() const noexcept { return code_; }
    /** The system's errno, or 0. */
    int os_error() const noexcept { return os_error_; }
    /** Whether the reader can go on with the next entry. */
    bool is_recoverable() const noexcept { return recoverable_; }
    /** What failed and why, without the names of archive and entry, which what() has too. */
    const std::string &message() const noexcept { return message_; }
    /** The function of libarchive that failed, or empty. */
    const std::string &function() const noexcept { return function_; }
    /** The path of the archive, or empty. */
    const std::string &archive() const noexcept { return archive_; }
    /** The path of the entry as the archive has it, or empty. */
    const std::string &entry() const noexcept { return entry_; }

private:
    static const char *or_empty(const char *text) noexcept { return text == nullptr ? "" : text; }
    static std::string text(status code, const ::anyarchive_error *from) {
        const char *line = ::anyarchive_error_text(from);
        if (line != nullptr && *line != '\0') {
            return line;
        }
        return code == ANYARCHIVE_STATUS_BUSY ? "the object is in use by another call"
                                              : "status " + std::to_string(static_cast<int>(code));
    }

    status code_;
    int os_error_ = 0;
    bool recoverable_ = false;
    std::string message_, function_, archive_, entry_;
};

namespace detail {

/** Frees with a function of the library. */
template <auto Free> struct deleter {
    template <typename T> void operator()(T *pointer) const noexcept { Free(pointer); }
};

template <typename T, auto Free> using handle = std::unique_ptr<T, deleter<Free>>;

/** What the functions that open want: bytes on Unix, UTF-8 on Windows. */
inline std::string narrow(const std::filesystem::path &path) {
#ifdef _WIN32
    const auto text = path.u8string();
    return std::string(text.begin(), text.end());
#else
    return path.native();
#endif
}

/** A callback, and what it threw. The library has one reference and the object that calls another. */
template <typename Function> struct context {
    Function function;
    std::exception_ptr thrown;

    explicit context(Function from) : function(std::move(from)) {}

    /** What the library gets as `user`; drop() takes it back. */
    static void *give(const std::shared_ptr<context> &self) {
        return new std::shared_ptr<context>(self);
    }
    static context &of(void *user) noexcept {
        return **static_cast<std::shared_ptr<context> *>(user);
    }
    static void drop(void *user) noexcept { delete static_cast<std::shared_ptr<context> *>(user); }

    /** Runs `body`; what it throws is kept, and is a failure. */
    template <typename Body> std::int32_t contain(Body body) noexcept {
        try {
            body(function);
            return 0;
        } catch (...) {
            thrown = std::current_exception();
            return -1;
        }
    }
};

using read_function = std::function<std::size_t(std::uint8_t *, std::size_t)>;
using seek_function = std::function<std::uint64_t(std::int64_t, int)>;
using write_function = std::function<std::size_t(const std::uint8_t *, std::size_t)>;

struct source_functions {
    read_function read;
    seek_function seek;
};

using source_context = context<source_functions>;
using sink_context = context<write_function>;

inline std::int32_t read(void *user, std::uint8_t *buf, std::size_t cap,
                         std::size_t *n_read) noexcept {
    return source_context::of(user).contain([&](auto &is) { *n_read = is.read(buf, cap); });
}

inline std::int32_t seek(void *user, std::int64_t offset, std::int32_t whence,
                         std::uint64_t *position) noexcept {
    return source_context::of(user).contain([&](auto &is) { *position = is.seek(offset, whence); });
}

inline std::int32_t write(void *user, const std::uint8_t *data, std::size_t len,
                          std::size_t *n_written) noexcept {
    return sink_context::of(user).contain([&](auto &is) { *n_written = is(data, len); });
}

/** Throws what a callback threw, if one did, and the library's error else. */
template <typename Context>
[[noreturn]] void fail(const std::shared_ptr<Context> &context, status code,
                       ::anyarchive_error *from) {
    error mine(code, from);
    if (context && context->thrown) {
        std::rethrow_exception(std::exchange(context->thrown, nullptr));
    }
    throw mine;
}

/** Calls a function that wants a place for its error. */
template <typename Call> void checked(Call call) {
    ::anyarchive_error *failure = nullptr;
    const status code = call(&failure);
    if (code < 0) {
        throw error(code, failure);
    }
}

} // namespace detail

} // namespace anyarchive

#endif
