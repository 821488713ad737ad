/* Writers. See anyarchive.hpp. */
#ifndef ANYARCHIVE_WRITER_HPP
#define ANYARCHIVE_WRITER_HPP

#include "anyarchive_entry.hpp"

#include <ostream>

namespace anyarchive {

/** Settings of writers: a format, and what is around it. */
class writer_settings {
public:
    /** A format by its name: pax, zip, 7zip, ... */
    explicit writer_settings(const std::string &format) {
        ::anyarchive_writer_settings *made = nullptr;
        detail::checked([&](auto **failure) {
            return ::anyarchive_writer_settings_new(format.c_str(), &made, failure);
        });
        handle_.reset(made);
    }
    /** Adds a filter around what is there. */
    writer_settings &filter(const std::string &name) {
        return check(::anyarchive_writer_settings_filter(get(), name.c_str()));
    }
    writer_settings &level(int level) {
        return check(::anyarchive_writer_settings_level(get(), level));
    }
    writer_settings &threads(unsigned count) {
        return check(::anyarchive_writer_settings_threads(get(), count));
    }
    writer_settings &options(const std::string &text) {
        return check(::anyarchive_writer_settings_options(get(), text.c_str()));
    }
    writer_settings &password(const std::string &password) {
        return check(::anyarchive_writer_settings_password(get(), password.c_str()));
    }
    writer_settings &spool_unknown_sizes() {
        return check(::anyarchive_writer_settings_spool_unknown_sizes(get()));
    }
    writer_settings &reproducible() {
        return check(::anyarchive_writer_settings_reproducible(get()));
    }
    ::anyarchive_writer_settings *get() const noexcept { return handle_.get(); }

private:
    writer_settings &check(status code) {
        if (code < 0) {
            const auto *mine = ::anyarchive_writer_settings_error(get());
            throw std::invalid_argument(::anyarchive_error_message(mine));
        }
        return *this;
    }

    detail::handle<::anyarchive_writer_settings, &::anyarchive_writer_settings_free> handle_;
};

/** Writes an archive. Without finish() it is half an archive. */
class writer {
public:
    /** Writes a file; the end of its name tells the format. */
    static writer create(const std::filesystem::path &path) { return create(path, nullptr); }
    static writer create(const std::filesystem::path &path, const writer_settings &settings) {
        return create(path, settings.get());
    }
    /** Writes to memory: see data(). */
    static writer to_memory(const writer_settings &settings) {
        return make({}, [&](auto **place, auto **failure) {
            return ::anyarchive_writer_open_memory(settings.get(), place, failure);
        });
    }
    /** Writes to a function: it gets bytes, and gives how many it took, at least 1. */
    static writer to_sink(detail::write_function write, const writer_settings &settings) {
        auto context = std::make_shared<detail::sink_context>(std::move(write));
        ::anyarchive_sink sink{};
        sink.struct_size = sizeof sink;
        sink.user = detail::sink_context::give(context);
        sink.write = &detail::write;
        sink.drop = &detail::sink_context::drop;
        return make(std::move(context), [&](auto **place, auto **failure) {
            return ::anyarchive_writer_open_sink(&sink, settings.get(), place, failure);
        });
    }
    /** Writes to a stream, which must live until finish(). */
    static writer to_stream(std::ostream &stream, const writer_settings &settings) {
        return to_sink(
            [&stream](const std::uint8_t *data, std::size_t len) {
                stream.write(reinterpret_cast<const char *>(data),
                             static_cast<std::streamsize>(len));
                if (!stream) {
                    throw std::ios_base::failure("cannot write the archive");
                }
                return len;
            },
            settings);
    }

    /** Writes the metadata of an entry; its data follows, and finish_entry(). */
    void start_entry(const entry_view &entry) {
        check(::anyarchive_writer_start_entry(handle_.get(), entry.get()));
    }
    void write(const void *data, std::size_t len) {
        check(::anyarchive_writer_write(handle_.get(), data, len));
    }
    void finish_entry() { check(::anyarchive_writer_finish_entry(handle_.get())); }
    /** Writes an entry with its data, as much as its size says. */
    void add(const entry_view &entry, std::string_view data = {}) {
        start_entry(entry);
        write(data.data(), data.size());
        finish_entry();
    }
    /** Writes a regular file. */
    void add(const std::filesystem::path &path, std::string_view data) {
        add(entry::file(path, data.size()), data);
    }
    /** Writes a file or a directory from disk, with everything below it. */
    void append_tree(const std::filesystem::path &path) {
        const auto name = detail::narrow(path);
        check(::anyarchive_writer_append_tree(handle_.get(), name.c_str()));
    }
    /** Completes the archive. */
    void finish() { check(::anyarchive_writer_finish(handle_.get())); }
    /** The finished archive of to_memory(), as long as the writer lives. */
    std::string_view data() const noexcept {
        const std::uint8_t *data = nullptr;
        std::size_t len = 0;
        if (!::anyarchive_writer_data(handle_.get(), &data, &len)) {
            return {};
        }
        return {reinterpret_cast<const char *>(data), len};
    }
    /** Takes what was remarked so far: of entries that are in the archive, but not whole. */
    std::vector<error> take_warnings() {
        std::vector<error> all;
        while (auto *warning = ::anyarchive_writer_take_warning(handle_.get())) {
            all.emplace_back(::anyarchive_error_status(warning), warning);
        }
        return all;
    }
    ::anyarchive_writer *get() const noexcept { return handle_.get(); }

private:
    writer() = default;

    static writer create(const std::filesystem::path &path,
                         const ::anyarchive_writer_settings *settings) {
        const auto name = detail::narrow(path);
        return make({}, [&](auto **place, auto **failure) {
            return ::anyarchive_writer_create(name.c_str(), settings, place, failure);
        });
    }
    template <typename Open>
    static writer make(std::shared_ptr<detail::sink_context> context, Open open) {
        ::anyarchive_writer *opened = nullptr;
        ::anyarchive_error *failure = nullptr;
        const status code = open(&opened, &failure);
        if (code < 0) {
            detail::fail(context, code, failure);
        }
        writer made;
        made.context_ = std::move(context);
        made.handle_.reset(opened);
        return made;
    }
    void check(status code) {
        if (code < 0) {
            detail::fail(context_, code, ::anyarchive_writer_take_error(handle_.get()));
        }
    }

    std::shared_ptr<detail::sink_context> context_;
    detail::handle<::anyarchive_writer, &::anyarchive_writer_free> handle_;
};

} // namespace anyarchive

#endif
