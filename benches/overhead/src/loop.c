/* What a C program does to go through an archive, as the manual of libarchive shows it.
 *
 *     c-loop list|blocks|read LOCALE BLOCK ARCHIVE
 */
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

static void fail(struct archive *archive)
{
    fprintf(stderr, "%s\n", archive_error_string(archive));
    exit(1);
}

/* Names and sizes. */
static uint64_t list(struct archive *archive)
{
    struct archive_entry *entry;
    uint64_t sum = 0;
    int code;

    while ((code = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
        const char *name = archive_entry_pathname(entry);
        if (name == NULL)
            fail(archive);
        sum += strlen(name) + (uint64_t)archive_entry_size(entry);
    }
    if (code != ARCHIVE_EOF)
        fail(archive);
    return sum;
}

/* Data in blocks that are lent. */
static uint64_t blocks(struct archive *archive)
{
    struct archive_entry *entry;
    const void *data;
    size_t len;
    la_int64_t offset;
    uint64_t sum = 0;
    int code;

    while ((code = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
        while ((code = archive_read_data_block(archive, &data, &len, &offset)) == ARCHIVE_OK)
            sum += len;
        if (code != ARCHIVE_EOF)
            fail(archive);
    }
    if (code != ARCHIVE_EOF)
        fail(archive);
    return sum;
}

/* Data copied into a buffer. */
static uint64_t copies(struct archive *archive)
{
    static char buffer[1024 * 1024];
    struct archive_entry *entry;
    uint64_t sum = 0;
    la_ssize_t len;
    int code;

    while ((code = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
        while ((len = archive_read_data(archive, buffer, sizeof buffer)) > 0)
            sum += (uint64_t)len;
        if (len < 0)
            fail(archive);
    }
    if (code != ARCHIVE_EOF)
        fail(archive);
    return sum;
}

int main(int argc, char **argv)
{
    struct archive *archive;
    uint64_t sum;

    if (argc != 5 || setlocale(LC_CTYPE, argv[2]) == NULL) {
        fprintf(stderr, "c-loop list|blocks|read LOCALE BLOCK ARCHIVE\n");
        return 2;
    }
    archive = archive_read_new();
    if (archive == NULL)
        return 1;
    archive_read_support_filter_all(archive);
    archive_read_support_format_all(archive);
    if (archive_read_open_filename(archive, argv[4], (size_t)atol(argv[3])) != ARCHIVE_OK)
        fail(archive);
    if (strcmp(argv[1], "list") == 0)
        sum = list(archive);
    else if (strcmp(argv[1], "blocks") == 0)
        sum = blocks(archive);
    else
        sum = copies(archive);
    printf("%llu\n", (unsigned long long)sum);
    archive_read_free(archive);
    return 0;
}
