/* Readers. */

#include "native.h"

struct reader {
    anyarchive_reader *handle;
    struct caller source;
    /* Bytes in memory, which C reads where they are: a frozen copy. */
    VALUE memory;
};

static void reader_mark(void *data) {
    struct reader *reader = data;
    rb_gc_mark(reader->source.object);
    rb_gc_mark(reader->source.raised);
    rb_gc_mark(reader->memory);
}

static void reader_free(void *data) {
    struct reader *reader = data;
    anyarchive_reader_free(reader->handle);
    xfree(reader);
}

static const rb_data_type_t reader_type = {
    .wrap_struct_name = "Anyarchive::Native::Reader",
    .function = {.dmark = reader_mark, .dfree = reader_free},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY,
};

static VALUE reader_alloc(VALUE class) {
    struct reader *reader;
    VALUE self = TypedData_Make_Struct(class, struct reader, &reader_type, reader);
    reader->source.object = reader->source.raised = reader->memory = Qnil;
    return self;
}

static struct reader *reader_get(VALUE self) {
    struct reader *reader;
    TypedData_Get_Struct(self, struct reader, &reader_type, reader);
    if (reader->handle == NULL) {
        rb_raise(rb_eIOError, "closed reader");
    }
    return reader;
}

/* --- callbacks --- */

struct read_arguments {
    struct caller *source;
    uint8_t *buf;
    size_t cap;
    size_t *n_read;
};

static VALUE read_body(VALUE data) {
    struct read_arguments *arguments = (struct read_arguments *)data;
    VALUE bytes = rb_funcall(arguments->source->object, rb_intern("read"), 1,
                             SIZET2NUM(arguments->cap));
    size_t length = 0;
    if (!NIL_P(bytes)) {
        Check_Type(bytes, T_STRING);
        length = RSTRING_LEN(bytes);
        if (length > arguments->cap) {
            rb_raise(rb_eRangeError, "read(%" PRIuSIZE ") gave %" PRIuSIZE " bytes", arguments->cap,
                     length);
        }
        memcpy(arguments->buf, RSTRING_PTR(bytes), length);
    }
    *arguments->n_read = length;
    RB_GC_GUARD(bytes);
    return Qnil;
}

static int32_t source_read(void *user, uint8_t *buf, size_t cap, size_t *n_read) {
    struct read_arguments arguments = {user, buf, cap, n_read};
    return caller_guard(user, read_body, &arguments);
}

struct seek_arguments {
    struct caller *source;
    int64_t offset;
    int32_t whence;
    uint64_t *position;
};

static VALUE seek_body(VALUE data) {
    struct seek_arguments *arguments = (struct seek_arguments *)data;
    VALUE object = arguments->source->object;
    rb_funcall(object, rb_intern("seek"), 2, LL2NUM(arguments->offset), INT2NUM(arguments->whence));
    *arguments->position = NUM2ULL(rb_funcall(object, rb_intern("pos"), 0));
    return Qnil;
}

static int32_t source_seek(void *user, int64_t offset, int32_t whence, uint64_t *position) {
    struct seek_arguments arguments = {user, offset, whence, position};
    return caller_guard(user, seek_body, &arguments);
}

/* --- settings --- */

static VALUE setting(VALUE settings, const char *name) {
    return rb_hash_aref(settings, ID2SYM(rb_intern(name)));
}

struct opening {
    struct reader *reader;
    VALUE object;
    VALUE settings;
    anyarchive_reader_settings *c_settings;
};

static void set_texts(struct opening *opening, const char *name,
                      anyarchive_status (*set)(anyarchive_reader_settings *, const char *)) {
    VALUE texts = rb_Array(setting(opening->settings, name));
    for (long index = 0; index < RARRAY_LEN(texts); index++) {
        VALUE text = rb_ary_entry(texts, index);
        anyarchive_status status = set(opening->c_settings, StringValueCStr(text));
        if (status < 0) {
            raise_error(status, anyarchive_reader_settings_error(opening->c_settings), NULL, NULL);
        }
    }
}

static VALUE open_body(VALUE data) {
    struct opening *opening = (struct opening *)data;
    struct reader *reader = opening->reader;
    VALUE object = opening->object;
    anyarchive_reader_settings *settings = opening->c_settings;
    set_texts(opening, "formats", anyarchive_reader_settings_format);
    set_texts(opening, "filters", anyarchive_reader_settings_filter);
    set_texts(opening, "passwords", anyarchive_reader_settings_password);
    set_texts(opening, "options", anyarchive_reader_settings_options);
    if (!NIL_P(setting(opening->settings, "block_size"))) {
        size_t size = NUM2SIZET(setting(opening->settings, "block_size"));
        anyarchive_reader_settings_block_size(settings, size);
    }
    anyarchive_error *error = NULL;
    anyarchive_status status;
    if (RTEST(setting(opening->settings, "memory"))) {
        StringValue(object);
        reader->memory = rb_str_new_frozen(object);
        status = anyarchive_reader_open_memory((const uint8_t *)RSTRING_PTR(reader->memory),
                                               RSTRING_LEN(reader->memory), settings,
                                               &reader->handle, &error);
    } else if (rb_respond_to(object, rb_intern("read")) &&
               !rb_respond_to(object, rb_intern("to_path"))) {
        bool seeks = RTEST(setting(opening->settings, "seekable"));
        reader->source.object = object;
        anyarchive_source source = {sizeof source, &reader->source, source_read,
                                    seeks ? source_seek : NULL, NULL};
        status = anyarchive_reader_open_source(&source, settings, &reader->handle, &error);
    } else {
        VALUE path = path_of(object);
        status = anyarchive_reader_open_path(RSTRING_PTR(path), settings, &reader->handle, &error);
        RB_GC_GUARD(path);
    }
    if (status < 0) {
        raise_error(status, error, error, &reader->source);
    }
    return Qnil;
}

