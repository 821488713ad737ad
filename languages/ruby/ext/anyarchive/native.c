#include "native.h"

#include <ruby/thread.h>

VALUE rb_mAnyarchive;

/* --- callbacks --- */

struct guarded {
    struct caller *caller;
    VALUE (*body)(VALUE);
    void *arguments;
    int state;
};

static void *run_guarded(void *data) {
    struct guarded *guarded = data;
    rb_protect(guarded->body, (VALUE)guarded->arguments, &guarded->state);
    if (guarded->state != 0) {
        VALUE raised = rb_errinfo();
        rb_set_errinfo(Qnil);
        /* `throw` and `break` leave too, with something in this place that is no object. */
        bool is_object = !RB_SPECIAL_CONST_P(raised) && RB_BUILTIN_TYPE(raised) == T_OBJECT;
        if (!is_object || !RTEST(rb_obj_is_kind_of(raised, rb_eException))) {
            raised = rb_exc_new_cstr(rb_eLocalJumpError, "a callback was left by a jump");
        }
        if (NIL_P(guarded->caller->raised)) {
            guarded->caller->raised = raised;
        }
    }
    return NULL;
}

int32_t caller_guard(struct caller *caller, VALUE (*body)(VALUE), void *arguments) {
    struct guarded guarded = {caller, body, arguments, 0};
    if (caller->without_gvl) {
        rb_thread_call_with_gvl(run_guarded, &guarded);
    } else {
        run_guarded(&guarded);
    }
    return guarded.state == 0 ? 0 : -1;
}

void *caller_without_gvl(struct caller *caller, void *(*body)(void *), void *arguments) {
    caller->without_gvl = true;
    /* Nothing unblocks it: half a call of C cannot be left. */
    void *result = rb_thread_call_without_gvl(body, arguments, NULL, NULL);
    caller->without_gvl = false;
    return result;
}

/* --- errors --- */

static VALUE class_of(int32_t status) {
    const char *name;
    switch (status) {
    case ANYARCHIVE_STATUS_UNKNOWN_FORMAT: name = "UnknownFormatError"; break;
    case ANYARCHIVE_STATUS_TRUNCATED: name = "TruncatedError"; break;
    case ANYARCHIVE_STATUS_CORRUPT: name = "CorruptError"; break;
    case ANYARCHIVE_STATUS_PASSWORD_REQUIRED: name = "PasswordRequiredError"; break;
    case ANYARCHIVE_STATUS_WRONG_PASSWORD: name = "WrongPasswordError"; break;
    case ANYARCHIVE_STATUS_UNSUPPORTED: name = "UnsupportedError"; break;
    case ANYARCHIVE_STATUS_INVALID_INPUT: name = "InvalidInputError"; break;
    case ANYARCHIVE_STATUS_REFUSED: name = "RefusedError"; break;
    case ANYARCHIVE_STATUS_CANCELLED: name = "CancelledError"; break;
    case ANYARCHIVE_STATUS_BUSY: name = "BusyError"; break;
    default: name = "Error"; break;
    }
    return rb_const_get(rb_mAnyarchive, rb_intern(name));
}

VALUE text_or_nil(const char *text) {
    return text == NULL ? Qnil : rb_utf8_str_new_cstr(text);
}

void raise_if_fatal(struct caller *caller) {
    VALUE raised = caller->raised;
    if (!NIL_P(raised) && !RTEST(rb_obj_is_kind_of(raised, rb_eStandardError))) {
        caller->raised = Qnil;
        rb_exc_raise(raised);
    }
}

void raise_error(int32_t status, const anyarchive_error *error, anyarchive_error *owned,
                 struct caller *caller) {
    VALUE arguments[4];
    arguments[0] = error == NULL ? rb_utf8_str_new_cstr("it is in use")
                                 : rb_utf8_str_new_cstr(anyarchive_error_text(error));
    arguments[1] = text_or_nil(anyarchive_error_entry(error));
    arguments[2] = text_or_nil(anyarchive_error_function(error));
    arguments[3] = anyarchive_error_is_recoverable(error) ? Qtrue : Qfalse;
    int number = anyarchive_error_os_error(error);
    anyarchive_error_free(owned);
    VALUE cause = Qnil;
    if (caller != NULL && status == ANYARCHIVE_STATUS_IO) {
        raise_if_fatal(caller);
        cause = caller->raised;
    }
    VALUE exception;
    if (NIL_P(cause) && number != 0 && status == ANYARCHIVE_STATUS_IO) {
        /* What the system refused: Errno::ENOENT, ... */
        exception = rb_syserr_new_str(number, arguments[0]);
    } else {
        exception = rb_class_new_instance(4, arguments, class_of(status));
    }
    if (!NIL_P(cause)) {
        rb_funcall(rb_mAnyarchive, rb_intern("raise_with_cause"), 2, exception, cause);
    }
    rb_exc_raise(exception);
}

