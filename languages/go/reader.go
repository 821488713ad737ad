// Package anyarchive reads, writes and safely extracts nearly every archive format.
//
// It is a wrapper of the C library anyarchive, which pkg-config has to find.
package anyarchive

// #cgo pkg-config: anyarchive
// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"io"
	"runtime/cgo"
	"strings"
	"sync"
	"unsafe"
)

// ReaderOptions are settings of a Reader; nil and the zero value are the defaults.
type ReaderOptions struct {
	// Formats are the names of those that are allowed, such as "tar" and "zip"; all when empty.
	Formats []string
	// Filters are the names of those that are allowed, such as "gzip"; all when empty.
	Filters []string
	// Passwords are tried on encrypted entries.
	Passwords []string
	// Options are options of libarchive, as "module:key=value,key,!key".
	Options string
	// BlockSize is how many bytes to read at once: 64 KiB when it is 0.
	BlockSize int
}

// Reader reads an archive, entry after entry. It is an io.Reader of the data of the entry it is at.
//
// It is for one goroutine at a time; another one gets ErrBusy.
type Reader struct {
	mutex  sync.Mutex
	handle *C.anyarchive_reader
	caller *caller
	user   cgo.Handle
}

// Open opens the archive at a path.
func Open(path string, options *ReaderOptions) (*Reader, error) {
	name, err := cString(path)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(name))
	return open(&caller{}, options, func(_ C.uintptr_t, settings *C.anyarchive_reader_settings,
		reader **C.anyarchive_reader, failure **C.anyarchive_error) C.int32_t {
		return C.int32_t(C.anyarchive_reader_open_path(name, settings, reader, failure))
	})
}

// NewReader reads an archive from a source. When it is an io.Seeker too, formats that have an index at
// their end are read by it.
func NewReader(source io.Reader, options *ReaderOptions) (*Reader, error) {
	seeker, seeks := source.(io.Seeker)
	if seeks {
		// Pipes have the method and cannot do it.
		if _, err := seeker.Seek(0, io.SeekCurrent); err != nil {
			seeks = false
		}
	}
	return open(&caller{reader: source, seeker: seeker}, options, func(user C.uintptr_t,
		settings *C.anyarchive_reader_settings, reader **C.anyarchive_reader,
		failure **C.anyarchive_error) C.int32_t {
		return C.bridge_open_source(user, C.bool(seeks), settings, reader, failure)
	})
}

func open(caller *caller, options *ReaderOptions, body func(C.uintptr_t, *C.anyarchive_reader_settings,
	**C.anyarchive_reader, **C.anyarchive_error) C.int32_t) (*Reader, error) {
	settings, err := options.settings()
	if err != nil {
		return nil, err
	}
	defer C.anyarchive_reader_settings_free(settings)
	r := &Reader{caller: caller, user: cgo.NewHandle(caller)}
	// Places of their own: C may not be given a pointer into what has pointers of Go.
	var handle *C.anyarchive_reader
	var failure *C.anyarchive_error
	if status := body(C.uintptr_t(r.user), settings, &handle, &failure); status < 0 {
		defer C.anyarchive_error_free(failure)
		r.user.Delete()
		caller.raise()
		return nil, newError(status, failure, caller.cause(status))
	}
	r.handle = handle
	return r, nil
}

