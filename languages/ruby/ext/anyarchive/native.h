/* The native half of the gem: what its files have in common. */

#ifndef ANYARCHIVE_RUBY_NATIVE_H
#define ANYARCHIVE_RUBY_NATIVE_H

#include <anyarchive.h>
#include <ruby.h>

extern VALUE rb_mAnyarchive;

/* Something of Ruby's that C calls, and what it raised there. */
struct caller {
    VALUE object;   /* a file object or a proc */
    VALUE raised;   /* nil, or the exception */
    bool without_gvl; /* C runs while Ruby's lock is free: callbacks take it back */
};

/* Runs `body` for C with Ruby's lock: 0, or -1 when it raised. No exception goes through C. */
int32_t caller_guard(struct caller *caller, VALUE (*body)(VALUE), void *arguments);

/* Runs `body` without Ruby's lock. Other threads of Ruby go on meanwhile. */
void *caller_without_gvl(struct caller *caller, void *(*body)(void *), void *arguments);

/* Raises for an error of C, with the exception of a callback as its cause. Frees `owned`. */
NORETURN(void raise_error(int32_t status, const anyarchive_error *error, anyarchive_error *owned,
                          struct caller *caller));

/* Raises what a callback was left by when that is no StandardError: Interrupt, exit, throw. */
void raise_if_fatal(struct caller *caller);

VALUE text_or_nil(const char *text);

/* A path from a String or anything with to_path, without NUL. */
VALUE path_of(VALUE object);

/* An Entry of a reader, and its number there. */
VALUE entry_of(const anyarchive_entry *entry, VALUE reader, VALUE number);
anyarchive_entry *entry_from(VALUE entry);

void init_reader(void);
void init_writer(void);
VALUE extract(anyarchive_reader *reader, struct caller *source, VALUE destination, VALUE settings);

#endif
