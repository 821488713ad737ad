/* libarchive itself: `libarchive list|stream ARCHIVE`. */
#include <archive.h>
#include <archive_entry.h>
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
    unsigned long long entries = 0, names = 0, bytes = 0;
    struct archive *reader;
    struct archive_entry *entry;
    la_ssize_t count;
    int status;
    const double start = now();
    if (argc != 3) {
        return 2;
    }
    reader = archive_read_new();
    archive_read_support_format_all(reader);
    archive_read_support_filter_all(reader);
    /* The block size of anyarchive. */
    status = archive_read_open_filename(reader, argv[2], 65536);
    while (status == ARCHIVE_OK && (status = archive_read_next_header(reader, &entry)) == ARCHIVE_OK) {
        entries++;
        names += strlen(archive_entry_pathname(entry));
        if (strcmp(argv[1], "list") == 0) {
            bytes += (unsigned long long)archive_entry_size(entry);
            continue;
        }
        while ((count = archive_read_data(reader, buffer, sizeof buffer)) > 0) {
            bytes += (unsigned long long)count;
        }
        if (count < 0) {
            break;
        }
    }
    if (status != ARCHIVE_EOF) {
        fprintf(stderr, "%s\n", archive_error_string(reader));
        return 1;
    }
    archive_read_free(reader);
    printf("%llu %llu %llu %.6f\n", entries, names, bytes, now() - start);
    return 0;
}
