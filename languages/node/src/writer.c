/* Writers. */

#include "native.h"

struct writer {
    struct source source; /* it comes first */
    anyarchive_writer *handle;
};

/* Writes nothing any more. */
static void writer_release(struct source *source) {
    struct writer *writer = (struct writer *)source;
    anyarchive_writer_free(writer->handle);
    writer->handle = NULL;
}

static void writer_free(struct source *source) {
    writer_release(source);
    free(source);
}

/* makeWriter(ask): a writer that is to be opened. */
static napi_value make(napi_env env, napi_callback_info info) {
    return source_make(env, info, sizeof(struct writer), writer_release, writer_free);
}

/* --- opening --- */

struct opening {
    struct task task;
    struct writer *writer;
    anyarchive_writer_settings *settings;
    char *path;
};

static void opening_run(struct task *task) {
    struct opening *opening = (struct opening *)task;
    struct writer *writer = opening->writer;
    anyarchive_error *error = NULL;
    anyarchive_status status;
    if (opening->path != NULL) {
        status = anyarchive_writer_create(opening->path, opening->settings, &writer->handle, &error);
    } else {
        anyarchive_sink sink = {sizeof sink, &writer->source, source_write, NULL};
        status = anyarchive_writer_open_sink(&sink, opening->settings, &writer->handle, &error);
    }
    if (status < 0) {
        failure_copy(&task->failure, status, error);
        anyarchive_error_free(error);
    }
}

static napi_value nothing(napi_env env, struct task *task) {
    (void)env;
    (void)task;
    return NULL;
}

static void opening_free(struct task *task) {
    struct opening *opening = (struct opening *)task;
    anyarchive_writer_settings_free(opening->settings);
    free(opening->path);
    free(opening);
}

#define SETTER(name)                                                                               \
    static bool set_##name(napi_env env, void *settings, const char *text) {                       \
        anyarchive_status status = anyarchive_writer_settings_##name(settings, text);              \
        return fine(env, status, anyarchive_writer_settings_error(settings));                      \
    }
SETTER(filter)
SETTER(password)
SETTER(options)

/* A number that is a field of an object; false when there is none. */
static bool number_of(napi_env env, napi_value object, const char *name, double *number) {
    napi_value value = field(env, object, name);
    return value != NULL && napi_get_value_double(env, value, number) == napi_ok;
}

static bool is_set(napi_env env, napi_value object, const char *name) {
    napi_value value = field(env, object, name);
    bool on = false;
    return value != NULL && napi_get_value_bool(env, value, &on) == napi_ok && on;
}

static bool settle(napi_env env, napi_value options, struct opening *opening) {
    napi_value value = field(env, options, "format");
    if (value == NULL) {
        return true;
    }
    char *format = text_of(env, value);
    if (format == NULL) {
        return false;
    }
    anyarchive_error *error = NULL;
    anyarchive_status status = anyarchive_writer_settings_new(format, &opening->settings, &error);
    free(format);
    bool good = fine(env, status, error);
    anyarchive_error_free(error);
    anyarchive_writer_settings *settings = opening->settings;
    good = good && each_text(env, options, "filters", set_filter, settings);
    double number = 0;
    if (good && number_of(env, options, "level", &number)) {
        status = anyarchive_writer_settings_level(settings, (int32_t)number);
        good = fine(env, status, anyarchive_writer_settings_error(settings));
    }
    if (good && number_of(env, options, "threads", &number)) {
        status = anyarchive_writer_settings_threads(settings, (uint32_t)number);
        good = fine(env, status, anyarchive_writer_settings_error(settings));
    }
    good = good && each_text(env, options, "passwords", set_password, settings) &&
           each_text(env, options, "options", set_options, settings);
    if (good && is_set(env, options, "reproducible")) {
        status = anyarchive_writer_settings_reproducible(settings);
        good = fine(env, status, anyarchive_writer_settings_error(settings));
    }
    if (good && is_set(env, options, "spool")) {
        status = anyarchive_writer_settings_spool_unknown_sizes(settings);
        good = fine(env, status, anyarchive_writer_settings_error(settings));
    }
    return good;
}

