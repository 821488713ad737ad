/* Ruby for hosts that have none: starts the interpreter when it is first needed, on the main thread. */
#include <ruby.h>
#include <stdlib.h>

#include "circle.h"

struct call {
    uintptr_t inner, outer;
};

static VALUE load(VALUE path) {
    rb_load(path, 0);
    return Qnil;
}

static VALUE wrap(VALUE argument) {
    const struct call *call = (const struct call *)argument;
    VALUE hop = rb_path2class("Hop");
    return rb_funcall(hop, rb_intern("wrap"), 2, ULL2NUM(call->inner), ULL2NUM(call->outer));
}

static int start(void) {
    static int argc = 3;
    static char *arguments[] = {"hop", "-e", "", NULL};
    static char **argv = arguments;
    static int state = -1;
    if (state != -1)
        return state;
    ruby_sysinit(&argc, &argv);
    RUBY_INIT_STACK;
    state = ruby_setup();
    if (state != 0)
        return state;
    ruby_options(argc, argv); /* sets $LOAD_PATH up, gems included */
    rb_protect(load, rb_str_new_cstr(getenv("CIRCLE_RUBY")), &state);
    return state;
}

/* What is raised is a long jump, which rb_protect catches. */
int32_t hop_rb_wrap(const anyarchive_source *inner, anyarchive_source *outer) {
    struct call call = {(uintptr_t)inner, (uintptr_t)outer};
    int state = 0;
    if (getenv("CIRCLE_RUBY") == NULL || start() != 0)
        return -1;
    rb_protect(wrap, (VALUE)&call, &state);
    if (state != 0)
        rb_set_errinfo(Qnil);
    return state == 0 ? 0 : -1;
}
