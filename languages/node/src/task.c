/* Work on threads of its own, and the way back to JavaScript's thread. */

#include "native.h"

#include <time.h>

/* Seconds that a thread waits for the next task. */
#define LINGER 1

/* What a thread sends to JavaScript: a task that is done, or NULL for a wish to read. */

static void finish(napi_env env, struct task *task) {
    napi_value value = NULL;
    task->source->busy = false;
    if (task->failure.status < 0) {
        napi_reject_deferred(env, task->deferred, failure_value(env, &task->failure));
    } else {
        value = task->done(env, task);
        bool pending = false;
        napi_is_exception_pending(env, &pending);
        if (pending) {
            napi_get_and_clear_last_exception(env, &value);
            napi_reject_deferred(env, task->deferred, value);
        } else {
            if (value == NULL) {
                napi_get_undefined(env, &value);
            }
            napi_resolve_deferred(env, task->deferred, value);
        }
    }
    failure_free(&task->failure);
    napi_delete_reference(env, task->owner);
    task->free(task);
}

static void answer(struct source *source, uint64_t value, bool failed) {
    pthread_mutex_lock(&source->mutex);
    source->answer = value;
    source->failed = failed;
    source->waiting = false;
    pthread_cond_signal(&source->answered);
    pthread_mutex_unlock(&source->mutex);
}

/* The thread waits, so what it wishes does not change. */
static napi_value wished(napi_env env, struct source *source) {
    napi_value value, whence;
    switch (source->wish) {
    case WISH_READ: TRY(napi_create_double(env, (double)source->length, &value)); break;
    case WISH_WRITE:
        TRY(napi_create_buffer_copy(env, source->length, source->bytes, NULL, &value));
        break;
    case WISH_SEEK:
        TRY(napi_create_object(env, &value));
        TRY(napi_create_int32(env, source->whence, &whence));
        TRY(napi_set_named_property(env, value, "whence", whence));
        TRY(napi_create_double(env, (double)source->offset, &whence));
        TRY(napi_set_named_property(env, value, "offset", whence));
        break;
    }
    return value;
}

static void ask(napi_env env, napi_value function, struct source *source) {
    napi_value undefined, arguments[2];
    if (napi_get_undefined(env, &undefined) != napi_ok ||
        napi_create_int32(env, (int32_t)source->wish, &arguments[0]) != napi_ok ||
        (arguments[1] = wished(env, source)) == NULL ||
        napi_call_function(env, undefined, function, 2, arguments, NULL) != napi_ok) {
        /* The function of lib/ catches everything. */
        napi_value exception;
        napi_get_and_clear_last_exception(env, &exception);
        answer(source, 0, true);
    }
}

static void tell(napi_env env, napi_value function, struct source *source) {
    pthread_mutex_lock(&source->mutex);
    struct news news = source->news;
    source->news = (struct news){0};
    pthread_mutex_unlock(&source->mutex);
    const anyarchive_progress *progress = &news.progress;
    napi_value undefined, arguments[2];
    bool good = napi_get_undefined(env, &undefined) == napi_ok &&
                napi_get_null(env, &arguments[0]) == napi_ok &&
                napi_create_object(env, &arguments[1]) == napi_ok;
    if (good) {
        napi_value object = arguments[1];
        set(env, object, "bytesRead", number_or_null(env, true, progress->bytes_read));
        set(env, object, "totalBytes",
            number_or_null(env, progress->total_bytes > 0, progress->total_bytes));
        set(env, object, "bytesWritten", number_or_null(env, true, progress->bytes_written));
        set(env, object, "entries", number_or_null(env, true, progress->entries));
        set(env, object, "name", string_or_null(env, news.path));
        napi_call_function(env, undefined, function, 2, arguments, NULL);
    }
    free(news.path);
}

