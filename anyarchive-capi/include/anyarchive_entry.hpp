/* Entries. See anyarchive.hpp. */
#ifndef ANYARCHIVE_ENTRY_HPP
#define ANYARCHIVE_ENTRY_HPP

#include "anyarchive_base.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace anyarchive {

/** A time as archives have it: seconds since 1970, and nanoseconds (0 to 999999999). */
struct timestamp {
    std::int64_t seconds = 0;
    std::uint32_t nanoseconds = 0;

    /** For std::chrono; times that it cannot hold wrap. */
    std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds> to_sys() const {
        return std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>(
            std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds));
    }
    friend bool operator==(const timestamp &a, const timestamp &b) {
        return a.seconds == b.seconds && a.nanoseconds == b.nanoseconds;
    }
};

/** An extended attribute. */
struct xattr {
    std::string name;
    std::string value;
};

/** Metadata of an entry that somebody else owns: a reader, until it goes to the next one. */
class entry_view {
public:
    explicit entry_view(const ::anyarchive_entry *entry = nullptr) noexcept : entry_(entry) {}

    /** The path as the archive has it, in whatever encoding. */
    std::string_view path_bytes() const noexcept {
        const std::uint8_t *data = nullptr;
        std::size_t len = 0;
        if (!::anyarchive_entry_path_bytes(entry_, &data, &len)) {
            return {};
        }
        return {reinterpret_cast<const char *>(data), len};
    }
    /** The path, for looking at: only an extractor makes it safe to write to. */
    std::filesystem::path path() const { return std::filesystem::path(path_bytes()); }
    /** What it is. */
    file_type type() const noexcept { return ::anyarchive_entry_file_type(entry_); }
    bool is_file() const noexcept { return type() == ANYARCHIVE_FILE_TYPE_FILE; }
    bool is_directory() const noexcept { return type() == ANYARCHIVE_FILE_TYPE_DIRECTORY; }
    bool is_symlink() const noexcept { return type() == ANYARCHIVE_FILE_TYPE_SYMLINK; }
    /** Size of the data in bytes, if the archive says it before the data. */
    std::optional<std::uint64_t> size() const { return number(&::anyarchive_entry_size); }
    /** Permissions, with setuid, setgid and sticky: 12 bits. */
    std::uint32_t mode() const noexcept { return ::anyarchive_entry_mode(entry_); }
    std::optional<std::uint64_t> uid() const { return number(&::anyarchive_entry_uid); }
    std::optional<std::uint64_t> gid() const { return number(&::anyarchive_entry_gid); }
    std::optional<std::string> uname() const { return text(::anyarchive_entry_uname(entry_)); }
    std::optional<std::string> gname() const { return text(::anyarchive_entry_gname(entry_)); }
    /** What a symbolic link points to. */
    std::optional<std::string> symlink() const { return text(::anyarchive_entry_symlink(entry_)); }
    /** The path of the entry that this is a further name of. */
    std::optional<std::string> hardlink() const {
        return text(::anyarchive_entry_hardlink(entry_));
    }
    std::optional<timestamp> mtime() const { return time(&::anyarchive_entry_mtime); }
    std::optional<timestamp> atime() const { return time(&::anyarchive_entry_atime); }
    std::optional<timestamp> ctime() const { return time(&::anyarchive_entry_ctime); }
    std::optional<timestamp> birthtime() const { return time(&::anyarchive_entry_birthtime); }
    bool is_encrypted() const noexcept { return ::anyarchive_entry_is_encrypted(entry_); }
    /** What libarchive remarked on it: something of it may be lost. */
    std::optional<std::string> warning() const { return text(::anyarchive_entry_warning(entry_)); }
    /** Extended attributes, in the order of the archive. */
    std::vector<xattr> xattrs() const {
        std::vector<xattr> all;
        const char *name = nullptr;
        const std::uint8_t *data = nullptr;
        std::size_t len = 0;
        for (std::size_t i = 0; ::anyarchive_entry_xattr(entry_, i, &name, &data, &len); ++i) {
            all.push_back({name, std::string(reinterpret_cast<const char *>(data), len)});
        }
        return all;
    }
    /** For functions of anyarchive.h. */
    const ::anyarchive_entry *get() const noexcept { return entry_; }

private:
    std::optional<std::uint64_t> number(bool (*ask)(const ::anyarchive_entry *,
                                                    std::uint64_t *)) const {
        std::uint64_t value = 0;
        return ask(entry_, &value) ? std::optional(value) : std::nullopt;
    }
    std::optional<timestamp> time(bool (*ask)(const ::anyarchive_entry *, std::int64_t *,
                                              std::uint32_t *)) const {
        timestamp value;
        return ask(entry_, &value.seconds, &value.nanoseconds) ? std::optional(value)
                                                               : std::nullopt;
    }
    static std::optional<std::string> text(const char *text) {
        return text == nullptr ? std::nullopt : std::optional<std::string>(text);
    }