/* create(handle, options): a promise. options.path, or none to write by the function. */
static napi_value create(napi_env env, napi_callback_info info) {
    size_t count = 2;
    napi_value arguments[2], value;
    TRY(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
    struct writer *writer = source_of(env, arguments[0]);
    struct opening *opening = writer == NULL ? NULL : calloc(1, sizeof *opening);
    if (opening == NULL) {
        return NULL;
    }
    opening->task = (struct task){.run = opening_run, .done = nothing, .free = opening_free};
    opening->writer = writer;
    bool good = settle(env, arguments[1], opening);
    if (good && (value = field(env, arguments[1], "path")) != NULL) {
        good = (opening->path = text_of(env, value)) != NULL;
    }
    if (!good) {
        opening_free(&opening->task);
        return NULL;
    }
    return task_start(env, &opening->task, &writer->source, arguments[0]);
}

/* --- entries --- */

static bool text_field(napi_env env, napi_value object, const char *name, anyarchive_entry *entry,
                       anyarchive_status (*set_text)(anyarchive_entry *, const char *, anyarchive_error **)) {
    napi_value value = field(env, object, name);
    if (value == NULL) {
        return true;
    }
    char *text = text_of(env, value);
    if (text == NULL) {
        return false;
    }
    anyarchive_error *error = NULL;
    bool good = fine(env, set_text(entry, text, &error), error);
    anyarchive_error_free(error);
    free(text);
    return good;
}

static bool number_field(napi_env env, napi_value object, const char *name, anyarchive_entry *entry,
                         anyarchive_status (*set_number)(anyarchive_entry *, uint64_t, anyarchive_error **)) {
    double number = 0;
    if (!number_of(env, object, name, &number)) {
        return true;
    }
    anyarchive_error *error = NULL;
    bool good = fine(env, set_number(entry, (uint64_t)number, &error), error);
    anyarchive_error_free(error);
    return good;
}

/* Fills an entry; lib/ has looked at the types. */
static bool fill(napi_env env, napi_value fields, anyarchive_entry *entry) {
    anyarchive_error *error = NULL;
    double number = 0;
    bool good = text_field(env, fields, "symlink", entry, anyarchive_entry_set_symlink) &&
                text_field(env, fields, "hardlink", entry, anyarchive_entry_set_hardlink) &&
                text_field(env, fields, "uname", entry, anyarchive_entry_set_uname) &&
                text_field(env, fields, "gname", entry, anyarchive_entry_set_gname) &&
                number_field(env, fields, "uid", entry, anyarchive_entry_set_uid) &&
                number_field(env, fields, "gid", entry, anyarchive_entry_set_gid);
    if (good && is_set(env, fields, "sizeUnknown")) {
        good = fine(env, anyarchive_entry_set_size(entry, UINT64_MAX, &error), error);
    } else if (good) {
        good = number_field(env, fields, "size", entry, anyarchive_entry_set_size);
    }
    if (good && number_of(env, fields, "mode", &number)) {
        good = fine(env, anyarchive_entry_set_mode(entry, (uint32_t)number, &error), error);
    }
    double nanoseconds = 0;
    if (good && number_of(env, fields, "seconds", &number) &&
        number_of(env, fields, "nanoseconds", &nanoseconds)) {
        anyarchive_status status =
            anyarchive_entry_set_mtime(entry, (int64_t)number, (uint32_t)nanoseconds, &error);
        good = fine(env, status, error);
    }
    anyarchive_error_free(error);
    return good;
}

static anyarchive_entry *entry_of(napi_env env, napi_value fields) {
    napi_value name = field(env, fields, "name");
    char *path = name == NULL ? NULL : text_of(env, name);
    if (path == NULL) {
        return NULL;
    }
    int32_t type =
        is_set(env, fields, "directory") ? ANYARCHIVE_FILE_TYPE_DIRECTORY : ANYARCHIVE_FILE_TYPE_FILE;
    anyarchive_entry *entry = NULL;
    anyarchive_error *error = NULL;
    bool good = fine(env, anyarchive_entry_new(path, type, &entry, &error), error);
    anyarchive_error_free(error);
    free(path);
    if (good && !fill(env, fields, entry)) {
        anyarchive_entry_free(entry);
        return NULL;
    }
    return entry;
}

/* Some of this, in this order. */
struct step {
    struct task task;
    struct writer *writer;
    anyarchive_entry *entry;
    uint8_t *data;
    size_t length;
    bool finish_entry;
    char *path;
    bool finish;
};

static void step_run(struct task *task) {
    struct step *step = (struct step *)task;
    anyarchive_writer *writer = step->writer->handle;
    anyarchive_status status = ANYARCHIVE_STATUS_OK;
    if (step->entry != NULL) {
        status = anyarchive_writer_start_entry(writer, step->entry);
    }
    if (status >= 0 && step->data != NULL) {
        status = anyarchive_writer_write(writer, step->data, step->length);
    }
    if (status >= 0 && step->finish_entry) {
        status = anyarchive_writer_finish_entry(writer);
    }
    if (status >= 0 && step->path != NULL) {
        status = anyarchive_writer_append_tree(writer, step->path);
    }
    if (status >= 0 && step->finish) {
        status = anyarchive_writer_finish(writer);
    }
    if (status < 0) {
        failure_copy(&task->failure, status, anyarchive_writer_error(writer));
    }
}

static void step_free(struct task *task) {
    struct step *step = (struct step *)task;
    anyarchive_entry_free(step->entry);
    free(step->data);
    free(step->path);
    free(step);
}

/* write(handle, { entry, data, finishEntry, path, finish }): a promise. */
static napi_value write_step(napi_env env, napi_callback_info info) {
    size_t count = 2;
    napi_value arguments[2], value;
    TRY(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
    struct writer *writer = source_of(env, arguments[0]);
    if (writer != NULL && !writer->source.busy && writer->handle == NULL) {
        napi_throw_error(env, "ERR_CLOSED", "the writer is not open");
        return NULL;
    }
    struct step *step = writer == NULL ? NULL : calloc(1, sizeof *step);
    if (step == NULL) {
        return NULL;
    }
    step->task = (struct task){.run = step_run, .done = nothing, .free = step_free};
    step->writer = writer;
    step->finish_entry = is_set(env, arguments[1], "finishEntry");
    step->finish = is_set(env, arguments[1], "finish");
    bool good = true;
    if ((value = field(env, arguments[1], "entry")) != NULL) {
        good = (step->entry = entry_of(env, value)) != NULL;
    }
    if (good && (value = field(env, arguments[1], "data")) != NULL) {
        void *data = NULL;
        good = napi_get_buffer_info(env, value, &data, &step->length) == napi_ok;
        if (good && (step->data = malloc(step->length + 1)) == NULL) {
            napi_throw_error(env, NULL, "out of memory");
            good = false;
        }
        if (good && step->length > 0) {
            /* What belongs to JavaScript can change, and be gone before the thread is. */
            memcpy(step->data, data, step->length);
        }
    }
    if (good && (value = field(env, arguments[1], "path")) != NULL) {
        good = (step->path = text_of(env, value)) != NULL;
    }
    if (!good) {
        step_free(&step->task);
        return NULL;
    }
    return task_start(env, &step->task, &writer->source, arguments[0]);
}

/* The oldest remark that was not taken yet, or null. */
static napi_value take_warning(napi_env env, napi_callback_info info) {
    size_t count = 1;
    napi_value value;
    TRY(napi_get_cb_info(env, info, &count, &value, NULL, NULL));
    struct writer *writer = source_of(env, value);
    if (writer == NULL || writer->source.busy) {
        return NULL;
    }
    anyarchive_error *warning = anyarchive_writer_take_warning(writer->handle);
    napi_value object = NULL;
    if (warning == NULL) {
        TRY(napi_get_null(env, &object));
        return object;
    }
    struct failure failure = {0};
    failure_copy(&failure, anyarchive_error_status(warning), warning);
    anyarchive_error_free(warning);
    object = failure_value(env, &failure);
    failure_free(&failure);
    return object;
}

bool init_writer(napi_env env, napi_value exports) {
    return export(env, exports, "makeWriter", make) && export(env, exports, "create", create) &&
           export(env, exports, "write", write_step) &&
           export(env, exports, "takeWarning", take_warning);
}
