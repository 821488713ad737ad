// Go: C has a number instead of a pointer to what the garbage collector may move, and a panic is
// recovered in the function that C calls.
package main

/*
#include "circle.h"

extern int32_t hopGoRead(void *user, uint8_t *buf, size_t cap, size_t *n_read);
extern void hopGoDrop(void *user);

static inline int32_t call_read(const anyarchive_source *source, uint8_t *buf, size_t cap, size_t *n_read) {
	return source->read(source->user, buf, cap, n_read);
}

static inline void call_drop(const anyarchive_source *source) {
	if (source->drop != NULL)
		source->drop(source->user);
}

static inline void fill(anyarchive_source *outer, uintptr_t handle) {
	*outer = (anyarchive_source){sizeof *outer, (void *)handle, hopGoRead, NULL, hopGoDrop};
}

static inline void blame(void) {
	circle_blame('G', "Go: a panic");
}
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

type hop struct {
	inner C.anyarchive_source
}

//export hop_go_wrap
func hop_go_wrap(inner *C.anyarchive_source, outer *C.anyarchive_source) C.int32_t {
	C.fill(outer, C.uintptr_t(cgo.NewHandle(&hop{inner: *inner})))
	return 0
}

//export hopGoRead
func hopGoRead(user unsafe.Pointer, buf *C.uint8_t, limit C.size_t, read *C.size_t) (status C.int32_t) {
	defer func() {
		if recover() != nil {
			status = -1
		}
	}()
	h := cgo.Handle(uintptr(user)).Value().(*hop)
	count := ^C.size_t(0)
	if C.call_read(&h.inner, buf, limit, &count) != 0 || count > limit {
		return -1
	}
	if C.circle_pass('G') != 0 {
		C.blame()
		panic("a panic")
	}
	*read = count
	return 0
}

//export hopGoDrop
func hopGoDrop(user unsafe.Pointer) {
	handle := cgo.Handle(uintptr(user))
	h := handle.Value().(*hop)
	handle.Delete()
	C.call_drop(&h.inner)
}

func main() {}
