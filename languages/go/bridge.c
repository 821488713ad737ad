#include "bridge.h"
#include "_cgo_export.h"

static int32_t read_go(void *user, uint8_t *buf, size_t cap, size_t *n_read) {
    return anyarchiveGoRead((uintptr_t)user, buf, cap, n_read);
}

static int32_t seek_go(void *user, int64_t offset, int32_t whence, uint64_t *position) {
    return anyarchiveGoSeek((uintptr_t)user, offset, whence, position);
}

static int32_t write_go(void *user, const uint8_t *data, size_t len, size_t *n_written) {
    return anyarchiveGoWrite((uintptr_t)user, (uint8_t *)data, len, n_written);
}

static int32_t progress_go(void *user, const anyarchive_progress *progress, int32_t *go_on) {
    return anyarchiveGoProgress((uintptr_t)user, (anyarchive_progress *)progress, go_on);
}

int32_t bridge_open_source(uintptr_t user, bool seeks, const anyarchive_reader_settings *settings,
                           anyarchive_reader **reader, anyarchive_error **error) {
    anyarchive_source source = {sizeof source, (void *)user, read_go, seeks ? seek_go : NULL, NULL};
    return anyarchive_reader_open_source(&source, settings, reader, error);
}

int32_t bridge_open_sink(uintptr_t user, const anyarchive_writer_settings *settings,
                         anyarchive_writer **writer, anyarchive_error **error) {
    anyarchive_sink sink = {sizeof sink, (void *)user, write_go, NULL};
    return anyarchive_writer_open_sink(&sink, settings, writer, error);
}

int32_t bridge_on_progress(anyarchive_extractor *extractor, uintptr_t user) {
    return anyarchive_extractor_on_progress(extractor, progress_go, (void *)user, NULL);
}
