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

/* Behind those of the C interface; lib/index.js has the names. */
#define HARDLINK 8

/* The text of a user or group, which mostly is that of the entry before. */
static napi_value again(napi_env env, struct texts *last, const char *text) {
    if (text == NULL || last->text == NULL || strcmp(text, last->text) != 0) {
        last->text = text;
        last->value = string_or_null(env, text);
    }
    return last->value;
}

static napi_value mtime(napi_env env, const anyarchive_entry *entry) {
    int64_t seconds = 0;
    uint32_t nanoseconds = 0;
    napi_value value;
    if (!anyarchive_entry_mtime(entry, &seconds, &nanoseconds)) {
        return number_or_null(env, false, 0);
    }
    TRY(napi_create_double(env, (double)seconds * 1000 + nanoseconds / 1000000, &value));
    return value;
}

bool metadata(napi_env env, const anyarchive_entry *entry, struct owners *owners, napi_value array, uint32_t at) {
    napi_value values[FIELDS];
    const uint8_t *path = NULL;
    size_t length = 0, high = 0;
    anyarchive_entry_path_bytes(entry, &path, &length);
    for (size_t index = 0; index < length; index++) {
        high |= path[index] & 0x80;
    }
    const char *hardlink = anyarchive_entry_hardlink(entry);
    uint32_t type = (uint32_t)anyarchive_entry_file_type(entry);
    if (hardlink != NULL) {
        type = HARDLINK;
    } else if (type >= HARDLINK) {
        type = 0;
    }
    if (napi_create_string_utf8(env, (const char *)path, length, &values[0]) != napi_ok ||
        napi_get_boolean(env, anyarchive_entry_is_encrypted(entry), &values[11]) != napi_ok ||
        (high == 0 ? napi_get_null(env, &values[1])
                   : napi_create_buffer_copy(env, length, path, NULL, &values[1])) != napi_ok) {
        return false;
    }
    uint64_t number = 0;
    bool known;
    values[2] = number_or_null(env, true, type);
    values[3] = string_or_null(env, hardlink != NULL ? hardlink : anyarchive_entry_symlink(entry));
    values[4] = again(env, &owners->user, anyarchive_entry_uname(entry));
    values[5] = again(env, &owners->group, anyarchive_entry_gname(entry));
    values[6] = string_or_null(env, anyarchive_entry_warning(entry));
    known = anyarchive_entry_size(entry, &number);
    values[7] = number_or_null(env, known, number);
    known = anyarchive_entry_uid(entry, &number);
    values[8] = number_or_null(env, known, number);
    known = anyarchive_entry_gid(entry, &number);
    values[9] = number_or_null(env, known, number);
    values[10] = number_or_null(env, true, anyarchive_entry_mode(entry));
    values[12] = mtime(env, entry);
    for (uint32_t index = 0; index < FIELDS; index++) {
        if (values[index] == NULL || napi_set_element(env, array, at + index, values[index]) != napi_ok) {
            return false;
        }
    }
    return true;
}
