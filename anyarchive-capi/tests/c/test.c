/* The C interface as a C program uses it. Prints a line for each test, and their number at the end. */

#include <anyarchive.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static int tests;
#define TEST(name)                                                                                 \
    do {                                                                                           \
        name();                                                                                    \
        tests++;                                                                                   \
        printf("ok %s\n", #name);                                                                  \
    } while (0)

/* --- an archive to test with --- */

static void add_file(anyarchive_writer *writer, const char *path, const void *data, size_t len) {
    anyarchive_entry *entry = NULL;
    CHECK(anyarchive_entry_new(path, ANYARCHIVE_FILE_TYPE_FILE, &entry, NULL) == 0);
    CHECK(anyarchive_entry_set_size(entry, len, NULL) == 0);
    CHECK(anyarchive_writer_start_entry(writer, entry) == 0);
    CHECK(anyarchive_writer_write(writer, data, len) == 0);
    CHECK(anyarchive_writer_finish_entry(writer) == 0);
    anyarchive_entry_free(entry);
}

static anyarchive_writer *memory_writer(const char *format) {
    anyarchive_writer_settings *settings = NULL;
    anyarchive_writer *writer = NULL;
    CHECK(anyarchive_writer_settings_new(format, &settings, NULL) == 0);
    CHECK(anyarchive_writer_open_memory(settings, &writer, NULL) == 0);
    anyarchive_writer_settings_free(settings);
    return writer;
}

/* A tar archive in memory of this many files with 1000 bytes each; lent by the writer. */
static anyarchive_writer *tar(int files, const uint8_t **data, size_t *len) {
    anyarchive_writer *writer = memory_writer("ustar");
    char path[32];
    char content[1000];
    for (int i = 0; i < files; i++) {
        snprintf(path, sizeof path, "file-%d", i);
        memset(content, i % 100, sizeof content);
        add_file(writer, path, content, sizeof content);
    }
    CHECK(anyarchive_writer_finish(writer) == 0);
    CHECK(anyarchive_writer_data(writer, data, len));
    return writer;
}

/* --- a source that can fail --- */

struct source {
    const uint8_t *data;
    size_t len, position;
    /* Behind this many bytes it returns 0 and writes no count, as an exception does. */
    size_t throws_at;
    int drops;
    anyarchive_reader *reader;
    int32_t answer;
    bool frees;
};

static int32_t source_read(void *user, uint8_t *buf, size_t cap, size_t *n_read) {
    struct source *source = user;
    size_t end = source->len < source->throws_at ? source->len : source->throws_at;
    size_t count = end - source->position;
    if (source->position >= source->throws_at) {
        return 0;
    }
    if (source->reader != NULL) {
        const anyarchive_entry *entry = NULL;
        source->answer = anyarchive_reader_next(source->reader, &entry);
        if (source->frees) {
            anyarchive_reader_free(source->reader);
        }
    }
    if (count > cap) {
        count = cap;
    }
    memcpy(buf, source->data + source->position, count);
    source->position += count;
    *n_read = count;
    return 0;
}

static void source_drop(void *user) {
    struct source *source = user;
    source->drops++;
}

static int32_t open_source(struct source *source, size_t block_size, anyarchive_reader **reader,
                           anyarchive_error **error) {
    anyarchive_source callbacks = {sizeof callbacks, source, source_read, NULL, source_drop};
    anyarchive_reader_settings *settings = anyarchive_reader_settings_new();
    CHECK(anyarchive_reader_settings_block_size(settings, block_size) == 0);
    int32_t status = anyarchive_reader_open_source(&callbacks, settings, reader, error);
    anyarchive_reader_settings_free(settings);
    return status;
}

/* Reads to the end, with or without the data; the number of entries goes to `entries`. */
static int32_t read_archive(struct source *source, size_t block_size, bool with_data,
                            int *entries) {
    anyarchive_reader *reader = NULL;
    int32_t status = open_source(source, block_size, &reader, NULL);
    *entries = 0;
    if (status < 0) {
        return status;
    }
    for (;;) {
        const anyarchive_entry *entry = NULL;
        status = anyarchive_reader_next(reader, &entry);
        if (status != ANYARCHIVE_STATUS_OK) {
            break;
        }
        ++*entries;
        if (with_data) {
            char buf[700];
            size_t count = 0;
            do {
                status = anyarchive_reader_read(reader, buf, sizeof buf, &count);
            } while (status == ANYARCHIVE_STATUS_OK && count > 0);
            if (status < 0) {
                break;
            }
        }
    }
    if (status < 0) {
        CHECK(anyarchive_error_status(anyarchive_reader_error(reader)) == status);
    }
    anyarchive_reader_free(reader);
    return status;
}

/* --- the tests --- */

static void header_and_library_are_of_one_version(void) {
    CHECK(anyarchive_version_number() == ANYARCHIVE_VERSION_NUMBER);
    CHECK(anyarchive_abi_version() == ANYARCHIVE_ABI);
    CHECK(strncmp(anyarchive_libarchive_version(), "libarchive 3.", 13) == 0);
    CHECK(strstr(anyarchive_capabilities_json(), "\"zip\"") != NULL);
    CHECK(anyarchive_linkage_json()[0] == '{');
}

static void what_is_written_is_read(void) {
    const uint8_t *data = NULL;
    size_t len = 0;
    anyarchive_writer *writer = memory_writer("pax");
    add_file(writer, "a/b.txt", "some data", 9);
    CHECK(anyarchive_writer_finish(writer) == 0);
    CHECK(anyarchive_writer_data(writer, &data, &len));

    anyarchive_reader *reader = NULL;
    const anyarchive_entry *entry = NULL;
    CHECK(anyarchive_reader_open_memory(data, len, NULL, &reader, NULL) == 0);
    CHECK(anyarchive_reader_next(reader, &entry) == ANYARCHIVE_STATUS_OK);
    CHECK(strcmp(anyarchive_entry_path(entry), "a/b.txt") == 0);
    CHECK(anyarchive_entry_file_type(entry) == ANYARCHIVE_FILE_TYPE_FILE);
    uint64_t size = 0;
    CHECK(anyarchive_entry_size(entry, &size) && size == 9);
    CHECK(anyarchive_entry_mode(entry) == 0644);
    char buf[20];
    size_t count = 0;
    CHECK(anyarchive_reader_read(reader, buf, sizeof buf, &count) == 0);
    CHECK(count == 9 && memcmp(buf, "some data", 9) == 0);
    CHECK(anyarchive_reader_next(reader, &entry) == ANYARCHIVE_STATUS_EOF);
    anyarchive_reader_free(reader);
    anyarchive_writer_free(writer);
}

static void an_exception_is_never_the_end(void) {
    static const size_t BLOCK_SIZES[] = {512, 4608, 10240, 65536, 1 << 20};
    const uint8_t *data = NULL;
    size_t len = 0;
    anyarchive_writer *writer = tar(400, &data, &len);
    int cases = 0, entries = 0;
    for (size_t b = 0; b < sizeof BLOCK_SIZES / sizeof *BLOCK_SIZES; b++) {
        for (size_t point = 0; point < 57; point++) {
            for (int with_data = 0; with_data < 2; with_data++) {
                struct source source = {0};
                source.data = data;
                source.len = len;
                source.throws_at = point * 400 * 1536 / 57;
                CHECK(read_archive(&source, BLOCK_SIZES[b], with_data, &entries) ==
                      ANYARCHIVE_STATUS_IO);
                CHECK(entries < 400);
                CHECK(source.drops == 1);
                cases++;
            }
        }
    }
    CHECK(cases == 570);
    struct source source = {0};
    source.data = data;
    source.len = len;
    source.throws_at = SIZE_MAX;
    CHECK(read_archive(&source, 4608, true, &entries) == ANYARCHIVE_STATUS_EOF);
    CHECK(entries == 400);
    anyarchive_writer_free(writer);
}

static void a_callback_may_not_call_its_reader_but_free_it(void) {
    const uint8_t *data = NULL;
    size_t len = 0;
    anyarchive_writer *writer = tar(3, &data, &len);
    struct source source = {0};
    source.data = data;
    source.len = len;
    source.throws_at = SIZE_MAX;
    anyarchive_reader *reader = NULL;
    const anyarchive_entry *entry = NULL;
    CHECK(open_source(&source, 512, &reader, NULL) == 0);
    source.reader = reader;
    CHECK(anyarchive_reader_next(reader, &entry) == 0);
    char buf[2000];
    size_t count = 0;
    CHECK(anyarchive_reader_read(reader, buf, sizeof buf, &count) == 0);
    CHECK(source.answer == ANYARCHIVE_STATUS_BUSY);
    CHECK(source.drops == 0);
    source.frees = true;
    CHECK(anyarchive_reader_next(reader, &entry) == 0);
    CHECK(source.drops == 1);
    anyarchive_writer_free(writer);
}

static void errors_tell_everything(void) {
    anyarchive_reader *reader = (anyarchive_reader *)1;
    anyarchive_error *error = NULL;
    CHECK(anyarchive_reader_open_path("/nonexistent/a.tar", NULL, &reader, &error) ==
          ANYARCHIVE_STATUS_IO);
    CHECK(reader == NULL && error != NULL);
    CHECK(anyarchive_error_os_error(error) == 2);
    CHECK(strcmp(anyarchive_error_archive(error), "/nonexistent/a.tar") == 0);
    CHECK(anyarchive_error_entry(error) == NULL);
    CHECK(strstr(anyarchive_error_text(error), "/nonexistent/a.tar") != NULL);
    CHECK(!anyarchive_error_is_recoverable(error));
    anyarchive_error_free(error);
}

static void entries_are_set_and_copied(void) {
    anyarchive_entry *entry = NULL, *copy = NULL;
    anyarchive_error *error = NULL;
    CHECK(anyarchive_entry_new("l", ANYARCHIVE_FILE_TYPE_FILE, &entry, NULL) == 0);
    CHECK(anyarchive_entry_set_symlink(entry, "target", NULL) == 0);
    CHECK(anyarchive_entry_set_mtime(entry, 5, 6, NULL) == 0);
    CHECK(anyarchive_entry_set_path(entry, "", &error) ==
          ANYARCHIVE_STATUS_INVALID_INPUT);
    CHECK(error != NULL);
    anyarchive_error_free(error);
    CHECK(anyarchive_entry_clone(entry, &copy, NULL) == 0);
    anyarchive_entry_free(entry);
    int64_t seconds = 0;
    uint32_t nanoseconds = 0;
    CHECK(strcmp(anyarchive_entry_symlink(copy), "target") == 0);
    CHECK(anyarchive_entry_mtime(copy, &seconds, &nanoseconds));
    CHECK(seconds == 5 && nanoseconds == 6);
    anyarchive_entry_free(copy);
}

static int32_t stop_at_two(void *user, const struct anyarchive_progress *progress,
                           int32_t *go_on) {
    int *calls = user;
    CHECK(progress->struct_size >= sizeof *progress);
    CHECK(progress->path != NULL);
    ++*calls;
    *go_on = progress->entries < 2;
    return 0;
}

static const char *directory; /* from the command line */

static void extraction_is_safe_and_can_be_stopped(void) {
    const uint8_t *data = NULL;
    size_t len = 0;
    anyarchive_writer *writer = memory_writer("ustar");
    add_file(writer, "good", "1", 1);
    add_file(writer, "../bad", "2", 1);
    CHECK(anyarchive_writer_finish(writer) == 0);
    CHECK(anyarchive_writer_data(writer, &data, &len));
    anyarchive_reader *reader = NULL;
    anyarchive_extractor *extractor = anyarchive_extractor_new();
    CHECK(anyarchive_reader_open_memory(data, len, NULL, &reader, NULL) == 0);
    CHECK(anyarchive_extractor_run(extractor, reader, directory) == 0);
    CHECK(anyarchive_extractor_entries(extractor) == 1);
    CHECK(anyarchive_extractor_item_count(extractor) == 1);
    int32_t outcome = 0;
    const char *path = NULL, *reason = NULL;
    CHECK(anyarchive_extractor_item(extractor, 0, &outcome, &path, &reason) == 0);
    CHECK(outcome == ANYARCHIVE_OUTCOME_REFUSED);
    CHECK(strcmp(path, "../bad") == 0);
    anyarchive_reader_free(reader);

    int calls = 0;
    CHECK(anyarchive_extractor_on_progress(extractor, stop_at_two, &calls, NULL) == 0);
    CHECK(anyarchive_reader_open_memory(data, len, NULL, &reader, NULL) == 0);
    CHECK(anyarchive_extractor_run(extractor, reader, directory) == ANYARCHIVE_STATUS_CANCELLED);
    CHECK(calls >= 2);
    anyarchive_reader_free(reader);
    anyarchive_extractor_free(extractor);
    anyarchive_writer_free(writer);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    directory = argv[1];
    TEST(header_and_library_are_of_one_version);
    TEST(what_is_written_is_read);
    TEST(an_exception_is_never_the_end);
    TEST(a_callback_may_not_call_its_reader_but_free_it);
    TEST(errors_tell_everything);
    TEST(entries_are_set_and_copied);
    TEST(extraction_is_safe_and_can_be_stopped);
    printf("%d tests\n", tests);
    return 0;
}
