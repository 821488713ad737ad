/* Extraction. */

#include "reader.h"

#include <time.h>

struct extraction {
    struct task task;
    struct reader *reader;
    anyarchive_extractor *extractor;
    char *destination;
    int64_t told; /* milliseconds of some clock */
};

/* Milliseconds between two calls of JavaScript's function. */
#define PROGRESS_MS 50

static int32_t on_progress(void *user, const anyarchive_progress *progress, int32_t *go_on) {
    struct extraction *extraction = user;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t milliseconds = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (extraction->told == 0 || milliseconds - extraction->told >= PROGRESS_MS) {
        extraction->told = milliseconds;
        source_tell(&extraction->reader->source, progress);
    }
    *go_on = 1;
    return 0;
}

static void extraction_run(struct task *task) {
    struct extraction *extraction = (struct extraction *)task;
    if (leave_entry(extraction->reader, task)) {
        return;
    }
    anyarchive_status status = anyarchive_extractor_run(
        extraction->extractor, extraction->reader->handle, extraction->destination);
    if (status < 0) {
        failure_copy(&task->failure, status, anyarchive_extractor_error(extraction->extractor));
    }
}

static napi_value extraction_done(napi_env env, struct task *task) {
    static const char *const OUTCOMES[] = {"unknown", "refused", "failed", "skipped", "warned"};
    anyarchive_extractor *extractor = ((struct extraction *)task)->extractor;
    napi_value report, items, item;
    TRY(napi_create_object(env, &report));
    set(env, report, "entries", number_or_null(env, true, anyarchive_extractor_entries(extractor)));
    set(env, report, "bytes", number_or_null(env, true, anyarchive_extractor_bytes(extractor)));
    TRY(napi_create_array(env, &items));
    for (size_t index = 0; index < anyarchive_extractor_item_count(extractor); index++) {
        int32_t outcome = 0;
        const char *path = NULL, *reason = NULL;
        if (anyarchive_extractor_item(extractor, index, &outcome, &path, &reason) < 0) {
            continue;
        }
        bool known = outcome > 0 && (size_t)outcome < sizeof OUTCOMES / sizeof *OUTCOMES;
        TRY(napi_create_object(env, &item));
        set(env, item, "outcome", string_or_null(env, OUTCOMES[known ? outcome : 0]));
        set(env, item, "name", string_or_null(env, path));
        set(env, item, "reason", string_or_null(env, reason));
        TRY(napi_set_element(env, items, (uint32_t)index, item));
    }
    set(env, report, "items", items);
    return report;
}

static void extraction_free(struct task *task) {
    struct extraction *extraction = (struct extraction *)task;
    anyarchive_extractor_free(extraction->extractor);
    free(extraction->destination);
    free(extraction);
}

static const struct {
    const char *name;
    int32_t limit;
} LIMITS[] = {
    {"entries", ANYARCHIVE_LIMIT_ENTRIES},      {"totalBytes", ANYARCHIVE_LIMIT_TOTAL_BYTES},
    {"fileBytes", ANYARCHIVE_LIMIT_FILE_BYTES}, {"ratio", ANYARCHIVE_LIMIT_RATIO},
    {"pathBytes", ANYARCHIVE_LIMIT_PATH_BYTES}, {"depth", ANYARCHIVE_LIMIT_DEPTH},
    {"timeMs", ANYARCHIVE_LIMIT_TIME_MS},
};

/* extract(handle, destination, options, token): a promise of the report. */
napi_value extract(napi_env env, napi_callback_info info) {
    napi_value arguments[4], value;
    struct reader *reader = opened(env, info, arguments, 4);
    struct extraction *extraction = reader == NULL ? NULL : calloc(1, sizeof *extraction);
    if (extraction == NULL) {
        return NULL;
    }
    extraction->task = (struct task){.run = extraction_run, .done = extraction_done, .free = extraction_free};
    extraction->reader = reader;
    extraction->extractor = anyarchive_extractor_new();
    extraction->destination = text_of(env, arguments[1]);
    void *token = NULL;
    bool good = extraction->destination != NULL && extraction->extractor != NULL &&
                napi_get_value_external(env, arguments[3], &token) == napi_ok;
    anyarchive_extractor *extractor = extraction->extractor;
    napi_value options = arguments[2];
    double number = 0;
    if (good) {
        anyarchive_extractor_cancel_token(extractor, token);
        if ((value = field(env, options, "serverLimits")) != NULL) {
            bool on = false;
            napi_get_value_bool(env, value, &on);
            if (on) {
                anyarchive_extractor_limits_for_server(extractor);
            }
        }
        if ((value = field(env, options, "stripComponents")) != NULL &&
            napi_get_value_double(env, value, &number) == napi_ok && number > 0) {
            anyarchive_extractor_strip_components(extractor, (size_t)number);
        }
        if ((value = field(env, options, "existing")) != NULL &&
            napi_get_value_double(env, value, &number) == napi_ok) {
            anyarchive_extractor_existing(extractor, (int32_t)number);
        }
        if (field(env, options, "progress") != NULL) {
            anyarchive_extractor_on_progress(extractor, on_progress, extraction, NULL);
        }
        napi_value limits = field(env, options, "limits");
        for (size_t index = 0; limits != NULL && index < sizeof LIMITS / sizeof *LIMITS; index++) {
            if ((value = field(env, limits, LIMITS[index].name)) != NULL &&
                napi_get_value_double(env, value, &number) == napi_ok && number >= 0) {
                uint64_t limit = number < 9e15 ? (uint64_t)number : ANYARCHIVE_UNLIMITED;
                anyarchive_extractor_limit(extractor, LIMITS[index].limit, limit);
            }
        }
    }
    if (!good) {
        extraction_free(&extraction->task);
        return NULL;
    }
    return task_start(env, &extraction->task, &reader->source, arguments[0]);
}

static void token_free(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    anyarchive_cancel_token_free(data);
}

napi_value token(napi_env env, napi_callback_info info) {
    (void)info;
    napi_value external;
    TRY(napi_create_external(env, anyarchive_cancel_token_new(), token_free, NULL, &external));
    return external;
}

napi_value cancel(napi_env env, napi_callback_info info) {
    size_t count = 1;
    napi_value value;
    void *data = NULL;
    TRY(napi_get_cb_info(env, info, &count, &value, NULL, NULL));
    TRY(napi_get_value_external(env, value, &data));
    anyarchive_cancel_token_cancel(data);
    return NULL;
}