func (o *ReaderOptions) settings() (*C.anyarchive_reader_settings, error) {
	settings := C.anyarchive_reader_settings_new()
	if settings == nil {
		return nil, ErrOutOfMemory
	}
	if o == nil {
		return settings, nil
	}
	check := func(status C.anyarchive_status) error {
		if status >= 0 {
			return nil
		}
		return newError(C.int32_t(status), C.anyarchive_reader_settings_error(settings), nil)
	}
	text := func(values []string, set func(*C.char) C.anyarchive_status) error {
		return eachText(values, func(value *C.char) error { return check(set(value)) })
	}
	err := text(o.Formats, func(name *C.char) C.anyarchive_status {
		return C.anyarchive_reader_settings_format(settings, name)
	})
	if err == nil {
		err = text(o.Filters, func(name *C.char) C.anyarchive_status {
			return C.anyarchive_reader_settings_filter(settings, name)
		})
	}
	if err == nil {
		err = text(o.Passwords, func(password *C.char) C.anyarchive_status {
			return C.anyarchive_reader_settings_password(settings, password)
		})
	}
	if err == nil && o.Options != "" {
		err = text([]string{o.Options}, func(options *C.char) C.anyarchive_status {
			return C.anyarchive_reader_settings_options(settings, options)
		})
	}
	if err == nil && o.BlockSize > 0 {
		err = check(C.anyarchive_reader_settings_block_size(settings, C.size_t(o.BlockSize)))
	}
	if err != nil {
		C.anyarchive_reader_settings_free(settings)
		return nil, err
	}
	return settings, nil
}

// cString gives C a text, which cannot have a NUL.
func cString(text string) (*C.char, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, ErrInvalidInput
	}
	return C.CString(text), nil
}

func eachText(values []string, set func(*C.char) error) error {
	for _, value := range values {
		text, err := cString(value)
		if err != nil {
			return err
		}
		err = set(text)
		C.free(unsafe.Pointer(text))
		if err != nil {
			return err
		}
	}
	return nil
}

// call calls C with the handle, unless it is closed or in use.
func (r *Reader) call(body func() C.anyarchive_status) (C.anyarchive_status, error) {
	if !r.mutex.TryLock() {
		return 0, ErrBusy
	}
	defer r.mutex.Unlock()
	if r.handle == nil {
		return 0, ErrClosed
	}
	status := body()
	r.caller.raise()
	if status < 0 {
		failure := C.anyarchive_reader_error(r.handle)
		return status, newError(C.int32_t(status), failure, r.caller.cause(C.int32_t(status)))
	}
	return status, nil
}

// Next goes to the next entry; the error is io.EOF behind the last. When an Error is Recoverable, the
// next call goes on.
func (r *Reader) Next() (*Header, error) {
	var header *Header
	status, err := r.call(func() C.anyarchive_status {
		var entry *C.anyarchive_entry
		status := C.anyarchive_reader_next(r.handle, &entry)
		if status == C.ANYARCHIVE_STATUS_OK {
			header = newHeader(entry)
		}
		return status
	})
	if err != nil {
		return nil, err
	}
	if status == C.ANYARCHIVE_STATUS_EOF {
		return nil, io.EOF
	}
	return header, nil
}

// Read reads data of the entry that Next went to, with holes filled by zeros.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	var count C.size_t
	_, err := r.call(func() C.anyarchive_status {
		return C.anyarchive_reader_read(r.handle, unsafe.Pointer(&p[0]), C.size_t(len(p)), &count)
	})
	if err != nil {
		return 0, err
	}
	if count == 0 {
		return 0, io.EOF
	}
	return int(count), nil
}

// Format is the exact name of the format; empty before the first entry.
func (r *Reader) Format() string {
	return r.text(func() *C.char { return C.anyarchive_reader_format_name(r.handle) })
}

// Filters are the names of the filters around the archive, the innermost first.
func (r *Reader) Filters() []string {
	text := r.text(func() *C.char { return C.anyarchive_reader_filters(r.handle) })
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func (r *Reader) text(get func() *C.char) string {
	var text string
	// When it is closed or in use, there is no text.
	_, _ = r.call(func() C.anyarchive_status {
		text = C.GoString(get())
		return C.ANYARCHIVE_STATUS_OK
	})
	return text
}

// Close frees the reader; the source stays open.
func (r *Reader) Close() error {
	if !r.mutex.TryLock() {
		return ErrBusy
	}
	defer r.mutex.Unlock()
	if r.handle == nil {
		return ErrClosed
	}
	C.anyarchive_reader_free(r.handle)
	r.handle = nil
	r.user.Delete()
	return nil
}
