/* C: what carries the state is a pointer, and failing is a number. */
#include <stdlib.h>

#include "circle.h"

static int32_t pass_on(void *user, uint8_t *buf, size_t cap, size_t *n_read) {
    const anyarchive_source *inner = user;
    size_t count = SIZE_MAX;
    if (inner->read(inner->user, buf, cap, &count) != 0 || count > cap)
        return -1;
    if (circle_pass('C') != 0) {
        circle_blame('C', "C: an error code");
        return -1;
    }
    *n_read = count;
    return 0;
}

static void drop(void *user) {
    anyarchive_source *inner = user;
    if (inner->drop != NULL)
        inner->drop(inner->user);
    free(inner);
}

int32_t hop_c_wrap(const anyarchive_source *inner, anyarchive_source *outer) {
    anyarchive_source *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return -1;
    *copy = *inner;
    *outer = (anyarchive_source){sizeof *outer, copy, pass_on, NULL, drop};
    return 0;
}
