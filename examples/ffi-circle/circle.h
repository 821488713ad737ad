/* What circle_rust.so gives to the hops and the hosts. */
#ifndef CIRCLE_H
#define CIRCLE_H

#include <anyarchive.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct circle_result {
    int32_t status;
    uint64_t entries;
    uint64_t bytes;
    uint64_t digest;
} circle_result;

/* A file as the innermost source; 0, or -1. */
int32_t circle_open(const char *path, anyarchive_source *to);
/* Plans a failure of a hop after so many good calls; hop 0 plans none. */
void circle_plan(char hop, uint64_t good_calls);
/* Leaves a hop's letter on the trail (0), or tells it to fail. */
int32_t circle_pass(char hop);
/* Keeps what a hop threw. */
void circle_blame(char hop, const char *thrown);
/* Reads an archive from the outermost source, and drops it. */
int32_t circle_read(const anyarchive_source *source, circle_result *result);
/* NULL, or what is wrong with it. */
const char *circle_verdict(const char *path, const char *chain, const circle_result *result);

/* Each hop makes a source out of a source, which it owns from then on; 0, or -1. */
int32_t hop_c_wrap(const anyarchive_source *inner, anyarchive_source *outer);
int32_t hop_cxx_wrap(const anyarchive_source *inner, anyarchive_source *outer);
int32_t hop_py_wrap(const anyarchive_source *inner, anyarchive_source *outer);
int32_t hop_rb_wrap(const anyarchive_source *inner, anyarchive_source *outer);

#ifdef __cplusplus
}
#endif
#endif
