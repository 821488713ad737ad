/* Entries and their data. */

#include "reader.h"

#include <time.h>

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
    if (leave_entry(next->reader, task)) {
        return;
    }
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
    napi_value value;
    if (entry == NULL) {
        TRY(napi_get_null(env, &value));
        return value;
    }
    struct owners owners = {0};
    TRY(napi_create_array_with_length(env, FIELDS, &value));
    return metadata(env, entry, &owners, value, 0) ? value : NULL;
}

static void list_run(struct task *task) {
    struct list *list = (struct list *)task;
    anyarchive_reader *reader = list->reader->handle;
    const anyarchive_entry *entry = NULL;
    if (leave_entry(list->reader, task)) {
        return;
    }
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

/* { entries, error, end }: metadata one after the other; the error, if there is one, belongs behind them. */
static napi_value list_done(napi_env env, struct task *task) {
    struct list *list = (struct list *)task;
    napi_value object, entries, value;
    TRY(napi_create_object(env, &object));
    TRY(napi_create_array_with_length(env, list->count * FIELDS, &entries));
    struct owners owners = {0};
    for (size_t index = 0; index < list->count; index++) {
        if (!metadata(env, list->entries[index], &owners, entries, (uint32_t)index * FIELDS)) {
            return NULL;
        }
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

napi_value next_entry(napi_env env, napi_callback_info info) {
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

napi_value list_entries(napi_env env, napi_callback_info info) {
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

/* Bytes of one piece at most, and of one of which the memory itself goes to JavaScript at least. */
#define PIECE (1 << 20)
#define GIVEN (PIECE / 2)
/* A piece is filled as long as this takes no longer: data that comes slowly does not wait for more. What a stream
   gave is not filled up at all: the stream may wait for those who wait for the data. */
#define PATIENCE_NS 5000000
#define MEANWHILE (-1)

struct data {
    struct task task;
    struct reader *reader;
    size_t count;
};

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Fills a piece until it is full or somebody wants something else, of which `until` is the time. */
static void fill(struct reader *reader, struct piece *piece, int64_t until) {
    if (piece->buffer == NULL && (piece->buffer = malloc(PIECE)) == NULL) {
        piece->failure.status = ANYARCHIVE_STATUS_OUT_OF_MEMORY;
        return;
    }
    bool stop = false;
    while (!stop && piece->count < PIECE && !piece->ended && piece->failure.status == 0) {
        size_t count = 0;
        anyarchive_status status = anyarchive_reader_read(reader->handle, piece->buffer + piece->count,
                                                          PIECE - piece->count, &count);
        if (status < 0) {
            failure_copy(&piece->failure, status, anyarchive_reader_error(reader->handle));
        }
        piece->ended = status >= 0 && count == 0;
        piece->count += status >= 0 ? count : 0;
        stop = until == MEANWHILE ? source_wanted(&reader->source) : nanoseconds() >= until;
    }
}

/* While JavaScript has the last piece. */
static void read_ahead(struct source *source) {
    struct reader *reader = (struct reader *)source;
    fill(reader, &reader->ahead, MEANWHILE);
}

static char *copy(const char *text) {
    return text == NULL ? NULL : strdup(text);
}

/* Each way to JavaScript and back costs what 64 KiB from a file cost, and the library gives no more at once. */
static void data_run(struct task *task) {
    struct data *data = (struct data *)task;
    struct reader *reader = data->reader;
    struct piece *piece = &reader->piece;
    if (reader->reads_ahead) {
        struct piece done = *piece;
        *piece = reader->ahead;
        reader->ahead = done;
        reader->ahead.count = 0;
        reader->reads_ahead = false;
    } else {
        piece->count = 0;
    }
    fill(reader, piece, reader->calls_back ? 0 : nanoseconds() + PATIENCE_NS);
    data->count = piece->count;
    if (piece->count == 0 && piece->failure.status < 0) {
        task->failure = piece->failure;
        memset(&piece->failure, 0, sizeof piece->failure);
    } else if (piece->count == PIECE && piece->failure.status == 0 && !piece->ended && !reader->calls_back) {
        free(reader->format);
        free(reader->filters);
        reader->format = copy(anyarchive_reader_format_name(reader->handle));
        reader->filters = copy(anyarchive_reader_filters(reader->handle));
        reader->reads_ahead = true;
        reader->source.meanwhile = read_ahead;
    }
}

static void given_free(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    free(data);
}

static napi_value data_done(napi_env env, struct task *task) {
    struct data *data = (struct data *)task;
    struct reader *reader = data->reader;
    napi_value value;
    if (data->count >= GIVEN) {
        napi_status status =
            napi_create_external_buffer(env, data->count, reader->piece.buffer, given_free, NULL, &value);
        if (status == napi_ok) {
            reader->piece.buffer = NULL;
            return value;
        }
        /* Runtimes that want all memory in one place refuse it. */
    }
    TRY(napi_create_buffer_copy(env, data->count, reader->piece.buffer, NULL, &value));
    return value;
}

/* read(handle): a promise of bytes, an empty Buffer or no promise but null at the end. */
napi_value read_data(napi_env env, napi_callback_info info) {
    napi_value arguments[1], value;
    struct reader *reader = opened(env, info, arguments, 1);
    if (reader == NULL) {
        return NULL;
    }
    if (!reader->source.busy && reader->piece.ended) {
        TRY(napi_get_null(env, &value));
        return value;
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
