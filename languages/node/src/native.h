/* The native half of the package: what its files have in common. */

#ifndef ANYARCHIVE_NODE_NATIVE_H
#define ANYARCHIVE_NODE_NATIVE_H

#define NAPI_VERSION 8

#include <anyarchive.h>
#include <node_api.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Leaves the function when Node refuses something: it has an exception pending then, or ends. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        if ((call) != napi_ok) {                                                                   \
            return NULL;                                                                           \
        }                                                                                          \
    } while (0)

/* What C knew of a failure, copied, so that it can go from a worker to the main thread. */
struct failure {
    int32_t status;
    int32_t os_error;
    bool recoverable;
    char *text, *entry, *function;
};

void failure_copy(struct failure *failure, int32_t status, const anyarchive_error *error);
void failure_free(struct failure *failure);
/* An Error of JavaScript with the fields that lib/errors.js looks at. */
napi_value failure_value(napi_env env, const struct failure *failure);

napi_value string_or_null(napi_env env, const char *text);
/* A copy of a text, to be freed; NULL with an exception when it is none or has a NUL. */
char *text_of(napi_env env, napi_value value);
/* A field of an object; NULL when it is missing or undefined. */
napi_value field(napi_env env, napi_value object, const char *name);
bool set(napi_env env, napi_value object, const char *name, napi_value value);

/* Work on a thread of its own, as a promise. It may wait for JavaScript, so it must not be one of Node's
   pool: those that JavaScript waits for may be queued there. `run` may call nothing of Node. */
struct source;
struct task {
    void (*run)(struct task *task);
    napi_value (*done)(napi_env env, struct task *task);
    void (*free)(struct task *task);
    struct failure failure;
    struct source *source;
    napi_deferred deferred;
    napi_ref owner; /* the object of JavaScript that lives as long as the work */
};

/* What a thread wants of JavaScript. lib/sources.js has the same numbers. */
enum wish { WISH_READ, WISH_SEEK, WISH_WRITE };

/* Where JavaScript answers from: its function, and what the thread that waits for it sees. */
struct source {
    napi_threadsafe_function function;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    enum wish wish;
    /* Of C, while it waits for an answer: room for bytes to read, or bytes to write. */
    uint8_t *buffer;
    const uint8_t *bytes;
    size_t length;
    int64_t offset;
    int32_t whence;
    uint64_t answer;
    bool waiting, failed;
    bool ended; /* Node ends, and the function with it: no thread may use it any more */
    bool closed; /* JavaScript needs it no more */
    bool gone; /* it was closed by name; JavaScript's thread only, as the next */
    bool busy; /* a task runs */
    /* The thread of the tasks: it waits a little for the next one. */
    pthread_cond_t work;
    struct task *next;
    bool worker; /* it will look at `next` before it ends */
    /* What it does behind a task that sets this, as long as nobody wants anything else; the thread's own. */
    void (*meanwhile)(struct source *source);
    bool works; /* it does that now */
    /* Behind `closed`: gives back what the thread uses. Called by whoever is the last to use it. */
    void (*release)(struct source *source);
    /* How far an extraction has come, for JavaScript when it finds the time. */
    struct news {
        bool sent;
        anyarchive_progress progress;
        char *path;
    } news;
    /* The reader, the function, and the thread of the tasks: when Node ends, that may still run. */
    atomic_int users;
    void (*free)(struct source *source);
};

/* Whether to stop what is done meanwhile. */
bool source_wanted(struct source *source);
/* A handle of JavaScript is an external that points to a reader or a writer, in which the source comes first. */

/* Makes one of `size` bytes, which are zero, with the function of the first argument: `ask(wish, value)` is called for
   what a thread wants, and `ask(null, progress)`. `release` is called behind the last use of the thread's, when it is
   closed, and `free` behind the last user. */
napi_value source_make(napi_env env, napi_callback_info info, size_t size, void (*release)(struct source *source),
                       void (*free)(struct source *source));
/* The one that a value is; NULL with an exception, also when it is closed. */
void *source_of(napi_env env, napi_value value);
/* Exports `close(handle)`: no further task comes, and all is given back, now or by the thread that uses it. */
napi_value source_close(napi_env env, napi_callback_info info);
/* Whether to stop what is done meanwhile. */
bool source_wanted(struct source *source);

/* Callbacks of C, on the thread of a task. */
int32_t source_read(void *user, uint8_t *buf, size_t cap, size_t *n_read);
int32_t source_seek(void *user, int64_t offset, int32_t whence, uint64_t *position);
int32_t source_write(void *user, const uint8_t *data, size_t len, size_t *n_written);
/* Tells JavaScript, unless it has not heard the last news yet. */
void source_tell(struct source *source, const anyarchive_progress *progress);
/* Exports `answer(handle, value)`: bytes, a position or true, as was wished, or null after a failure. */
napi_value source_answer(napi_env env, napi_callback_info info);

napi_value task_start(napi_env env, struct task *task, struct source *source, napi_value owner);

napi_value number_or_null(napi_env env, bool known, uint64_t number);
/* Users and groups repeat: the last ones, as long as their entry and the scope of the values live. */
struct owners {
    struct texts {
        const char *text;
        napi_value value;
    } user, group;
};

/* Puts the metadata of an entry into an array of JavaScript, FIELDS values; lib/index.js knows their order. False
   with an exception. */
#define FIELDS 13
bool metadata(napi_env env, const anyarchive_entry *entry, struct owners *owners, napi_value array, uint32_t at);

/* Calls `take` for each of the texts that are a field of an object, until one gives false with an exception. */
bool each_text(napi_env env, napi_value object, const char *name,
               bool (*take)(napi_env env, void *settings, const char *text), void *settings);

/* Throws what C knew, and gives false; true when it is no failure. */
bool fine(napi_env env, anyarchive_status status, const anyarchive_error *error);

bool export(napi_env env, napi_value exports, const char *name, napi_callback function);
bool init_reader(napi_env env, napi_value exports);
bool init_writer(napi_env env, napi_value exports);

#endif
