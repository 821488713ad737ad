package anyarchive

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"fmt"
	"io"
	"io/fs"
	"runtime/cgo"
	"sync"
	"time"
	"unsafe"
)

// WriterOptions are settings of a Writer.
type WriterOptions struct {
	// Format is the name of one, such as "pax", "zip" or "7zip". Create can do without: the name of the
	// file tells it.
	Format string
	// Filters are the names of those around it, such as "gzip", the innermost first.
	Filters []string
	// Level is how much to compress; 0 leaves the default.
	Level int
	// Threads compress, for filters that can; 0 leaves the default.
	Threads int
	// Password is for an encryption that Options ask for.
	Password string
	// Options are options of libarchive, such as "zip:encryption=aes256".
	Options string
	// Reproducible writes the same bytes for the same entries.
	Reproducible bool
}

// Writer writes an archive: WriteHeader, Write for the data, and again; then Close.
//
// It is for one goroutine at a time; another one gets ErrBusy.
type Writer struct {
	mutex  sync.Mutex
	handle *C.anyarchive_writer
	caller *caller
	user   cgo.Handle
	inside bool
}

// Create writes a new archive, or over the file that is there.
func Create(path string, options *WriterOptions) (*Writer, error) {
	name, err := cString(path)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(name))
	return create(&caller{}, options, func(_ C.uintptr_t, settings *C.anyarchive_writer_settings,
		writer **C.anyarchive_writer, failure **C.anyarchive_error) C.int32_t {
		return C.int32_t(C.anyarchive_writer_create(name, settings, writer, failure))
	})
}

// NewWriter writes an archive to a sink; options must have a format.
func NewWriter(sink io.Writer, options *WriterOptions) (*Writer, error) {
	if options == nil || options.Format == "" {
		return nil, fmt.Errorf("%w: a writer needs a format", ErrInvalidInput)
	}
	return create(&caller{writer: sink}, options, func(user C.uintptr_t,
		settings *C.anyarchive_writer_settings, writer **C.anyarchive_writer,
		failure **C.anyarchive_error) C.int32_t {
		return C.bridge_open_sink(user, settings, writer, failure)
	})
}

func create(caller *caller, options *WriterOptions, body func(C.uintptr_t, *C.anyarchive_writer_settings,
	**C.anyarchive_writer, **C.anyarchive_error) C.int32_t) (*Writer, error) {
	settings, err := options.settings()
	if err != nil {
		return nil, err
	}
	defer C.anyarchive_writer_settings_free(settings)
	w := &Writer{caller: caller, user: cgo.NewHandle(caller)}
	// Places of their own: C may not be given a pointer into what has pointers of Go.
	var handle *C.anyarchive_writer
	var failure *C.anyarchive_error
	if status := body(C.uintptr_t(w.user), settings, &handle, &failure); status < 0 {
		defer C.anyarchive_error_free(failure)
		w.user.Delete()
		caller.raise()
		return nil, newError(status, failure, caller.cause(status))
	}
	w.handle = handle
	return w, nil
}

// settings are nil when the name of the file shall tell everything.
func (o *WriterOptions) settings() (*C.anyarchive_writer_settings, error) {
	if o == nil {
		return nil, nil
	}
	if o.Format == "" {
		return nil, fmt.Errorf("%w: options need a format", ErrInvalidInput)
	}
	format, err := cString(o.Format)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(format))
	var settings *C.anyarchive_writer_settings
	var failure *C.anyarchive_error
	if status := C.anyarchive_writer_settings_new(format, &settings, &failure); status < 0 {
		defer C.anyarchive_error_free(failure)
		return nil, newError(C.int32_t(status), failure, nil)
	}
	check := func(status C.anyarchive_status) error {
		if status >= 0 {
			return nil
		}
		return newError(C.int32_t(status), C.anyarchive_writer_settings_error(settings), nil)
	}
	err = eachText(o.Filters, func(name *C.char) error {
		return check(C.anyarchive_writer_settings_filter(settings, name))
	})
	if err == nil && o.Level != 0 {
		err = check(C.anyarchive_writer_settings_level(settings, C.int32_t(o.Level)))
	}
	if err == nil && o.Threads > 0 {
		err = check(C.anyarchive_writer_settings_threads(settings, C.uint32_t(o.Threads)))
	}
	if err == nil && o.Password != "" {
		err = eachText([]string{o.Password}, func(password *C.char) error {
			return check(C.anyarchive_writer_settings_password(settings, password))
		})
	}
	if err == nil && o.Options != "" {
		err = eachText([]string{o.Options}, func(text *C.char) error {
			return check(C.anyarchive_writer_settings_options(settings, text))
		})
	}
	if err == nil && o.Reproducible {
		err = check(C.anyarchive_writer_settings_reproducible(settings))
	}
	if err != nil {
		C.anyarchive_writer_settings_free(settings)
		return nil, err
	}
	return settings, nil
}