/* --- values --- */

VALUE path_of(VALUE object) {
    VALUE path = rb_get_path(object);
    StringValueCStr(path);
    return path;
}

static VALUE seconds(bool (*get)(const anyarchive_entry *, int64_t *, uint32_t *),
                     const anyarchive_entry *entry) {
    int64_t seconds = 0;
    uint32_t nanoseconds = 0;
    if (!get(entry, &seconds, &nanoseconds)) {
        return Qnil;
    }
    struct timespec time = {.tv_sec = seconds, .tv_nsec = nanoseconds};
    return rb_time_timespec_new(&time, INT_MAX); /* local time, as Time.at */
}

static VALUE number(bool (*get)(const anyarchive_entry *, uint64_t *),
                    const anyarchive_entry *entry) {
    uint64_t value = 0;
    return get(entry, &value) ? ULL2NUM(value) : Qnil;
}

static VALUE xattrs(const anyarchive_entry *entry) {
    static VALUE none;
    size_t count = anyarchive_entry_xattr_count(entry);
    if (count == 0) {
        if (none == 0) {
            none = rb_hash_freeze(rb_hash_new());
            rb_gc_register_mark_object(none);
        }
        return none;
    }
    VALUE hash = rb_hash_new();
    for (size_t index = 0; index < count; index++) {
        const char *name = NULL;
        const uint8_t *data = NULL;
        size_t length = 0;
        if (anyarchive_entry_xattr(entry, index, &name, &data, &length)) {
            rb_hash_aset(hash, rb_utf8_str_new_cstr(name), rb_str_new((const char *)data, length));
        }
    }
    return rb_hash_freeze(hash);
}

static VALUE path(const anyarchive_entry *entry) {
    const uint8_t *data = NULL;
    size_t length = 0;
    bool known = anyarchive_entry_path_bytes(entry, &data, &length);
    return known ? rb_utf8_str_new((const char *)data, length) : Qnil;
}

static const char *const TYPES[] = {"unknown",      "file",   "directory", "symlink", "char_device",
                                    "block_device", "fifo",   "socket",    "hardlink"};
#define TYPE_COUNT (sizeof TYPES / sizeof *TYPES)
#define HARDLINK (TYPE_COUNT - 1)

/* Copies the metadata into an Entry: C takes its own back. */
VALUE entry_of(const anyarchive_entry *entry, VALUE reader, VALUE position) {
    static VALUE class, types[TYPE_COUNT];
    if (class == 0) {
        for (size_t index = 0; index < TYPE_COUNT; index++) {
            types[index] = ID2SYM(rb_intern(TYPES[index]));
        }
        class = rb_const_get(rb_mAnyarchive, rb_intern("Entry"));
        rb_gc_register_mark_object(class);
    }
    VALUE object = rb_obj_alloc(class);
#define SET(name, value) rb_ivar_set(object, rb_intern("@" name), value)
    const char *hardlink = anyarchive_entry_hardlink(entry);
    uint32_t type = (uint32_t)anyarchive_entry_file_type(entry);
    SET("name", path(entry));
    SET("type", types[hardlink != NULL ? HARDLINK : type < HARDLINK ? type : 0]);
    SET("linkname", text_or_nil(hardlink != NULL ? hardlink : anyarchive_entry_symlink(entry)));
    SET("size", number(anyarchive_entry_size, entry));
    SET("mode", UINT2NUM(anyarchive_entry_mode(entry)));
    SET("mtime", seconds(anyarchive_entry_mtime, entry));
    SET("uid", number(anyarchive_entry_uid, entry));
    SET("gid", number(anyarchive_entry_gid, entry));
    SET("uname", text_or_nil(anyarchive_entry_uname(entry)));
    SET("gname", text_or_nil(anyarchive_entry_gname(entry)));
    SET("encrypted", anyarchive_entry_is_encrypted(entry) ? Qtrue : Qfalse);
    SET("warning", text_or_nil(anyarchive_entry_warning(entry)));
    SET("xattrs", xattrs(entry));
    SET("reader", reader);
    SET("number", position);
#undef SET
    return rb_obj_freeze(object);
}

