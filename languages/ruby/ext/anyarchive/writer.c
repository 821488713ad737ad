/* Writers. */

#include "native.h"

struct writer {
    anyarchive_writer *handle;
    struct caller sink;
};

static void writer_mark(void *data) {
    struct writer *writer = data;
    rb_gc_mark(writer->sink.object);
    rb_gc_mark(writer->sink.raised);
}

static void writer_free(void *data) {
    struct writer *writer = data;
    anyarchive_writer_free(writer->handle);
    xfree(writer);
}

static const rb_data_type_t writer_type = {
    .wrap_struct_name = "Anyarchive::Native::Writer",
    .function = {.dmark = writer_mark, .dfree = writer_free},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY,
};

static VALUE writer_alloc(VALUE class) {
    struct writer *writer;
    VALUE self = TypedData_Make_Struct(class, struct writer, &writer_type, writer);
    writer->sink.object = writer->sink.raised = Qnil;
    return self;
}

static struct writer *writer_get(VALUE self) {
    struct writer *writer;
    TypedData_Get_Struct(self, struct writer, &writer_type, writer);
    if (writer->handle == NULL) {
        rb_raise(rb_eIOError, "closed writer");
    }
    if (writer->sink.without_gvl) {
        raise_error(ANYARCHIVE_STATUS_BUSY, NULL, NULL, NULL);
    }
    return writer;
}

/* --- the callback --- */

struct write_arguments {
    struct caller *sink;
    const uint8_t *data;
    size_t len;
    size_t *n_written;
};

static VALUE write_body(VALUE data) {
    struct write_arguments *arguments = (struct write_arguments *)data;
    VALUE bytes = rb_str_new((const char *)arguments->data, arguments->len);
    VALUE count = rb_funcall(arguments->sink->object, rb_intern("write"), 1, bytes);
    if (RTEST(rb_funcall(count, rb_intern("<"), 1, INT2FIX(0)))) {
        rb_raise(rb_eRangeError, "write gave a negative count");
    }
    *arguments->n_written = NUM2SIZET(count);
    return Qnil;
}

static int32_t sink_write(void *user, const uint8_t *data, size_t len, size_t *n_written) {
    struct write_arguments arguments = {user, data, len, n_written};
    return caller_guard(user, write_body, &arguments);
}

/* --- settings --- */

struct opening {
    struct writer *writer;
    VALUE object;
    VALUE settings;
    anyarchive_writer_settings *c_settings;
};

static VALUE setting(VALUE settings, const char *name) {
    return rb_hash_aref(settings, ID2SYM(rb_intern(name)));
}

static void settings_check(struct opening *opening, anyarchive_status status) {
    if (status < 0) {
        raise_error(status, anyarchive_writer_settings_error(opening->c_settings), NULL, NULL);
    }
}

static void set_texts(struct opening *opening, const char *name,
                      anyarchive_status (*set)(anyarchive_writer_settings *, const char *)) {
    VALUE texts = rb_Array(setting(opening->settings, name));
    for (long index = 0; index < RARRAY_LEN(texts); index++) {
        VALUE text = rb_ary_entry(texts, index);
        settings_check(opening, set(opening->c_settings, StringValueCStr(text)));
    }
}

static VALUE open_body(VALUE data) {
    struct opening *opening = (struct opening *)data;
    struct writer *writer = opening->writer;
    VALUE settings = opening->settings;
    anyarchive_error *error = NULL;
    anyarchive_status status;
    VALUE format = setting(settings, "format");
    if (!NIL_P(format)) {
        status = anyarchive_writer_settings_new(StringValueCStr(format), &opening->c_settings, &error);
        if (status < 0) {
            raise_error(status, error, error, NULL);
        }
        set_texts(opening, "filters", anyarchive_writer_settings_filter);
        VALUE value = setting(settings, "level");
        if (!NIL_P(value)) {
            settings_check(opening, anyarchive_writer_settings_level(opening->c_settings, NUM2INT(value)));
        }
        value = setting(settings, "threads");
        if (!NIL_P(value)) {
            settings_check(opening, anyarchive_writer_settings_threads(opening->c_settings, NUM2UINT(value)));
        }
        set_texts(opening, "password", anyarchive_writer_settings_password);
        set_texts(opening, "options", anyarchive_writer_settings_options);
        if (RTEST(setting(settings, "reproducible"))) {
            settings_check(opening, anyarchive_writer_settings_reproducible(opening->c_settings));
        }
    }
    VALUE object = opening->object;
    if (rb_respond_to(object, rb_intern("write")) && !rb_respond_to(object, rb_intern("to_path"))) {
        writer->sink.object = object;
        anyarchive_sink sink = {sizeof sink, &writer->sink, sink_write, NULL};
        status = anyarchive_writer_open_sink(&sink, opening->c_settings, &writer->handle, &error);
    } else {
        VALUE path = path_of(object);
        status = anyarchive_writer_create(RSTRING_PTR(path), opening->c_settings, &writer->handle, &error);
        RB_GC_GUARD(path);
    }
    if (status < 0) {
        raise_error(status, error, error, &writer->sink);
    }
    return Qnil;
}

