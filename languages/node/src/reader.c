/* Readers: opening and closing them. */

#include "reader.h"

static void reader_free(struct source *source) {
    struct reader *reader = (struct reader *)source;
    anyarchive_reader_free(reader->handle);
    free(reader->memory);
    free(reader->buffer);
    failure_free(&reader->pending);
    free(reader);
}

/* JavaScript has lost the reader. */
static void reader_finalize(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    source_close(data);
}

static struct reader *reader_of(napi_env env, napi_value value) {
    void *data = NULL;
    if (napi_get_value_external(env, value, &data) != napi_ok) {
        napi_throw_type_error(env, NULL, "no reader");
        return NULL;
    }
    struct reader *reader = data;
    if (reader->closed) {
        napi_throw_error(env, "ERR_CLOSED", "the reader is closed");
        return NULL;
    }
    return reader;
}

/* --- opening --- */

struct opening {
    struct task task;
    struct reader *reader;
    anyarchive_reader_settings *settings;
    char *path;
    size_t length;
};

static void opening_run(struct task *task) {
    struct opening *opening = (struct opening *)task;
    struct reader *reader = opening->reader;
    anyarchive_error *error = NULL;
    anyarchive_status status;
    if (opening->path != NULL) {
        status = anyarchive_reader_open_path(opening->path, opening->settings, &reader->handle, &error);
    } else if (reader->memory != NULL) {
        status = anyarchive_reader_open_memory(reader->memory, opening->length, opening->settings,
                                               &reader->handle, &error);
    } else {
        reader->calls_back = true;
        anyarchive_source source = {sizeof source, &reader->source, source_read, NULL, NULL};
        status = anyarchive_reader_open_source(&source, opening->settings, &reader->handle, &error);
    }
    if (status < 0) {
        failure_copy(&task->failure, status, error);
        anyarchive_error_free(error);
    }
}

static napi_value nothing(napi_env env, struct task *task) {
    (void)task;
    napi_value value;
    TRY(napi_get_undefined(env, &value));
    return value;
}

static void opening_free(struct task *task) {
    struct opening *opening = (struct opening *)task;
    anyarchive_reader_settings_free(opening->settings);
    free(opening->path);
    free(opening);
}

static bool set_texts(napi_env env, napi_value options, const char *name,
                      anyarchive_reader_settings *settings,
                      anyarchive_status (*set_text)(anyarchive_reader_settings *, const char *)) {
    napi_value texts = field(env, options, name);
    uint32_t count = 0;
    if (texts == NULL) {
        return true;
    }
    if (napi_get_array_length(env, texts, &count) != napi_ok) {
        napi_throw_type_error(env, NULL, "a list of texts is expected");
        return false;
    }
    for (uint32_t index = 0; index < count; index++) {
        napi_value value;
        char *text = NULL;
        if (napi_get_element(env, texts, index, &value) != napi_ok ||
            (text = text_of(env, value)) == NULL) {
            return false;
        }
        anyarchive_status status = set_text(settings, text);
        free(text);
        if (status < 0) {
            struct failure failure = {0};
            failure_copy(&failure, status, anyarchive_reader_settings_error(settings));
            napi_throw(env, failure_value(env, &failure));
            failure_free(&failure);
            return false;
        }
    }
    return true;
}

/* make(read): a reader that is to be opened; read(count) is called when C wants to read. */
static napi_value make(napi_env env, napi_callback_info info) {
    size_t count = 1;
    napi_value read, external;
    TRY(napi_get_cb_info(env, info, &count, &read, NULL, NULL));
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        napi_throw_error(env, NULL, "out of memory");
        return NULL;
    }
    if (!source_init(env, &reader->source, read, reader_free)) {
        return NULL;
    }
    if (napi_create_external(env, reader, reader_finalize, NULL, &external) != napi_ok) {
        reader_finalize(env, reader, NULL);
        return NULL;
    }
    return external;
}

