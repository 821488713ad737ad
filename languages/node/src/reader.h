/* Readers, as their files see them. */

#ifndef ANYARCHIVE_NODE_READER_H
#define ANYARCHIVE_NODE_READER_H

#include "native.h"

struct reader {
    struct source source; /* it comes first */
    anyarchive_reader *handle;
    /* A copy of bytes in memory, which C reads where they are. */
    uint8_t *memory;
    /* Data of the entry, for the task that runs, and what the thread reads while JavaScript has that. */
    struct piece {
        uint8_t *buffer;
        size_t count;
        bool ended; /* nothing is left behind it */
        struct failure failure; /* came behind it */
    } piece, ahead;
    /* What `describe` tells while the thread may be reading ahead. */
    bool reads_ahead;
    char *format, *filters;
    bool calls_back; /* it reads by JavaScript's function */
};

/* The reader of the first argument, which is open or opening; NULL with an exception. */
struct reader *opened(napi_env env, napi_callback_info info, napi_value *arguments, size_t count);
/* For a task that leaves the entry. A failure that came behind data is that of the task now, and this is true; one
   of the entry's data alone ends with the entry. */
bool leave_entry(struct reader *reader, struct task *task);
void plain_free(struct task *task);

napi_value next_entry(napi_env env, napi_callback_info info);
napi_value list_entries(napi_env env, napi_callback_info info);
napi_value read_data(napi_env env, napi_callback_info info);
napi_value extract(napi_env env, napi_callback_info info);
napi_value token(napi_env env, napi_callback_info info);
napi_value cancel(napi_env env, napi_callback_info info);

#endif