static VALUE writer_initialize(VALUE self, VALUE object, VALUE settings) {
    struct writer *writer;
    TypedData_Get_Struct(self, struct writer, &writer_type, writer);
    if (writer->handle != NULL) {
        rb_raise(rb_eArgError, "the writer is open");
    }
    Check_Type(settings, T_HASH);
    struct opening opening = {writer, object, settings, NULL};
    int state = 0;
    rb_protect(open_body, (VALUE)&opening, &state);
    anyarchive_writer_settings_free(opening.c_settings);
    if (state != 0) {
        rb_jump_tag(state);
    }
    return self;
}

/* --- calls --- */

struct call {
    struct writer *writer;
    const void *data;
    size_t length;
    anyarchive_status status;
};

static void check(struct writer *writer, anyarchive_status status) {
    raise_if_fatal(&writer->sink);
    if (status < 0) {
        raise_error(status, anyarchive_writer_error(writer->handle), NULL, &writer->sink);
    }
}

static VALUE writer_start_entry(VALUE self, VALUE hash) {
    struct writer *writer = writer_get(self);
    Check_Type(hash, T_HASH);
    anyarchive_entry *entry = entry_from(hash);
    anyarchive_status status = anyarchive_writer_start_entry(writer->handle, entry);
    anyarchive_entry_free(entry);
    check(writer, status);
    return Qnil;
}

static void *call_write(void *data) {
    struct call *call = data;
    call->status = anyarchive_writer_write(call->writer->handle, call->data, call->length);
    return NULL;
}

static VALUE writer_write(VALUE self, VALUE bytes) {
    struct call call = {.writer = writer_get(self)};
    StringValue(bytes);
    /* Nobody changes it while the lock is free. */
    bytes = rb_str_new_frozen(bytes);
    call.data = RSTRING_PTR(bytes);
    call.length = RSTRING_LEN(bytes);
    caller_without_gvl(&call.writer->sink, call_write, &call);
    RB_GC_GUARD(bytes);
    check(call.writer, call.status);
    RB_GC_GUARD(self);
    return SIZET2NUM(call.length);
}

static VALUE writer_finish_entry(VALUE self) {
    struct writer *writer = writer_get(self);
    check(writer, anyarchive_writer_finish_entry(writer->handle));
    return Qnil;
}

static VALUE writer_add(VALUE self, VALUE path) {
    struct writer *writer = writer_get(self);
    path = path_of(path);
    check(writer, anyarchive_writer_append_tree(writer->handle, RSTRING_PTR(path)));
    RB_GC_GUARD(path);
    return Qnil;
}

static VALUE writer_finish(VALUE self) {
    struct writer *writer = writer_get(self);
    check(writer, anyarchive_writer_finish(writer->handle));
    return Qnil;
}

static VALUE writer_close(VALUE self) {
    struct writer *writer = writer_get(self);
    anyarchive_writer_free(writer->handle);
    writer->handle = NULL;
    return Qnil;
}

static VALUE writer_closed(VALUE self) {
    struct writer *writer;
    TypedData_Get_Struct(self, struct writer, &writer_type, writer);
    return writer->handle == NULL ? Qtrue : Qfalse;
}

void init_writer(void) {
    VALUE native = rb_define_module_under(rb_mAnyarchive, "Native");
    VALUE class = rb_define_class_under(native, "Writer", rb_cObject);
    rb_define_alloc_func(class, writer_alloc);
    rb_undef_method(class, "initialize_copy");
    rb_define_method(class, "initialize", writer_initialize, 2);
    rb_define_method(class, "start_entry", writer_start_entry, 1);
    rb_define_method(class, "write", writer_write, 1);
    rb_define_method(class, "finish_entry", writer_finish_entry, 0);
    rb_define_method(class, "add", writer_add, 1);
    rb_define_method(class, "finish", writer_finish, 0);
    rb_define_method(class, "close", writer_close, 0);
    rb_define_method(class, "closed?", writer_closed, 0);
}