/* open(handle, options): a promise. options.path, options.memory, or neither to read by the function. */
static napi_value open_reader(napi_env env, napi_callback_info info) {
    size_t count = 2;
    napi_value arguments[2];
    TRY(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
    struct reader *reader = reader_of(env, arguments[0]);
    if (reader == NULL) {
        return NULL;
    }
    struct opening *opening = calloc(1, sizeof *opening);
    if (opening == NULL) {
        napi_throw_error(env, NULL, "out of memory");
        return NULL;
    }
    opening->task = (struct task){.run = opening_run, .done = nothing, .free = opening_free};
    opening->reader = reader;
    opening->settings = anyarchive_reader_settings_new();
    anyarchive_reader_settings *settings = opening->settings;
    napi_value options = arguments[1], value;
    bool good = set_texts(env, options, "formats", settings, anyarchive_reader_settings_format) &&
                set_texts(env, options, "filters", settings, anyarchive_reader_settings_filter) &&
                set_texts(env, options, "passwords", settings, anyarchive_reader_settings_password) &&
                set_texts(env, options, "options", settings, anyarchive_reader_settings_options);
    if (good && (value = field(env, options, "blockSize")) != NULL) {
        int64_t bytes = 0;
        good = napi_get_value_int64(env, value, &bytes) == napi_ok && bytes > 0;
        if (good) {
            anyarchive_reader_settings_block_size(settings, (size_t)bytes);
        } else {
            napi_throw_type_error(env, NULL, "blockSize is a number of bytes");
        }
    }
    if (good && (value = field(env, options, "path")) != NULL) {
        good = (opening->path = text_of(env, value)) != NULL;
    } else if (good && (value = field(env, options, "memory")) != NULL) {
        void *data = NULL;
        good = napi_get_buffer_info(env, value, &data, &opening->length) == napi_ok;
        if (good && (reader->memory = malloc(opening->length + 1)) == NULL) {
            napi_throw_error(env, NULL, "out of memory");
            good = false;
        }
        if (good) {
            memcpy(reader->memory, data, opening->length);
        }
    }
    if (!good) {
        opening_free(&opening->task);
        return NULL;
    }
    return task_start(env, &opening->task, &reader->source, arguments[0]);
}

/* --- the rest --- */

bool tell_pending(struct reader *reader, struct task *task) {
    if (reader->pending.status == 0) {
        return false;
    }
    task->failure = reader->pending;
    memset(&reader->pending, 0, sizeof reader->pending);
    return true;
}

bool leave_entry(struct reader *reader, struct task *task) {
    reader->ended = false;
    if (reader->pending.recoverable) {
        failure_free(&reader->pending);
    }
    return tell_pending(reader, task);
}

void plain_free(struct task *task) {
    free(task);
}

struct reader *opened(napi_env env, napi_callback_info info, napi_value *arguments, size_t count) {
    if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok) {
        return NULL;
    }
    struct reader *reader = reader_of(env, arguments[0]);
    if (reader != NULL && !reader->source.busy && reader->handle == NULL) {
        napi_throw_error(env, "ERR_CLOSED", "the reader is not open");
        return NULL;
    }
    return reader;
}

static napi_value close_reader(napi_env env, napi_callback_info info) {
    size_t count = 1;
    napi_value value;
    TRY(napi_get_cb_info(env, info, &count, &value, NULL, NULL));
    struct reader *reader = reader_of(env, value);
    if (reader == NULL) {
        return NULL;
    }
    if (reader->source.busy) {
        napi_throw_error(env, "ERR_BUSY", "it is in use: wait for the promise before");
        return NULL;
    }
    source_idle(&reader->source);
    anyarchive_reader_free(reader->handle);
    reader->handle = NULL;
    free(reader->memory);
    reader->memory = NULL;
    free(reader->buffer);
    reader->buffer = NULL;
    reader->closed = true;
    return NULL;
}

static napi_value describe(napi_env env, napi_callback_info info) {
    napi_value arguments[1], object;
    struct reader *reader = opened(env, info, arguments, 1);
    if (reader == NULL || reader->source.busy) {
        return NULL;
    }
    TRY(napi_create_object(env, &object));
    set(env, object, "format", string_or_null(env, anyarchive_reader_format_name(reader->handle)));
    set(env, object, "filters", string_or_null(env, anyarchive_reader_filters(reader->handle)));
    return object;
}

napi_value init_reader(napi_env env, napi_value exports) {
    static const struct {
        const char *name;
        napi_callback function;
    } FUNCTIONS[] = {
        {"make", make},       {"open", open_reader}, {"next", next_entry},   {"read", read_data},
        {"list", list_entries},
        {"extract", extract}, {"token", token},      {"cancel", cancel},     {"close", close_reader},
        {"describe", describe},
    };
    for (size_t index = 0; index < sizeof FUNCTIONS / sizeof *FUNCTIONS; index++) {
        napi_value function;
        TRY(napi_create_function(env, NULL, 0, FUNCTIONS[index].function, NULL, &function));
        set(env, exports, FUNCTIONS[index].name, function);
    }
    return exports;
}
