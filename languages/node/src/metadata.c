/* What JavaScript sees of an entry. */

#include "native.h"

napi_value number_or_null(napi_env env, bool known, uint64_t number) {
    napi_value value;
    if (!known) {
        TRY(napi_get_null(env, &value));
    } else {
        TRY(napi_create_double(env, (double)number, &value));
    }
    return value;
}

static const char *const TYPES[] = {"unknown",      "file", "directory", "symlink", "char-device",
                                    "block-device", "fifo", "socket"};

napi_value metadata(napi_env env, const anyarchive_entry *entry) {
    napi_value object, value;
    TRY(napi_create_object(env, &object));
    const uint8_t *data = NULL;
    size_t length = 0;
    anyarchive_entry_path_bytes(entry, &data, &length);
    TRY(napi_create_string_utf8(env, (const char *)data, length, &value));
    set(env, object, "name", value);
    TRY(napi_create_buffer_copy(env, length, data, NULL, &value));
    set(env, object, "nameBytes", value);
    const char *hardlink = anyarchive_entry_hardlink(entry);
    uint32_t type = (uint32_t)anyarchive_entry_file_type(entry);
    bool known = type < sizeof TYPES / sizeof *TYPES;
    set(env, object, "type", string_or_null(env, hardlink != NULL ? "hardlink" : TYPES[known ? type : 0]));
    const char *link = hardlink != NULL ? hardlink : anyarchive_entry_symlink(entry);
    set(env, object, "linkname", string_or_null(env, link));
    set(env, object, "uname", string_or_null(env, anyarchive_entry_uname(entry)));
    set(env, object, "gname", string_or_null(env, anyarchive_entry_gname(entry)));
    set(env, object, "warning", string_or_null(env, anyarchive_entry_warning(entry)));
    uint64_t number = 0;
    known = anyarchive_entry_size(entry, &number);
    set(env, object, "size", number_or_null(env, known, number));
    known = anyarchive_entry_uid(entry, &number);
    set(env, object, "uid", number_or_null(env, known, number));
    known = anyarchive_entry_gid(entry, &number);
    set(env, object, "gid", number_or_null(env, known, number));
    set(env, object, "mode", number_or_null(env, true, anyarchive_entry_mode(entry)));
    int64_t seconds = 0;
    uint32_t nanoseconds = 0;
    if (anyarchive_entry_mtime(entry, &seconds, &nanoseconds)) {
        TRY(napi_create_date(env, (double)seconds * 1000 + nanoseconds / 1000000, &value));
    } else {
        TRY(napi_get_null(env, &value));
    }
    set(env, object, "mtime", value);
    TRY(napi_get_boolean(env, anyarchive_entry_is_encrypted(entry), &value));
    set(env, object, "encrypted", value);
    return object;
}
