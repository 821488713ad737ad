/* anyarchive.h: `throughput list|stream ARCHIVE`. */
#include <anyarchive.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
    static char buffer[65536];
    anyarchive_reader *reader = NULL;
    anyarchive_error *error = NULL;
    const anyarchive_entry *entry;
    uint64_t entries = 0, names = 0, bytes = 0, size;
    size_t count;
    anyarchive_status status = ANYARCHIVE_STATUS_OK;
    const double start = now();
    if (argc != 3) {
        return 2;
    }
    if (anyarchive_reader_open_path(argv[2], NULL, &reader, &error) < 0) {
        fprintf(stderr, "%s\n", anyarchive_error_text(error));
        return 1;
    }
    while ((status = anyarchive_reader_next(reader, &entry)) == ANYARCHIVE_STATUS_OK) {
        entries++;
        names += strlen(anyarchive_entry_path(entry));
        if (strcmp(argv[1], "list") == 0) {
            bytes += anyarchive_entry_size(entry, &size) ? size : 0;
            continue;
        }
        while ((status = anyarchive_reader_read(reader, buffer, sizeof buffer, &count)) >= 0 && count > 0) {
            bytes += count;
        }
        if (status < 0) {
            break;
        }
    }
    if (status < 0) {
        fprintf(stderr, "%s\n", anyarchive_error_text(anyarchive_reader_error(reader)));
        return 1;
    }
    anyarchive_reader_free(reader);
    printf("%llu %llu %llu %.6f\n", (unsigned long long)entries, (unsigned long long)names,
           (unsigned long long)bytes, now() - start);
    return 0;
}