func (w *Writer) call(body func() C.anyarchive_status) error {
	if !w.mutex.TryLock() {
		return ErrBusy
	}
	defer w.mutex.Unlock()
	if w.handle == nil {
		return ErrClosed
	}
	return w.run(body)
}

// run is for who has the lock and a handle.
func (w *Writer) run(body func() C.anyarchive_status) error {
	status := body()
	w.caller.raise()
	if status < 0 {
		return newError(C.int32_t(status), C.anyarchive_writer_error(w.handle), w.caller.cause(C.int32_t(status)))
	}
	return nil
}

// WriteHeader ends the entry before and starts one, whose data follows by Write.
func (w *Writer) WriteHeader(header *Header) error {
	entry, err := header.entry()
	if err != nil {
		return err
	}
	defer C.anyarchive_entry_free(entry)
	return w.call(func() C.anyarchive_status {
		if w.inside {
			if status := C.anyarchive_writer_finish_entry(w.handle); status < 0 {
				return status
			}
			w.inside = false
		}
		status := C.anyarchive_writer_start_entry(w.handle, entry)
		w.inside = status >= 0
		return status
	})
}

// Write writes data of the entry, as much as its size says.
func (w *Writer) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	err := w.call(func() C.anyarchive_status {
		return C.anyarchive_writer_write(w.handle, unsafe.Pointer(&p[0]), C.size_t(len(p)))
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// AddTree writes a file or a directory from disk with everything below it.
func (w *Writer) AddTree(path string) error {
	name, err := cString(path)
	if err != nil {
		return err
	}
	defer C.free(unsafe.Pointer(name))
	return w.call(func() C.anyarchive_status {
		if w.inside {
			if status := C.anyarchive_writer_finish_entry(w.handle); status < 0 {
				return status
			}
			w.inside = false
		}
		return C.anyarchive_writer_append_tree(w.handle, name)
	})
}

// Close completes the archive; the sink stays open.
func (w *Writer) Close() error {
	return w.end(func() C.anyarchive_status {
		if w.inside {
			if status := C.anyarchive_writer_finish_entry(w.handle); status < 0 {
				return status
			}
		}
		return C.anyarchive_writer_finish(w.handle)
	})
}

// Abort frees the writer and leaves half an archive.
func (w *Writer) Abort() error {
	return w.end(func() C.anyarchive_status { return C.ANYARCHIVE_STATUS_OK })
}

func (w *Writer) end(body func() C.anyarchive_status) error {
	if !w.mutex.TryLock() {
		return ErrBusy
	}
	defer w.mutex.Unlock()
	if w.handle == nil {
		return ErrClosed
	}
	defer func() {
		C.anyarchive_writer_free(w.handle)
		w.handle = nil
		w.user.Delete()
	}()
	return w.run(body)
}

// entry makes one for C, to be freed.
func (h *Header) entry() (*C.anyarchive_entry, error) {
	kind := C.int32_t(C.ANYARCHIVE_FILE_TYPE_UNKNOWN)
	for number, mode := range types {
		if number != C.ANYARCHIVE_FILE_TYPE_UNKNOWN && mode == h.Mode.Type() {
			kind = C.int32_t(number)
		}
	}
	if kind == C.ANYARCHIVE_FILE_TYPE_UNKNOWN {
		return nil, fmt.Errorf("%w: %s has the mode %s", ErrInvalidInput, h.Name, h.Mode)
	}
	if kind == C.ANYARCHIVE_FILE_TYPE_SYMLINK {
		kind = C.ANYARCHIVE_FILE_TYPE_FILE // until it has its target
	}
	var entry *C.anyarchive_entry
	var failure *C.anyarchive_error
	name, err := cString(h.Name)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(name))
	if status := C.anyarchive_entry_new(name, kind, &entry, &failure); status < 0 {
		defer C.anyarchive_error_free(failure)
		return nil, newError(C.int32_t(status), failure, nil)
	}
	check := func(set func(**C.anyarchive_error) C.anyarchive_status) {
		if err != nil {
			return
		}
		if status := set(&failure); status < 0 {
			err = newError(C.int32_t(status), failure, nil)
			C.anyarchive_error_free(failure)
		}
	}
	text := func(value string, set func(*C.char, **C.anyarchive_error) C.anyarchive_status) {
		if value == "" || err != nil {
			return
		}
		var text *C.char
		if text, err = cString(value); err == nil {
			defer C.free(unsafe.Pointer(text))
			check(func(failure **C.anyarchive_error) C.anyarchive_status { return set(text, failure) })
		}
	}
	text(h.Symlink, func(target *C.char, failure **C.anyarchive_error) C.anyarchive_status {
		return C.anyarchive_entry_set_symlink(entry, target, failure)
	})
	text(h.Hardlink, func(target *C.char, failure **C.anyarchive_error) C.anyarchive_status {
		return C.anyarchive_entry_set_hardlink(entry, target, failure)
	})
	text(h.Uname, func(name *C.char, failure **C.anyarchive_error) C.anyarchive_status {
		return C.anyarchive_entry_set_uname(entry, name, failure)
	})
	text(h.Gname, func(name *C.char, failure **C.anyarchive_error) C.anyarchive_status {
		return C.anyarchive_entry_set_gname(entry, name, failure)
	})
	number := func(wanted bool, set func(**C.anyarchive_error) C.anyarchive_status) {
		if wanted {
			check(set)
		}
	}
	number(h.Mode.IsRegular() && h.Hardlink == "", func(failure **C.anyarchive_error) C.anyarchive_status {
		size := C.uint64_t(C.ANYARCHIVE_UNLIMITED) // not known
		if h.Size >= 0 {
			size = C.uint64_t(h.Size)
		}
		return C.anyarchive_entry_set_size(entry, size, failure)
	})
	number(true, func(failure **C.anyarchive_error) C.anyarchive_status {
		return C.anyarchive_entry_set_mode(entry, C.uint32_t(permissions(h.Mode)), failure)
	})
	number(h.UID >= 0, func(failure **C.anyarchive_error) C.anyarchive_status {
		return C.anyarchive_entry_set_uid(entry, C.uint64_t(h.UID), failure)
	})
	number(h.GID >= 0, func(failure **C.anyarchive_error) C.anyarchive_status {
		return C.anyarchive_entry_set_gid(entry, C.uint64_t(h.GID), failure)
	})
	number(h.ModTime != time.Time{}, func(failure **C.anyarchive_error) C.anyarchive_status {
		nanoseconds := C.uint32_t(h.ModTime.Nanosecond())
		return C.anyarchive_entry_set_mtime(entry, C.int64_t(h.ModTime.Unix()), nanoseconds, failure)
	})
	for name, value := range h.Xattrs {
		var data *C.uint8_t
		if len(value) > 0 {
			data = (*C.uint8_t)(unsafe.Pointer(&value[0]))
		}
		text(name, func(name *C.char, failure **C.anyarchive_error) C.anyarchive_status {
			return C.anyarchive_entry_set_xattr(entry, name, data, C.size_t(len(value)), failure)
		})
	}
	if err != nil {
		C.anyarchive_entry_free(entry)
		return nil, err
	}
	return entry, nil
}

func permissions(mode fs.FileMode) uint32 {
	number := uint32(mode.Perm())
	for bit, flag := range bits {
		if mode&flag != 0 {
			number |= bit
		}
	}
	return number
}