    const ::anyarchive_entry *entry_;
};

/** An entry of one's own: made, or a copy. */
class entry : public entry_view {
public:
    /** A regular file, with mode 0644. */
    static entry file(const std::filesystem::path &path, std::uint64_t size = 0) {
        entry made(path, ANYARCHIVE_FILE_TYPE_FILE);
        made.set_size(size);
        return made;
    }
    /** A directory, with mode 0755. */
    static entry directory(const std::filesystem::path &path) {
        return entry(path, ANYARCHIVE_FILE_TYPE_DIRECTORY);
    }
    /** A symbolic link. */
    static entry symlink_to(const std::filesystem::path &path, const std::string &target) {
        entry made(path, ANYARCHIVE_FILE_TYPE_FILE);
        made.call(&::anyarchive_entry_set_symlink, target.c_str());
        return made;
    }
    /** Of any kind. */
    entry(const std::filesystem::path &path, file_type type) {
        ::anyarchive_entry *made = nullptr;
        const auto name = detail::narrow(path);
        detail::checked([&](auto **failure) {
            return ::anyarchive_entry_new(name.c_str(), type, &made, failure);
        });
        own(made);
    }
    /** A copy of any entry. */
    explicit entry(const entry_view &from) {
        ::anyarchive_entry *made = nullptr;
        detail::checked([&](auto **failure) {
            return ::anyarchive_entry_clone(from.get(), &made, failure);
        });
        own(made);
    }
    entry(const entry &from) : entry(static_cast<const entry_view &>(from)) {}
    entry(entry &&from) noexcept : entry_view(from), owned_(std::move(from.owned_)) {
        static_cast<entry_view &>(from) = entry_view();
    }
    entry &operator=(entry from) noexcept {
        std::swap(owned_, from.owned_);
        static_cast<entry_view &>(*this) = entry_view(owned_.get());
        return *this;
    }

    /** Sets the path to bytes of whatever encoding; for the rest see anyarchive.h. */
    entry &set_path(const std::string &bytes) {
        return call(&::anyarchive_entry_set_path, bytes.c_str());
    }
    entry &set_size(std::uint64_t bytes) { return call(&::anyarchive_entry_set_size, bytes); }
    entry &set_size_unknown() { return call(&::anyarchive_entry_set_size, std::uint64_t(-1)); }
    entry &set_mode(std::uint32_t mode) { return call(&::anyarchive_entry_set_mode, mode); }
    entry &set_uid(std::uint64_t uid) { return call(&::anyarchive_entry_set_uid, uid); }
    entry &set_gid(std::uint64_t gid) { return call(&::anyarchive_entry_set_gid, gid); }
    entry &set_uname(const std::string &name) {
        return call(&::anyarchive_entry_set_uname, name.c_str());
    }
    entry &set_gname(const std::string &name) {
        return call(&::anyarchive_entry_set_gname, name.c_str());
    }
    entry &set_hardlink(const std::string &target) {
        return call(&::anyarchive_entry_set_hardlink, target.c_str());
    }
    entry &set_mtime(timestamp t) {
        return call(&::anyarchive_entry_set_mtime, t.seconds, t.nanoseconds);
    }
    entry &set_atime(timestamp t) {
        return call(&::anyarchive_entry_set_atime, t.seconds, t.nanoseconds);
    }
    entry &set_xattr(const std::string &name, std::string_view value) {
        return call(&::anyarchive_entry_set_xattr, name.c_str(),
                    reinterpret_cast<const std::uint8_t *>(value.data()), value.size());
    }

private:
    void own(::anyarchive_entry *made) {
        owned_.reset(made);
        static_cast<entry_view &>(*this) = entry_view(made);
    }
    template <typename Function, typename... Arguments>
    entry &call(Function function, Arguments... arguments) {
        detail::checked(
            [&](auto **failure) { return function(owned_.get(), arguments..., failure); });
        return *this;
    }

    detail::handle<::anyarchive_entry, &::anyarchive_entry_free> owned_;
};

} // namespace anyarchive

#endif