struct building {
    VALUE hash;
    anyarchive_entry *entry;
};

static VALUE get(VALUE hash, const char *name) {
    return rb_hash_aref(hash, ID2SYM(rb_intern(name)));
}

static void checked(anyarchive_status status, anyarchive_error *error) {
    if (status < 0) {
        raise_error(status, error, error, NULL);
    }
}

static VALUE build(VALUE data) {
    struct building *building = (struct building *)data;
    VALUE hash = building->hash;
    anyarchive_error *error = NULL;
    VALUE path = path_of(get(hash, "name"));
    VALUE link = get(hash, "linkname");
    Check_Type(get(hash, "type"), T_SYMBOL);
    VALUE type = rb_sym2str(get(hash, "type"));
    bool directory = rb_str_equal(type, rb_str_new_cstr("directory")) == Qtrue;
    int32_t kind = directory ? ANYARCHIVE_FILE_TYPE_DIRECTORY : ANYARCHIVE_FILE_TYPE_FILE;
    checked(anyarchive_entry_new(RSTRING_PTR(path), kind, &building->entry, &error), error);
    anyarchive_entry *entry = building->entry;
    if (rb_str_equal(type, rb_str_new_cstr("symlink")) == Qtrue) {
        link = path_of(link);
        checked(anyarchive_entry_set_symlink(entry, RSTRING_PTR(link), &error), error);
    } else if (rb_str_equal(type, rb_str_new_cstr("hardlink")) == Qtrue) {
        link = path_of(link);
        checked(anyarchive_entry_set_hardlink(entry, RSTRING_PTR(link), &error), error);
    } else if (!directory) {
        uint64_t size = NIL_P(get(hash, "size")) ? UINT64_MAX : NUM2ULL(get(hash, "size"));
        checked(anyarchive_entry_set_size(entry, size, &error), error);
    }
    if (!NIL_P(get(hash, "mode"))) {
        checked(anyarchive_entry_set_mode(entry, NUM2UINT(get(hash, "mode")), &error), error);
    }
    VALUE mtime = get(hash, "mtime");
    if (!NIL_P(mtime)) {
        struct timespec time = rb_time_timespec(mtime);
        checked(anyarchive_entry_set_mtime(entry, time.tv_sec, (uint32_t)time.tv_nsec, &error),
                error);
    }
    if (!NIL_P(get(hash, "uid"))) {
        checked(anyarchive_entry_set_uid(entry, NUM2ULL(get(hash, "uid")), &error), error);
    }
    if (!NIL_P(get(hash, "gid"))) {
        checked(anyarchive_entry_set_gid(entry, NUM2ULL(get(hash, "gid")), &error), error);
    }
    VALUE name = get(hash, "uname");
    if (!NIL_P(name)) {
        checked(anyarchive_entry_set_uname(entry, StringValueCStr(name), &error), error);
    }
    name = get(hash, "gname");
    if (!NIL_P(name)) {
        checked(anyarchive_entry_set_gname(entry, StringValueCStr(name), &error), error);
    }
    return Qnil;
}

anyarchive_entry *entry_from(VALUE hash) {
    struct building building = {hash, NULL};
    int state = 0;
    rb_protect(build, (VALUE)&building, &state);
    if (state != 0) {
        anyarchive_entry_free(building.entry);
        rb_jump_tag(state);
    }
    return building.entry;
}

static VALUE libarchive_version(VALUE self) {
    return rb_utf8_str_new_cstr(anyarchive_libarchive_version());
}

static VALUE capabilities_json(VALUE self) {
    return rb_utf8_str_new_cstr(anyarchive_capabilities_json());
}

RUBY_FUNC_EXPORTED void Init_native(void) {
    rb_mAnyarchive = rb_define_module("Anyarchive");
    rb_define_singleton_method(rb_mAnyarchive, "libarchive_version", libarchive_version, 0);
    rb_define_singleton_method(rb_mAnyarchive, "capabilities_json", capabilities_json, 0);
    init_reader();
    init_writer();
}