static void call_js(napi_env env, napi_value function, void *context, void *data) {
    struct source *source = context;
    if (env == NULL) {
        /* JavaScript ends: nobody will answer, and nobody waits for a promise. */
        if (data == NULL) {
            answer(source, 0, true);
        } else if (data != &source->news) {
            struct task *task = data;
            failure_free(&task->failure);
            task->free(task);
        }
    } else if (data == NULL) {
        ask(env, function, source);
    } else if (data == &source->news) {
        tell(env, function, source);
    } else {
        /* What goes on with the promise may start the next task, behind this. */
        napi_unref_threadsafe_function(env, source->function);
        finish(env, data);
    }
}

static void source_leave(struct source *source) {
    if (atomic_fetch_sub(&source->users, 1) == 1) {
        pthread_mutex_destroy(&source->mutex);
        pthread_cond_destroy(&source->answered);
        pthread_cond_destroy(&source->work);
        free(source->news.path);
        source->free(source);
    }
}

/* Node ends. It frees the function whoever uses it, so this comes first. */
static void end(void *data) {
    struct source *source = data;
    pthread_mutex_lock(&source->mutex);
    source->ended = true;
    source->failed = true;
    source->waiting = false;
    pthread_cond_signal(&source->answered);
    pthread_cond_signal(&source->work);
    pthread_mutex_unlock(&source->mutex);
}

static void source_finalize(napi_env env, void *data, void *hint) {
    (void)hint;
    napi_remove_env_cleanup_hook(env, end, data);
    source_leave(data);
}

