/* Readers. A handle of JavaScript is an external that points to one of these; the source comes first. */

#include "native.h"

struct reader {
    struct source source;
    anyarchive_reader *handle;
    /* A copy of bytes in memory, which C reads where they are. */
    uint8_t *memory;
    /* For the data of entries: one call at a time reads. */
    uint8_t *buffer;
    bool closed;
};

/* Bytes that are read at once. */
#define PIECE (1 << 18)

static void reader_free(struct source *source) {
    struct reader *reader = (struct reader *)source;
    anyarchive_reader_free(reader->handle);
    free(reader->memory);
    free(reader->buffer);
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

/* --- entries --- */

/* Most that one task takes. */
#define BATCH 256

struct next {
    struct task task;
    struct reader *reader;
    const anyarchive_entry *entry;
};

/* Metadata alone, of many entries at once. */
struct list {
    struct task task;
    struct reader *reader;
    anyarchive_entry *entries[BATCH];
    size_t count;
    /* Of what came behind them. */
    struct failure failure;
    bool end;
};

static void next_run(struct task *task) {
    struct next *next = (struct next *)task;
    anyarchive_status status = anyarchive_reader_next(next->reader->handle, &next->entry);
    if (status < 0) {
        failure_copy(&task->failure, status, anyarchive_reader_error(next->reader->handle));
    } else if (status == ANYARCHIVE_STATUS_EOF) {
        next->entry = NULL;
    }
}

/* Copies the metadata. The reader does nothing meanwhile: the next task starts after this one. */
static napi_value next_done(napi_env env, struct task *task) {
    const anyarchive_entry *entry = ((struct next *)task)->entry;
    napi_value null;
    if (entry != NULL) {
        return metadata(env, entry);
    }
    TRY(napi_get_null(env, &null));
    return null;
}

static void list_run(struct task *task) {
    struct list *list = (struct list *)task;
    anyarchive_reader *reader = list->reader->handle;
    const anyarchive_entry *entry = NULL;
    while (list->count < BATCH) {
        anyarchive_status status = anyarchive_reader_next(reader, &entry);
        if (status < 0) {
            failure_copy(&list->failure, status, anyarchive_reader_error(reader));
            return;
        }
        if (status == ANYARCHIVE_STATUS_EOF) {
            list->end = true;
            return;
        }
        status = anyarchive_entry_clone(entry, &list->entries[list->count], NULL);
        if (status < 0) {
            failure_copy(&list->failure, status, NULL);
            return;
        }
        list->count++;
    }
}

/* { entries, error, end }: the error, if there is one, belongs behind the entries. */
static napi_value list_done(napi_env env, struct task *task) {
    struct list *list = (struct list *)task;
    napi_value object, entries, value;
    TRY(napi_create_object(env, &object));
    TRY(napi_create_array_with_length(env, list->count, &entries));
    for (size_t index = 0; index < list->count; index++) {
        if ((value = metadata(env, list->entries[index])) == NULL) {
            return NULL;
        }
        TRY(napi_set_element(env, entries, (uint32_t)index, value));
    }
    set(env, object, "entries", entries);
    if (list->failure.status < 0) {
        set(env, object, "error", failure_value(env, &list->failure));
    }
    TRY(napi_get_boolean(env, list->end, &value));
    set(env, object, "end", value);
    return object;
}

static void list_free(struct task *task) {
    struct list *list = (struct list *)task;
    for (size_t index = 0; index < list->count; index++) {
        anyarchive_entry_free(list->entries[index]);
    }
    failure_free(&list->failure);
    free(list);
}

static void plain_free(struct task *task) {
    free(task);
}

static struct reader *opened(napi_env env, napi_callback_info info, napi_value *arguments, size_t count) {
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

static napi_value next_entry(napi_env env, napi_callback_info info) {
    napi_value arguments[1];
    struct reader *reader = opened(env, info, arguments, 1);
    struct next *next = reader == NULL ? NULL : calloc(1, sizeof *next);
    if (next == NULL) {
        return NULL;
    }
    next->task = (struct task){.run = next_run, .done = next_done, .free = plain_free};
    next->reader = reader;
    return task_start(env, &next->task, &reader->source, arguments[0]);
}

static napi_value list_entries(napi_env env, napi_callback_info info) {
    napi_value arguments[1];
    struct reader *reader = opened(env, info, arguments, 1);
    struct list *list = reader == NULL ? NULL : calloc(1, sizeof *list);
    if (list == NULL) {
        return NULL;
    }
    list->task = (struct task){.run = list_run, .done = list_done, .free = list_free};
    list->reader = reader;
    return task_start(env, &list->task, &reader->source, arguments[0]);
}

/* --- data --- */

struct data {
    struct task task;
    struct reader *reader;
    size_t count;
};

static void data_run(struct task *task) {
    struct data *data = (struct data *)task;
    anyarchive_status status =
        anyarchive_reader_read(data->reader->handle, data->reader->buffer, PIECE, &data->count);
    if (status < 0) {
        failure_copy(&task->failure, status, anyarchive_reader_error(data->reader->handle));
    }
}

static napi_value data_done(napi_env env, struct task *task) {
    struct data *data = (struct data *)task;
    napi_value value;
    TRY(napi_create_buffer_copy(env, data->count, data->reader->buffer, NULL, &value));
    return value;
}

static napi_value read_data(napi_env env, napi_callback_info info) {
    napi_value arguments[1];
    struct reader *reader = opened(env, info, arguments, 1);
    if (reader == NULL) {
        return NULL;
    }
    if (reader->buffer == NULL && (reader->buffer = malloc(PIECE)) == NULL) {
        napi_throw_error(env, NULL, "out of memory");
        return NULL;
    }
    struct data *data = calloc(1, sizeof *data);
    if (data == NULL) {
        napi_throw_error(env, NULL, "out of memory");
        return NULL;
    }
    data->task = (struct task){.run = data_run, .done = data_done, .free = plain_free};
    data->reader = reader;
    return task_start(env, &data->task, &reader->source, arguments[0]);
}

/* --- extraction --- */

struct extraction {
    struct task task;
    struct reader *reader;
    anyarchive_extractor *extractor;
    char *destination;
};

static void extraction_run(struct task *task) {
    struct extraction *extraction = (struct extraction *)task;
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
static napi_value extract(napi_env env, napi_callback_info info) {
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

static napi_value token(napi_env env, napi_callback_info info) {
    (void)info;
    napi_value external;
    TRY(napi_create_external(env, anyarchive_cancel_token_new(), token_free, NULL, &external));
    return external;
}

static napi_value cancel(napi_env env, napi_callback_info info) {
    size_t count = 1;
    napi_value value;
    void *data = NULL;
    TRY(napi_get_cb_info(env, info, &count, &value, NULL, NULL));
    TRY(napi_get_value_external(env, value, &data));
    anyarchive_cancel_token_cancel(data);
    return NULL;
}

/* --- the rest --- */

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
