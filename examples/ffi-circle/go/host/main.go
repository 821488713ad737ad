// The host in Go: `host-go ARCHIVE CHAIN [HOP GOOD_CALLS]`. It leaves the hop in Go out: a process has
// one runtime of Go, and a library with another one is not supported.
package main

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
#include "circle.h"

typedef int32_t (*wrap_fn)(const anyarchive_source *, anyarchive_source *);

static inline int32_t call_wrap(void *address, const anyarchive_source *inner, anyarchive_source *outer) {
	wrap_fn wrap = (wrap_fn)(uintptr_t)address;
	return wrap(inner, outer);
}
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"unsafe"
)

var hops = map[rune][2]string{
	'C': {"libhop_c.so", "hop_c_wrap"},
	'X': {"libhop_cxx.so", "hop_cxx_wrap"},
	'P': {"libhop_py.so", "hop_py_wrap"},
	'B': {"libhop_rb.so", "hop_rb_wrap"},
}

// Ruby wants the main thread, on which init and main run from here on.
func init() {
	runtime.LockOSThread()
}

func text(s string) *C.char {
	return C.CString(s) // lives as long as the process
}

func wrap(letter rune, inner, outer *C.anyarchive_source) bool {
	names, known := hops[letter]
	if !known {
		return false
	}
	library := C.dlopen(text(names[0]), C.RTLD_NOW|C.RTLD_LOCAL)
	if library == nil {
		fmt.Fprintln(os.Stderr, C.GoString(C.dlerror()))
		return false
	}
	address := C.dlsym(library, text(names[1]))
	return address != nil && C.call_wrap(address, inner, outer) == 0
}

// C gets pointers to memory of C only, so that no rule of the garbage collector is concerned.
func newSource() *C.anyarchive_source {
	return (*C.anyarchive_source)(C.calloc(1, C.size_t(unsafe.Sizeof(C.anyarchive_source{}))))
}

func run(args []string) error {
	if len(args) != 2 && len(args) != 4 {
		return fmt.Errorf("host-go ARCHIVE CHAIN [HOP GOOD_CALLS]")
	}
	if len(args) == 4 {
		calls, err := strconv.ParseUint(args[3], 10, 64)
		if err != nil {
			return err
		}
		C.circle_plan(C.char(args[2][0]), C.uint64_t(calls))
	} else {
		C.circle_plan(0, 0)
	}
	archive, chain := text(args[0]), text(args[1])
	source := newSource()
	if C.circle_open(archive, source) != 0 {
		return fmt.Errorf("cannot open %s", args[0])
	}
	for _, letter := range args[1] {
		outer := newSource()
		if !wrap(letter, source, outer) {
			return fmt.Errorf("the hop %c does not start", letter)
		}
		source = outer
	}
	var result C.circle_result
	C.circle_read(source, &result)
	if problem := C.circle_verdict(archive, chain, &result); problem != nil {
		return fmt.Errorf("Go host, %s: %s", args[1], C.GoString(problem))
	}
	return nil
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
