/* The host in C: chains the hops that its arguments name, and reads an archive through them.
 *
 *     host ARCHIVE CHAIN [HOP GOOD_CALLS]
 *
 * Linked with none of the hops: each is opened by name, as a plugin would be. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "circle.h"

typedef int32_t (*wrap_fn)(const anyarchive_source *, anyarchive_source *);

static wrap_fn hop(char letter) {
    static const struct {
        char letter;
        const char *library, *function;
    } HOPS[] = {
        {'C', "libhop_c.so", "hop_c_wrap"},   {'X', "libhop_cxx.so", "hop_cxx_wrap"},
        {'G', "libhop_go.so", "hop_go_wrap"}, {'P', "libhop_py.so", "hop_py_wrap"},
        {'B', "libhop_rb.so", "hop_rb_wrap"},
    };
    for (size_t i = 0; i < sizeof HOPS / sizeof *HOPS; i++) {
        if (HOPS[i].letter != letter)
            continue;
        void *library = dlopen(HOPS[i].library, RTLD_NOW | RTLD_LOCAL);
        void *address = library == NULL ? NULL : dlsym(library, HOPS[i].function);
        wrap_fn wrap = NULL;
        if (address == NULL)
            fprintf(stderr, "%s\n", dlerror());
        else
            memcpy(&wrap, &address, sizeof wrap); /* ISO C knows no cast from data to functions */
        return wrap;
    }
    fprintf(stderr, "no hop %c\n", letter);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 3 && argc != 5) {
        fprintf(stderr, "host ARCHIVE CHAIN [HOP GOOD_CALLS]\n");
        return 2;
    }
    circle_plan(argc == 5 ? argv[3][0] : 0, argc == 5 ? strtoull(argv[4], NULL, 10) : 0);
    anyarchive_source source;
    if (circle_open(argv[1], &source) != 0) {
        fprintf(stderr, "cannot open %s\n", argv[1]);
        return 2;
    }
    for (const char *letter = argv[2]; *letter != '\0'; letter++) {
        wrap_fn wrap = hop(*letter);
        anyarchive_source outer;
        if (wrap == NULL || wrap(&source, &outer) != 0) {
            fprintf(stderr, "the hop %c does not start\n", *letter);
            return 1;
        }
        source = outer;
    }
    circle_result result;
    circle_read(&source, &result);
    const char *problem = circle_verdict(argv[1], argv[2], &result);
    if (problem != NULL) {
        fprintf(stderr, "C host, %s: %s\n", argv[2], problem);
        return 1;
    }
    return 0;
}
