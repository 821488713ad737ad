/* Loads libanyarchive when it is wanted, and lists an archive with it.
 *
 *     dlopen LIBRARY ARCHIVE
 *
 * The header is used for its types alone: nothing is linked. */
#define _POSIX_C_SOURCE 200809L
#include <anyarchive.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A pointer to each function, of the type that the header declares. */
static struct {
    uint32_t (*version_number)(void);
    anyarchive_status (*open)(const char *, const anyarchive_reader_settings *, anyarchive_reader **,
                              anyarchive_error **);
    anyarchive_status (*next)(anyarchive_reader *, const anyarchive_entry **);
    const char *(*path)(const anyarchive_entry *);
    void (*free)(anyarchive_reader *);
    const char *(*error_text)(const anyarchive_error *);
    void (*error_free)(anyarchive_error *);
    const anyarchive_error *(*reader_error)(const anyarchive_reader *);
} api;

static const struct {
    const char *name;
    void *place;
} FUNCTIONS[] = {
    {"anyarchive_version_number", &api.version_number},
    {"anyarchive_reader_open_path", &api.open},
    {"anyarchive_reader_next", &api.next},
    {"anyarchive_entry_path", &api.path},
    {"anyarchive_reader_free", &api.free},
    {"anyarchive_error_text", &api.error_text},
    {"anyarchive_error_free", &api.error_free},
    {"anyarchive_reader_error", &api.reader_error},
};

/* The library with all its functions looked up, or NULL. */
static void *load(const char *path) {
    /* RTLD_NOW: what the library lacks itself is missed here, not in a call.
     * RTLD_LOCAL: its names serve nobody but those who ask for them. */
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return NULL;
    }
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
        dlerror();
        void *address = dlsym(library, FUNCTIONS[i].name);
        /* A symbol can be NULL, so the error is asked for, not the address. */
        const char *problem = dlerror();
        if (problem != NULL || address == NULL) {
            fprintf(stderr, "%s\n", problem != NULL ? problem : FUNCTIONS[i].name);
            dlclose(library);
            return NULL;
        }
        /* ISO C knows no cast from a pointer to data to one to a function; POSIX promises that the
         * bytes are the same. */
        memcpy(FUNCTIONS[i].place, &address, sizeof address);
    }
    uint32_t version = api.version_number();
    if (version / 1000 != ANYARCHIVE_VERSION_NUMBER / 1000) {
        fprintf(stderr, "version %u of the library is not that of the header\n", (unsigned)version);
        dlclose(library);
        return NULL;
    }
    return library;
}

static int list(const char *archive) {
    anyarchive_reader *reader = NULL;
    anyarchive_error *error = NULL;
    if (api.open(archive, NULL, &reader, &error) < 0) {
        fprintf(stderr, "%s\n", api.error_text(error));
        api.error_free(error);
        return EXIT_FAILURE;
    }
    anyarchive_status status;
    const anyarchive_entry *entry;
    while ((status = api.next(reader, &entry)) == ANYARCHIVE_STATUS_OK)
        puts(api.path(entry));
    if (status < 0)
        fprintf(stderr, "%s\n", api.error_text(api.reader_error(reader)));
    api.free(reader);
    return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "dlopen LIBRARY ARCHIVE\n");
        return 2;
    }
    void *library = load(argv[1]);
    if (library == NULL)
        return EXIT_FAILURE;
    int status = list(argv[2]);
    /* Only when nothing of it is used any more: neither a handle, nor a text, nor an address. */
    dlclose(library);
    return status;
}
