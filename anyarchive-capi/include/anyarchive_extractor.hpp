/* Extractors. See anyarchive.hpp. */
#ifndef ANYARCHIVE_EXTRACTOR_HPP
#define ANYARCHIVE_EXTRACTOR_HPP

#include "anyarchive_reader.hpp"

#include <new>

namespace anyarchive {

/** Stops extractions, from any thread. */
class cancel_token {
public:
    cancel_token() : handle_(::anyarchive_cancel_token_new()) {
        if (!handle_) {
            throw std::bad_alloc();
        }
    }
    void cancel() const noexcept { ::anyarchive_cancel_token_cancel(handle_.get()); }
    bool is_cancelled() const noexcept {
        return ::anyarchive_cancel_token_is_cancelled(handle_.get());
    }
    const ::anyarchive_cancel_token *get() const noexcept { return handle_.get(); }

private:
    detail::handle<::anyarchive_cancel_token, &::anyarchive_cancel_token_free> handle_;
};

/** How far an extraction has come. */
struct progress {
    std::uint64_t bytes_read;
    /** 0 when the source cannot tell. */
    std::uint64_t total_bytes;
    std::uint64_t bytes_written;
    std::uint64_t entries;
    std::string_view path;
};

/** An entry, or a property of one, that is not on disk as the archive has it. */
struct report_item {
    ::anyarchive_outcome outcome;
    std::string path;
    std::string reason;
};

/** What an extraction did. */
struct report {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::vector<report_item> items;

    /** Whether everything is on disk as the archive has it. */
    bool is_clean() const noexcept { return items.empty(); }
};

/** Extracts archives; what would not be safe is refused, and in the report. */
class extractor {
public:
    extractor() : handle_(::anyarchive_extractor_new()) {
        if (!handle_) {
            throw std::bad_alloc();
        }
    }
    extractor &strip_components(std::size_t count) {
        return check(::anyarchive_extractor_strip_components(get(), count));
    }
    extractor &existing(::anyarchive_existing what) {
        return check(::anyarchive_extractor_existing(get(), static_cast<std::int32_t>(what)));
    }
    extractor &threads(std::size_t count) {
        return check(::anyarchive_extractor_threads(get(), count));
    }
    extractor &atomic(bool yes) { return check(::anyarchive_extractor_atomic(get(), yes)); }
    /** Sets one limit; ANYARCHIVE_UNLIMITED is none. */
    extractor &limit(::anyarchive_limit what, std::uint64_t value) {
        return check(::anyarchive_extractor_limit(get(), static_cast<std::int32_t>(what), value));
    }
    /** Strict limits, for a service that unpacks what strangers send. */
    extractor &limits_for_server() {
        return check(::anyarchive_extractor_limits_for_server(get()));
    }
    extractor &cancelled_by(const cancel_token &token) {
        return check(::anyarchive_extractor_cancel_token(get(), token.get()));
    }
    /** Calls `function` at each entry and within long ones; it gives whether to go on. */
    extractor &on_progress(std::function<bool(const progress &)> function) {
        auto context = std::make_shared<progress_context>(std::move(function));
        check(::anyarchive_extractor_on_progress(get(), &told, progress_context::give(context),
                                                 &progress_context::drop));
        context_ = std::move(context);
        return *this;
    }
    /** Extracts the entries that the reader has not come to yet. */
    report run(reader &from, const std::filesystem::path &destination) {
        const auto name = detail::narrow(destination);
        const auto code = ::anyarchive_extractor_run(get(), from.get(), name.c_str());
        if (code < 0) {
            auto *failure = ::anyarchive_extractor_take_error(get());
            try {
                from.rethrow();
            } catch (...) {
                ::anyarchive_error_free(failure);
                throw;
            }
            detail::fail(context_, code, failure);
        }
        return last_report();
    }
    /** What the last extraction did, also when it failed. */
    report last_report() {
        report done;
        done.entries = ::anyarchive_extractor_entries(get());
        done.bytes = ::anyarchive_extractor_bytes(get());
        const auto count = ::anyarchive_extractor_item_count(get());
        for (std::size_t i = 0; i < count; ++i) {
            std::int32_t outcome = 0;
            const char *path = "";
            const char *reason = "";
            check(::anyarchive_extractor_item(get(), i, &outcome, &path, &reason));
            done.items.push_back({static_cast<::anyarchive_outcome>(outcome), path, reason});
        }
        return done;
    }
    ::anyarchive_extractor *get() const noexcept { return handle_.get(); }

private:
    using progress_context = detail::context<std::function<bool(const progress &)>>;

    static std::int32_t told(void *user, const ::anyarchive_progress *now,
                             std::int32_t *go_on) noexcept {
        return progress_context::of(user).contain([&](auto &function) {
            const progress mine{now->bytes_read, now->total_bytes, now->bytes_written,
                                now->entries, now->path};
            *go_on = function(mine) ? 1 : 0;
        });
    }
    extractor &check(status code) {
        if (code < 0) {
            throw error(code, ::anyarchive_extractor_take_error(get()));
        }
        return *this;
    }

    std::shared_ptr<progress_context> context_;
    detail::handle<::anyarchive_extractor, &::anyarchive_extractor_free> handle_;
};

} // namespace anyarchive

#endif