static VALUE reader_initialize(VALUE self, VALUE object, VALUE settings) {
    struct reader *reader;
    TypedData_Get_Struct(self, struct reader, &reader_type, reader);
    if (reader->handle != NULL) {
        rb_raise(rb_eArgError, "the reader is open");
    }
    Check_Type(settings, T_HASH);
    struct opening opening = {reader, object, settings, anyarchive_reader_settings_new()};
    int state = 0;
    rb_protect(open_body, (VALUE)&opening, &state);
    anyarchive_reader_settings_free(opening.c_settings);
    if (state != 0) {
        rb_jump_tag(state);
    }
    return self;
}

/* --- calls --- */

struct call {
    struct reader *reader;
    const anyarchive_entry *entry;
    void *buffer;
    size_t cap, count;
    anyarchive_status status;
};

static void check(struct reader *reader, anyarchive_status status) {
    raise_if_fatal(&reader->source);
    if (status < 0) {
        const anyarchive_error *error =
            status == ANYARCHIVE_STATUS_BUSY ? NULL : anyarchive_reader_error(reader->handle);
        raise_error(status, error, NULL, &reader->source);
    }
}

static void *call_next(void *data) {
    struct call *call = data;
    call->status = anyarchive_reader_next(call->reader->handle, &call->entry);
    return NULL;
}

/* Whoever finds it in use gets an error and changes nothing. */
static void begin(struct reader *reader) {
    if (reader->source.without_gvl) {
        raise_error(ANYARCHIVE_STATUS_BUSY, NULL, NULL, NULL);
    }
}

/* next_entry(reader, number): an Entry of that reader, nil behind the last. */
static VALUE reader_next(VALUE self, VALUE owner, VALUE number) {
    struct call call = {.reader = reader_get(self)};
    begin(call.reader);
    caller_without_gvl(&call.reader->source, call_next, &call);
    check(call.reader, call.status);
    VALUE entry = call.status == ANYARCHIVE_STATUS_EOF ? Qnil : entry_of(call.entry, owner, number);
    RB_GC_GUARD(self);
    return entry;
}

static void *call_read(void *data) {
    struct call *call = data;
    call->status = anyarchive_reader_read(call->reader->handle, call->buffer, call->cap,
                                          &call->count);
    return NULL;
}

static VALUE reader_read(VALUE self, VALUE length) {
    struct call call = {.reader = reader_get(self), .cap = NUM2SIZET(length)};
    begin(call.reader);
    if (call.cap > (1 << 20)) {
        call.cap = 1 << 20;
    }
    /* Not yet seen by anybody, so that nobody changes it while the lock is free. */
    VALUE bytes = rb_str_buf_new(call.cap);
    call.buffer = RSTRING_PTR(bytes);
    caller_without_gvl(&call.reader->source, call_read, &call);
    check(call.reader, call.status);
    rb_str_set_len(bytes, call.count);
    RB_GC_GUARD(self);
    return call.count == 0 && call.cap > 0 ? Qnil : bytes;
}

static VALUE reader_extract(VALUE self, VALUE destination, VALUE settings) {
    struct reader *reader = reader_get(self);
    begin(reader);
    VALUE report = extract(reader->handle, &reader->source, destination, settings);
    RB_GC_GUARD(self);
    return report;
}

static VALUE reader_format(VALUE self) {
    return rb_utf8_str_new_cstr(anyarchive_reader_format_name(reader_get(self)->handle));
}

static VALUE reader_filters(VALUE self) {
    return rb_utf8_str_new_cstr(anyarchive_reader_filters(reader_get(self)->handle));
}

static VALUE reader_close(VALUE self) {
    struct reader *reader = reader_get(self);
    begin(reader);
    anyarchive_reader_free(reader->handle);
    reader->handle = NULL;
    return Qnil;
}

static VALUE reader_closed(VALUE self) {
    struct reader *reader;
    TypedData_Get_Struct(self, struct reader, &reader_type, reader);
    return reader->handle == NULL ? Qtrue : Qfalse;
}

void init_reader(void) {
    VALUE native = rb_define_module_under(rb_mAnyarchive, "Native");
    VALUE class = rb_define_class_under(native, "Reader", rb_cObject);
    rb_define_alloc_func(class, reader_alloc);
    rb_undef_method(class, "initialize_copy");
    rb_define_method(class, "initialize", reader_initialize, 2);
    rb_define_method(class, "next_entry", reader_next, 2);
    rb_define_method(class, "read", reader_read, 1);
    rb_define_method(class, "extract", reader_extract, 2);
    rb_define_method(class, "format", reader_format, 0);
    rb_define_method(class, "filters", reader_filters, 0);
    rb_define_method(class, "close", reader_close, 0);
    rb_define_method(class, "closed?", reader_closed, 0);
}
