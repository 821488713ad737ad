/* A reader: a handle of JavaScript is an external that points to one of these. */

#ifndef ANYARCHIVE_NODE_READER_H
#define ANYARCHIVE_NODE_READER_H

#include "native.h"

struct reader {
    struct source source; /* it comes first */
    anyarchive_reader *handle;
    /* A copy of bytes in memory, which C reads where they are. */
    uint8_t *memory;
    /* For the data of entries: one call at a time reads. */
    uint8_t *buffer;
    /* Came behind data of the entry that JavaScript got first. */
    struct failure pending;
    bool calls_back; /* it reads by JavaScript's function */
    bool ended; /* nothing is left of the entry's data */
    bool closed;
};

/* The reader of the first argument, which is open or opening; NULL with an exception. */
struct reader *opened(napi_env env, napi_callback_info info, napi_value *arguments, size_t count);
/* Makes the failure that waits, if there is one, that of the task. */
bool tell_pending(struct reader *reader, struct task *task);
/* The same for a task that leaves the entry: a failure of the entry's data alone ends with it. */
bool leave_entry(struct reader *reader, struct task *task);
void plain_free(struct task *task);

napi_value next_entry(napi_env env, napi_callback_info info);
napi_value list_entries(napi_env env, napi_callback_info info);
napi_value read_data(napi_env env, napi_callback_info info);
napi_value extract(napi_env env, napi_callback_info info);
napi_value token(napi_env env, napi_callback_info info);
napi_value cancel(napi_env env, napi_callback_info info);

#endif
