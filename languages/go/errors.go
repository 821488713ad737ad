package anyarchive

// #include "bridge.h"
import "C"

import (
	"errors"
	"syscall"
)

// Kinds of failures, for errors.Is.
var (
	ErrUnknownFormat    = errors.New("anyarchive: the input is in no format that is enabled")
	ErrTruncated        = errors.New("anyarchive: the input ends before the archive or the entry does")
	ErrCorrupt          = errors.New("anyarchive: the archive contradicts its format or its checksums")
	ErrPasswordRequired = errors.New("anyarchive: the entry is encrypted and no password was given")
	ErrWrongPassword    = errors.New("anyarchive: none of the passwords opens the entry")
	ErrUnsupported      = errors.New("anyarchive: the library cannot do this")
	ErrInvalidInput     = errors.New("anyarchive: an argument cannot work")
	ErrOutOfMemory      = errors.New("anyarchive: memory ran out, or more would be needed than is allowed")
	ErrRefused          = errors.New("anyarchive: a limit or a rule of security forbids this")
	ErrCancelled        = errors.New("anyarchive: it was stopped")
	ErrClosed           = errors.New("anyarchive: it is closed")
	ErrBusy             = errors.New("anyarchive: it is in use, by the call that runs this callback or by another goroutine")
)

var kinds = map[C.int32_t]error{
	C.ANYARCHIVE_STATUS_UNKNOWN_FORMAT:    ErrUnknownFormat,
	C.ANYARCHIVE_STATUS_TRUNCATED:         ErrTruncated,
	C.ANYARCHIVE_STATUS_CORRUPT:           ErrCorrupt,
	C.ANYARCHIVE_STATUS_PASSWORD_REQUIRED: ErrPasswordRequired,
	C.ANYARCHIVE_STATUS_WRONG_PASSWORD:    ErrWrongPassword,
	C.ANYARCHIVE_STATUS_UNSUPPORTED:       ErrUnsupported,
	C.ANYARCHIVE_STATUS_INVALID_INPUT:     ErrInvalidInput,
	C.ANYARCHIVE_STATUS_OUT_OF_MEMORY:     ErrOutOfMemory,
	C.ANYARCHIVE_STATUS_REFUSED:           ErrRefused,
	C.ANYARCHIVE_STATUS_CANCELLED:         ErrCancelled,
	C.ANYARCHIVE_STATUS_BUSY:              ErrBusy,
}

// Error is a failure with everything that is known about it.
type Error struct {
	// Status is the number that the C library gave.
	Status int
	// Text is one line that names the archive, the entry, what failed and why.
	Text string
	// Entry is the name of the entry at which it happened, or empty.
	Entry string
	// Function is the function of libarchive that failed, or empty.
	Function string
	// Recoverable tells whether the reader can go on with the next entry.
	Recoverable bool

	kind  error
	cause error
}

func (e *Error) Error() string {
	if e.cause != nil {
		return e.Text + ": " + e.cause.Error()
	}
	return e.Text
}

// Is reports whether the error is of a kind, such as ErrTruncated.
func (e *Error) Is(target error) bool {
	return e.kind != nil && target == e.kind
}

// Unwrap gives the error of the caller's own reader or writer, or else the system's syscall.Errno.
func (e *Error) Unwrap() error {
	return e.cause
}

// newError copies what C knows; C keeps its object. The cause is what a callback failed with.
func newError(status C.int32_t, from *C.anyarchive_error, cause error) error {
	text := func(text *C.char) string {
		if text == nil {
			return ""
		}
		return C.GoString(text)
	}
	failure := &Error{
		Status:      int(status),
		Text:        text(C.anyarchive_error_text(from)),
		Entry:       text(C.anyarchive_error_entry(from)),
		Function:    text(C.anyarchive_error_function(from)),
		Recoverable: bool(C.anyarchive_error_is_recoverable(from)),
		kind:        kinds[status],
		cause:       cause,
	}
	if number := C.anyarchive_error_os_error(from); cause == nil && number != 0 {
		failure.cause = syscall.Errno(number)
	}
	return failure
}