static bool init(napi_env env, struct source *source, napi_value ask) {
    napi_value name;
    pthread_mutex_init(&source->mutex, NULL);
    pthread_cond_init(&source->answered, NULL);
    pthread_cond_init(&source->work, NULL);
    atomic_init(&source->users, 1);
    if (napi_create_string_utf8(env, "anyarchive", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_threadsafe_function(env, ask, NULL, name, 0, 1, source, source_finalize, source,
                                        call_js, &source->function) != napi_ok) {
        source_leave(source);
        return false;
    }
    atomic_fetch_add(&source->users, 1);
    /* Behind the function's own hook, so it runs before that. */
    napi_add_env_cleanup_hook(env, end, source);
    /* Only work that runs keeps the program alive. */
    napi_unref_threadsafe_function(env, source->function);
    return true;
}

/* Has the thread end; tells whether it still uses what is to be given back, and so gives it back itself. */
static bool stop(struct source *source) {
    pthread_mutex_lock(&source->mutex);
    source->closed = true;
    pthread_cond_signal(&source->work);
    bool works = source->works;
    pthread_mutex_unlock(&source->mutex);
    return works;
}

bool source_wanted(struct source *source) {
    pthread_mutex_lock(&source->mutex);
    bool wanted = source->next != NULL || source->closed || source->ended;
    pthread_mutex_unlock(&source->mutex);
    return wanted;
}

/* JavaScript has lost the handle. */
static void lost(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    struct source *source = data;
    stop(source);
    /* On JavaScript's thread, as `end`. */
    if (!source->ended) {
        napi_release_threadsafe_function(source->function, napi_tsfn_release);
    }
    source_leave(source);
}

napi_value source_make(napi_env env, napi_callback_info info, size_t size, void (*release)(struct source *source),
                       void (*free)(struct source *source)) {
    size_t count = 1;
    napi_value ask, external;
    TRY(napi_get_cb_info(env, info, &count, &ask, NULL, NULL));
    struct source *source = calloc(1, size);
    if (source == NULL) {
        napi_throw_error(env, NULL, "out of memory");
        return NULL;
    }
    source->release = release;
    source->free = free;
    if (!init(env, source, ask)) {
        return NULL;
    }
    if (napi_create_external(env, source, lost, NULL, &external) != napi_ok) {
        lost(env, source, NULL);
        return NULL;
    }
    return external;
}

void *source_of(napi_env env, napi_value value) {
    void *data = NULL;
    if (napi_get_value_external(env, value, &data) != napi_ok) {
        napi_throw_type_error(env, NULL, "no reader and no writer");
        return NULL;
    }
    struct source *source = data;
    if (source->gone) {
        napi_throw_error(env, "ERR_CLOSED", "it is closed");
        return NULL;
    }
    return source;
}

napi_value source_close(napi_env env, napi_callback_info info) {
    size_t count = 1;
    napi_value value;
    TRY(napi_get_cb_info(env, info, &count, &value, NULL, NULL));
    struct source *source = source_of(env, value);
    if (source == NULL) {
        return NULL;
    }
    if (source->busy) {
        napi_throw_error(env, "ERR_BUSY", "it is in use: wait for the promise before");
        return NULL;
    }
    source->gone = true;
    if (!stop(source)) {
        source->release(source);
    }
    return NULL;
}

/* Sends something to JavaScript, unless that has ended. It never waits: the queue has no limit. */
static bool send(struct source *source, void *data) {
    pthread_mutex_lock(&source->mutex);
    bool sent = !source->ended &&
                napi_call_threadsafe_function(source->function, data, napi_tsfn_blocking) == napi_ok;
    pthread_mutex_unlock(&source->mutex);
    return sent;
}

/* Has JavaScript do what was put down, and waits for its answer. */
static int32_t wait_for(struct source *source, enum wish wish, uint64_t *value) {
    pthread_mutex_lock(&source->mutex);
    source->wish = wish;
    source->failed = source->closed;
    source->waiting = !source->closed;
    bool closed = source->closed;
    pthread_mutex_unlock(&source->mutex);
    if (closed || !send(source, NULL)) {
        return -1;
    }
    pthread_mutex_lock(&source->mutex);
    while (source->waiting) {
        pthread_cond_wait(&source->answered, &source->mutex);
    }
    bool failed = source->failed;
    *value = source->answer;
    source->buffer = NULL;
    source->bytes = NULL;
    pthread_mutex_unlock(&source->mutex);
    return failed ? -1 : 0;
}

int32_t source_read(void *user, uint8_t *buf, size_t cap, size_t *n_read) {
    struct source *source = user;
    uint64_t count = 0;
    source->buffer = buf;
    source->length = cap > (1 << 20) ? (1 << 20) : cap;
    int32_t failed = wait_for(source, WISH_READ, &count);
    *n_read = failed ? SIZE_MAX : (size_t)count;
    return failed;
}

int32_t source_seek(void *user, int64_t offset, int32_t whence, uint64_t *position) {
    struct source *source = user;
    source->offset = offset;
    source->whence = whence;
    return wait_for(source, WISH_SEEK, position);
}

int32_t source_write(void *user, const uint8_t *data, size_t len, size_t *n_written) {
    struct source *source = user;
    uint64_t unused;
    source->bytes = data;
    source->length = len;
    int32_t failed = wait_for(source, WISH_WRITE, &unused);
    *n_written = failed ? SIZE_MAX : len;
    return failed;
}

void source_tell(struct source *source, const anyarchive_progress *progress) {
    pthread_mutex_lock(&source->mutex);
    struct news *news = &source->news;
    if (!news->sent && !source->ended) {
        news->progress = *progress;
        news->path = progress->path == NULL ? NULL : strdup(progress->path);
        news->sent = napi_call_threadsafe_function(source->function, news, napi_tsfn_blocking) == napi_ok;
        if (!news->sent) {
            free(news->path);
            news->path = NULL;
        }
    }
    pthread_mutex_unlock(&source->mutex);
}

/* The next task of a thread; NULL when none comes. */
static struct task *next_task(struct source *source) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LINGER;
    pthread_mutex_lock(&source->mutex);
    while (source->next == NULL && !source->closed && !source->ended &&
           pthread_cond_timedwait(&source->work, &source->mutex, &until) == 0) {
    }
    struct task *task = source->next;
    source->next = NULL;
    source->worker = task != NULL;
    pthread_mutex_unlock(&source->mutex);
    return task;
}

