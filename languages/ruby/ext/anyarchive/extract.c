/* Extraction. */

#include "native.h"

#include <time.h>

/* How often interrupts are looked at when nobody asked for progress. */
#define INTERRUPTS_MS 50

struct extraction {
    anyarchive_extractor *extractor;
    anyarchive_reader *reader;
    struct caller *source;
    VALUE destination;
    VALUE settings;
    struct caller progress;
    int64_t last_ms;
    anyarchive_status status;
};

/* --- progress --- */

struct progress_arguments {
    struct caller *caller;
    const anyarchive_progress *progress;
    int32_t *go_on;
};

static VALUE progress_body(VALUE data) {
    struct progress_arguments *arguments = (struct progress_arguments *)data;
    const anyarchive_progress *progress = arguments->progress;
    /* Ctrl-C and Thread#raise are seen here. */
    rb_thread_check_ints();
    if (NIL_P(arguments->caller->object)) {
        *arguments->go_on = 1;
        return Qnil;
    }
    VALUE hash = rb_hash_new();
#define SET(name, value) rb_hash_aset(hash, ID2SYM(rb_intern(name)), value)
    SET("bytes_read", ULL2NUM(progress->bytes_read));
    SET("total_bytes", progress->total_bytes == 0 ? Qnil : ULL2NUM(progress->total_bytes));
    SET("bytes_written", ULL2NUM(progress->bytes_written));
    SET("entries", ULL2NUM(progress->entries));
    SET("name", rb_utf8_str_new_cstr(progress->path));
#undef SET
    VALUE answer = rb_funcall(arguments->caller->object, rb_intern("call"), 1, hash);
    /* Only `false` stops: a block that ends in `puts` has no say. */
    *arguments->go_on = answer == Qfalse ? 0 : 1;
    return Qnil;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int32_t on_progress(void *user, const anyarchive_progress *progress, int32_t *go_on) {
    struct extraction *extraction = user;
    int64_t now = now_ms();
    if (NIL_P(extraction->progress.object) && now - extraction->last_ms < INTERRUPTS_MS) {
        *go_on = 1;
        return 0;
    }
    extraction->last_ms = now;
    struct progress_arguments arguments = {&extraction->progress, progress, go_on};
    return caller_guard(&extraction->progress, progress_body, &arguments);
}

/* --- settings --- */

static VALUE setting(VALUE settings, const char *name) {
    return rb_hash_aref(settings, ID2SYM(rb_intern(name)));
}

static const struct {
    const char *name;
    int32_t limit;
} LIMITS[] = {
    {"entries", ANYARCHIVE_LIMIT_ENTRIES},       {"total_bytes", ANYARCHIVE_LIMIT_TOTAL_BYTES},
    {"file_bytes", ANYARCHIVE_LIMIT_FILE_BYTES}, {"ratio", ANYARCHIVE_LIMIT_RATIO},
    {"path_bytes", ANYARCHIVE_LIMIT_PATH_BYTES}, {"depth", ANYARCHIVE_LIMIT_DEPTH},
    {"filters", ANYARCHIVE_LIMIT_FILTERS},       {"time_ms", ANYARCHIVE_LIMIT_TIME_MS},
};

static int set_limit(VALUE key, VALUE value, VALUE data) {
    struct extraction *extraction = (struct extraction *)data;
    Check_Type(key, T_SYMBOL);
    VALUE name = rb_sym2str(key);
    for (size_t index = 0; index < sizeof LIMITS / sizeof *LIMITS; index++) {
        if (rb_str_equal(name, rb_str_new_cstr(LIMITS[index].name)) == Qtrue) {
            uint64_t number = NIL_P(value) ? ANYARCHIVE_UNLIMITED : NUM2ULL(value);
            anyarchive_extractor_limit(extraction->extractor, LIMITS[index].limit, number);
            return ST_CONTINUE;
        }
    }
    rb_raise(rb_eArgError, "no limit is called %" PRIsVALUE, name);
}

static void check(struct extraction *extraction, anyarchive_status status) {
    if (status < 0) {
        raise_error(status, anyarchive_extractor_error(extraction->extractor), NULL,
                    extraction->source);
    }
}

static void set(struct extraction *extraction) {
    anyarchive_extractor *extractor = extraction->extractor;
    VALUE settings = extraction->settings;
    VALUE value = setting(settings, "strip_components");
    if (!NIL_P(value)) {
        check(extraction, anyarchive_extractor_strip_components(extractor, NUM2SIZET(value)));
    }
    /* Callbacks must not come from a thread that Ruby does not know: it aborts. */
    check(extraction, anyarchive_extractor_threads(extractor, 1));
    value = setting(settings, "existing");
    if (!NIL_P(value)) {
        check(extraction, anyarchive_extractor_existing(extractor, NUM2INT(value)));
    }
    value = setting(settings, "limits");
    if (value == ID2SYM(rb_intern("server"))) {
        check(extraction, anyarchive_extractor_limits_for_server(extractor));
    } else if (!NIL_P(value)) {
        Check_Type(value, T_HASH);
        rb_hash_foreach(value, set_limit, (VALUE)extraction);
    }
    check(extraction, anyarchive_extractor_on_progress(extractor, on_progress, extraction, NULL));
}

static void *run(void *data) {
    struct extraction *extraction = data;
    extraction->status = anyarchive_extractor_run(extraction->extractor, extraction->reader,
                                                  RSTRING_PTR(extraction->destination));
    return NULL;
}

static VALUE report(anyarchive_extractor *extractor) {
    static const char *const OUTCOMES[] = {"unknown", "refused", "failed", "skipped", "warned"};
    VALUE items = rb_ary_new();
    for (size_t index = 0; index < anyarchive_extractor_item_count(extractor); index++) {
        int32_t outcome = 0;
        const char *path = NULL, *reason = NULL;
        if (anyarchive_extractor_item(extractor, index, &outcome, &path, &reason) < 0) {
            continue;
        }
        bool known = outcome > 0 && (size_t)outcome < sizeof OUTCOMES / sizeof *OUTCOMES;
        VALUE name = ID2SYM(rb_intern(OUTCOMES[known ? outcome : 0]));
        rb_ary_push(items, rb_ary_new_from_args(3, name, text_or_nil(path), text_or_nil(reason)));
    }
    return rb_ary_new_from_args(3, ULL2NUM(anyarchive_extractor_entries(extractor)),
                                ULL2NUM(anyarchive_extractor_bytes(extractor)), items);
}

static VALUE body(VALUE data) {
    struct extraction *extraction = (struct extraction *)data;
    set(extraction);
    extraction->progress.without_gvl = true;
    caller_without_gvl(extraction->source, run, extraction);
    extraction->progress.without_gvl = false;
    if (!NIL_P(extraction->progress.raised)) {
        rb_exc_raise(extraction->progress.raised);
    }
    raise_if_fatal(extraction->source);
    check(extraction, extraction->status);
    return report(extraction->extractor);
}

VALUE extract(anyarchive_reader *reader, struct caller *source, VALUE destination, VALUE settings) {
    Check_Type(settings, T_HASH);
    destination = rb_str_new_frozen(path_of(destination));
    VALUE progress = rb_hash_aref(settings, ID2SYM(rb_intern("progress")));
    struct extraction extraction = {.reader = reader,
                                    .source = source,
                                    .destination = destination,
                                    .settings = settings,
                                    .progress = {progress, Qnil, false},
                                    .last_ms = now_ms()};
    extraction.extractor = anyarchive_extractor_new();
    int state = 0;
    VALUE result = rb_protect(body, (VALUE)&extraction, &state);
    anyarchive_extractor_free(extraction.extractor);
    RB_GC_GUARD(destination);
    RB_GC_GUARD(progress);
    if (state != 0) {
        rb_jump_tag(state);
    }
    return result;
}
