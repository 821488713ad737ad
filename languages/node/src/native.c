#include "native.h"

/* --- failures --- */

static char *copy(const char *text) {
    return text == NULL ? NULL : strdup(text);
}

void failure_copy(struct failure *failure, int32_t status, const anyarchive_error *error) {
    failure->status = status;
    failure->os_error = anyarchive_error_os_error(error);
    failure->recoverable = anyarchive_error_is_recoverable(error);
    failure->text = copy(error == NULL ? "it is in use" : anyarchive_error_text(error));
    failure->entry = copy(anyarchive_error_entry(error));
    failure->function = copy(anyarchive_error_function(error));
}

void failure_free(struct failure *failure) {
    free(failure->text);
    free(failure->entry);
    free(failure->function);
    memset(failure, 0, sizeof *failure);
}

napi_value string_or_null(napi_env env, const char *text) {
    napi_value value;
    if (text == NULL) {
        TRY(napi_get_null(env, &value));
    } else {
        TRY(napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value));
    }
    return value;
}

bool set(napi_env env, napi_value object, const char *name, napi_value value) {
    return value != NULL && napi_set_named_property(env, object, name, value) == napi_ok;
}

napi_value failure_value(napi_env env, const struct failure *failure) {
    napi_value text = string_or_null(env, failure->text == NULL ? "out of memory" : failure->text);
    napi_value error, value;
    TRY(napi_create_error(env, NULL, text, &error));
    TRY(napi_create_int32(env, failure->status, &value));
    set(env, error, "status", value);
    TRY(napi_create_int32(env, failure->os_error, &value));
    set(env, error, "osError", value);
    TRY(napi_get_boolean(env, failure->recoverable, &value));
    set(env, error, "recoverable", value);
    set(env, error, "entry", string_or_null(env, failure->entry));
    set(env, error, "function", string_or_null(env, failure->function));
    return error;
}

/* --- values --- */

char *text_of(napi_env env, napi_value value) {
    size_t length = 0;
    if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) {
        napi_throw_type_error(env, NULL, "a text is expected");
        return NULL;
    }
    char *text = malloc(length + 1);
    if (text == NULL || napi_get_value_string_utf8(env, value, text, length + 1, &length) != napi_ok ||
        strlen(text) != length) {
        free(text);
        napi_throw_type_error(env, NULL, "a text without NUL is expected");
        return NULL;
    }
    return text;
}

napi_value field(napi_env env, napi_value object, const char *name) {
    napi_value value;
    napi_valuetype type;
    TRY(napi_get_named_property(env, object, name, &value));
    TRY(napi_typeof(env, value, &type));
    return type == napi_undefined || type == napi_null ? NULL : value;
}

static napi_value text_function(napi_env env, napi_callback_info info, const char *text) {
    (void)info;
    return string_or_null(env, text);
}

static napi_value libarchive_version(napi_env env, napi_callback_info info) {
    return text_function(env, info, anyarchive_libarchive_version());
}

static napi_value capabilities_json(napi_env env, napi_callback_info info) {
    return text_function(env, info, anyarchive_capabilities_json());
}

NAPI_MODULE_INIT() {
    napi_value function;
    TRY(napi_create_function(env, NULL, 0, libarchive_version, NULL, &function));
    set(env, exports, "libarchiveVersion", function);
    TRY(napi_create_function(env, NULL, 0, capabilities_json, NULL, &function));
    set(env, exports, "capabilitiesJson", function);
    TRY(napi_create_function(env, NULL, 0, source_answer, NULL, &function));
    set(env, exports, "answer", function);
    if (init_reader(env, exports) == NULL) {
        return NULL;
    }
    return exports;
}
