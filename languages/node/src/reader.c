/* Readers: opening and closing them. */

#include "reader.h"

static void piece_free(struct piece *piece) {
    free(piece->buffer);
    failure_free(&piece->failure);
    memset(piece, 0, sizeof *piece);
}

static void reader_release(struct source *source) {
    struct reader *reader = (struct reader *)source;
    anyarchive_reader_free(reader->handle);
    reader->handle = NULL;
    free(reader->memory);
    reader->memory = NULL;
    piece_free(&reader->piece);
    piece_free(&reader->ahead);
}

static void reader_free(struct source *source) {
    struct reader *reader = (struct reader *)source;
    reader_release(source);
    free(reader->format);
    free(reader->filters);
    free(reader);
}

/* --- opening --- */

struct opening {
    struct task task;
    struct reader *reader;
    anyarchive_reader_settings *settings;
    char *path;
    size_t length;
    bool seekable;
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
        anyarchive_source source = {sizeof source, &reader->source, source_read,
                                    opening->seekable ? source_seek : NULL, NULL};
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

/* Gives each of a list of texts to one of the setters of C. */
#define SETTER(name)                                                                               \
    static bool set_##name(napi_env env, void *settings, const char *text) {                       \
        anyarchive_status status = anyarchive_reader_settings_##name(settings, text);              \
        return fine(env, status, anyarchive_reader_settings_error(settings));                      \
    }
SETTER(format)
SETTER(filter)
SETTER(password)
SETTER(options)

/* make(ask): a reader that is to be opened. */
static napi_value make(napi_env env, napi_callback_info info) {
    return source_make(env, info, sizeof(struct reader), reader_release, reader_free);
}

/* open(handle, options): a promise. options.path, options.memory, or neither to read by the function, which can
   seek as well if options.seekable is there. */
static napi_value open_reader(napi_env env, napi_callback_info info) {
    size_t count = 2;
    napi_value arguments[2];
    TRY(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
    struct reader *reader = source_of(env, arguments[0]);
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
    bool good = each_text(env, options, "formats", set_format, settings) &&
                each_text(env, options, "filters", set_filter, settings) &&
                each_text(env, options, "passwords", set_password, settings) &&
                each_text(env, options, "options", set_options, settings);
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
    opening->seekable = field(env, options, "seekable") != NULL;
    if (!good) {
        opening_free(&opening->task);
        return NULL;
    }
    return task_start(env, &opening->task, &reader->source, arguments[0]);
}

/* --- the rest --- */

/* Makes the failure behind a piece that of the task, if it concerns more than the entry's data. */
static bool tell(struct piece *piece, struct task *task) {
    bool told = piece->failure.status < 0 && !piece->failure.recoverable && task->failure.status == 0;
    if (told) {
        task->failure = piece->failure;
        memset(&piece->failure, 0, sizeof piece->failure);
    }
    failure_free(&piece->failure);
    piece->count = 0;
    piece->ended = false;
    return told;
}

bool leave_entry(struct reader *reader, struct task *task) {
    reader->reads_ahead = false;
    bool told = tell(&reader->piece, task);
    return tell(&reader->ahead, task) || told;
}

void plain_free(struct task *task) {
    free(task);
}

struct reader *opened(napi_env env, napi_callback_info info, napi_value *arguments, size_t count) {
    if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok) {
        return NULL;
    }
    struct reader *reader = source_of(env, arguments[0]);
    if (reader != NULL && !reader->source.busy && reader->handle == NULL) {
        napi_throw_error(env, "ERR_CLOSED", "the reader is not open");
        return NULL;
    }
    return reader;
}

static napi_value describe(napi_env env, napi_callback_info info) {
    napi_value arguments[1], object;
    struct reader *reader = opened(env, info, arguments, 1);
    if (reader == NULL || reader->source.busy) {
        return NULL;
    }
    bool copied = reader->reads_ahead;
    TRY(napi_create_object(env, &object));
    set(env, object, "format",
        string_or_null(env, copied ? reader->format : anyarchive_reader_format_name(reader->handle)));
    set(env, object, "filters",
        string_or_null(env, copied ? reader->filters : anyarchive_reader_filters(reader->handle)));
    return object;
}

bool init_reader(napi_env env, napi_value exports) {
    return export(env, exports, "make", make) && export(env, exports, "open", open_reader) &&
           export(env, exports, "next", next_entry) && export(env, exports, "read", read_data) &&
           export(env, exports, "list", list_entries) && export(env, exports, "extract", extract) &&
           export(env, exports, "token", token) && export(env, exports, "cancel", cancel) &&
           export(env, exports, "describe", describe);
}
