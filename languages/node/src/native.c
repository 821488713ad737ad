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

bool each_text(napi_env env, napi_value object, const char *name,
               bool (*take)(napi_env env, void *settings, const char *text), void *settings) {
    napi_value texts = field(env, object, name);
    uint32_t count = 0;
    if (texts == NULL) {
        return true;
    }
    if (napi_get_array_length(env, texts, &count) != napi_ok) {
        napi_throw_type_error(env, NULL, "a list of texts is expected");
        return false;
    }
    for (uint32_t index = 0; index < count; index++) {
        napi_value value;
        char *text = NULL;
        if (napi_get_element(env, texts, index, &value) != napi_ok ||
            (text = text_of(env, value)) == NULL) {
            return false;
        }
        bool taken = take(env, settings, text);
        free(text);
        if (!taken) {
            return false;
        }
    }
    return true;
}

bool fine(napi_env env, anyarchive_status status, const anyarchive_error *error) {
    if (status >= 0) {
        return true;
    }
    struct failure failure = {0};
    failure_copy(&failure, status, error);
    napi_throw(env, failure_value(env, &failure));
    failure_free(&failure);
    return false;
}

bool export(napi_env env, napi_value exports, const char *name, napi_callback callback) {
    napi_value function;
    return napi_create_function(env, NULL, 0, callback, NULL, &function) == napi_ok &&
           set(env, exports, name, function);
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
    bool good = export(env, exports, "libarchiveVersion", libarchive_version) &&
                export(env, exports, "capabilitiesJson", capabilities_json) &&
                export(env, exports, "answer", source_answer) &&
                export(env, exports, "close", source_close) && init_reader(env, exports) &&
                init_writer(env, exports);
    return good ? exports : NULL;
}
