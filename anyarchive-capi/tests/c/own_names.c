/* A program that has functions of its own with names that are inside the library too: each side calls
 * its own. */

#include <anyarchive.h>

#include <stdio.h>

static int calls;

void *archive_read_new(void);
void *archive_write_new(void);
int archive_version_number(void);
void *archive_entry_new(void);
int inflate(void *stream, int flush);

void *archive_read_new(void) {
    calls++;
    return NULL;
}

void *archive_write_new(void) {
    calls++;
    return NULL;
}

void *archive_entry_new(void) {
    calls++;
    return NULL;
}

int archive_version_number(void) {
    calls++;
    return 0;
}

int inflate(void *stream, int flush) {
    (void)stream;
    (void)flush;
    calls++;
    return -1;
}

int main(void) {
    anyarchive_writer_settings *settings = NULL;
    anyarchive_writer *writer = NULL;
    anyarchive_entry *entry = NULL;
    anyarchive_reader *reader = NULL;
    const anyarchive_entry *lent = NULL;
    const uint8_t *data = NULL;
    size_t len = 0;
    bool good = anyarchive_writer_settings_new("pax", &settings, NULL) == 0 &&
                anyarchive_writer_settings_filter(settings, "gzip") == 0 &&
                anyarchive_writer_open_memory(settings, &writer, NULL) == 0 &&
                anyarchive_entry_new("a", ANYARCHIVE_FILE_TYPE_FILE, &entry, NULL) == 0 &&
                anyarchive_writer_start_entry(writer, entry) == 0 &&
                anyarchive_writer_finish(writer) == 0 &&
                anyarchive_writer_data(writer, &data, &len) &&
                anyarchive_reader_open_memory(data, len, NULL, &reader, NULL) == 0 &&
                anyarchive_reader_next(reader, &lent) == 0;
    anyarchive_reader_free(reader);
    anyarchive_entry_free(entry);
    anyarchive_writer_free(writer);
    anyarchive_writer_settings_free(settings);
    if (!good || calls != 0) {
        fprintf(stderr, "the library called %d functions of this program\n", calls);
        return 1;
    }
    if (archive_version_number() != 0 || calls != 1) {
        fprintf(stderr, "this program called a function of the library\n");
        return 1;
    }
    printf("1 tests\n");
    return 0;
}