static void *run(void *data) {
    struct task *task = data;
    struct source *source = task->source;
    do {
        task->run(task);
        void (*meanwhile)(struct source *) = source->meanwhile;
        source->meanwhile = NULL;
        pthread_mutex_lock(&source->mutex);
        source->works = meanwhile != NULL;
        pthread_mutex_unlock(&source->mutex);
        if (!send(source, task)) {
            failure_free(&task->failure);
            task->free(task);
        }
        if (meanwhile != NULL) {
            meanwhile(source);
            pthread_mutex_lock(&source->mutex);
            source->works = false;
            bool closed = source->closed;
            pthread_mutex_unlock(&source->mutex);
            if (closed) {
                source->release(source);
            }
        }
    } while ((task = next_task(source)) != NULL);
    source_leave(source);
    return NULL;
}

/* Gives a task to the thread that waits for one, or to a new one. */
static bool submit(struct source *source, struct task *task) {
    pthread_t thread;
    pthread_mutex_lock(&source->mutex);
    bool waits = source->worker;
    source->worker = true;
    if (waits) {
        source->next = task;
        pthread_cond_signal(&source->work);
    }
    pthread_mutex_unlock(&source->mutex);
    if (waits) {
        return true;
    }
    atomic_fetch_add(&source->users, 1);
    if (pthread_create(&thread, NULL, run, task) == 0) {
        pthread_detach(thread);
        return true;
    }
    atomic_fetch_sub(&source->users, 1);
    source->worker = false;
    return false;
}

napi_value task_start(napi_env env, struct task *task, struct source *source, napi_value owner) {
    napi_value promise;
    task->source = source;
    if (source->busy) {
        task->free(task);
        napi_throw_error(env, "ERR_BUSY", "it is in use: wait for the promise before");
        return NULL;
    }
    if (napi_create_promise(env, &task->deferred, &promise) != napi_ok ||
        napi_create_reference(env, owner, 1, &task->owner) != napi_ok) {
        task->free(task);
        return NULL;
    }
    napi_ref_threadsafe_function(env, source->function);
    source->busy = true;
    if (!submit(source, task)) {
        source->busy = false;
        napi_unref_threadsafe_function(env, source->function);
        napi_delete_reference(env, task->owner);
        task->free(task);
        napi_throw_error(env, NULL, "no thread can be started");
        return NULL;
    }
    return promise;
}

/* Copies the bytes of a Uint8Array to where the thread wants them. */
static bool answer_read(napi_env env, struct source *source, napi_value value, uint64_t *answer) {
    bool is_array = false;
    napi_typedarray_type type;
    size_t length = 0;
    void *bytes = NULL;
    if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array ||
        napi_get_typedarray_info(env, value, &type, &length, &bytes, NULL, NULL) != napi_ok ||
        type != napi_uint8_array || length > source->length) {
        return false;
    }
    if (length > 0) {
        memcpy(source->buffer, bytes, length);
    }
    *answer = length;
    return true;
}

napi_value source_answer(napi_env env, napi_callback_info info) {
    size_t count = 2;
    napi_value arguments[2];
    void *data = NULL;
    TRY(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
    TRY(napi_get_value_external(env, arguments[0], &data));
    struct source *source = data; /* it comes first in a reader and in a writer */
    pthread_mutex_lock(&source->mutex);
    bool waiting = source->waiting;
    pthread_mutex_unlock(&source->mutex);
    if (!waiting) {
        return NULL;
    }
    /* From here to the answer the thread does nothing. */
    uint64_t value = 0;
    bool good = false, yes = false;
    double number = -1;
    switch (source->wish) {
    case WISH_READ: good = answer_read(env, source, arguments[1], &value); break;
    case WISH_SEEK:
        good = napi_get_value_double(env, arguments[1], &number) == napi_ok && number >= 0 && number < 9e15;
        value = good ? (uint64_t)number : 0;
        break;
    case WISH_WRITE: good = napi_get_value_bool(env, arguments[1], &yes) == napi_ok && yes; break;
    }
    answer(source, value, !good);
    return NULL;
}
