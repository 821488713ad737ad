package anyarchive

// #include "bridge.h"
import "C"

import (
	"errors"
	"fmt"
	"io"
	"runtime/cgo"
	"unsafe"
)

// caller is what Go gave to C: a source, a sink or a function. C has its handle, never a pointer to it.
type caller struct {
	reader   io.Reader
	seeker   io.Seeker
	writer   io.Writer
	progress func(Progress) bool

	// Between Go's memory and C's: what a reader keeps of its argument stays valid.
	buffer []byte
	// An error that came with data, for when the data is used.
	pending error
	// What went wrong in Go while C was on the stack. C may use up data that it has and fail at a later
	// call, so the error stays.
	err   error
	panic any
}

// cause is the error in Go that is behind a failure of C.
func (c *caller) cause(status C.int32_t) error {
	if status == C.ANYARCHIVE_STATUS_IO {
		return c.err
	}
	return nil
}

// guard runs Go code for C. Neither an error nor a panic goes through C.
func (c *caller) guard(body func() error) (status C.int32_t) {
	status = -1
	defer func() {
		if value := recover(); value != nil {
			c.panic = value
		}
	}()
	if err := body(); err != nil {
		if c.err == nil {
			c.err = err
		}
		return
	}
	return 0
}

// raise goes on with a panic that was stopped at C.
func (c *caller) raise() {
	if value := c.panic; value != nil {
		c.panic = nil
		panic(value)
	}
}

// place is a buffer of Go with this length, up to a mebibyte.
func (c *caller) place(length C.size_t) []byte {
	count := 1 << 20
	if length < C.size_t(count) {
		count = int(length)
	}
	if len(c.buffer) < count {
		c.buffer = make([]byte, count)
	}
	return c.buffer[:count]
}

func callerOf(user C.uintptr_t) *caller {
	return cgo.Handle(user).Value().(*caller)
}

//export anyarchiveGoRead
func anyarchiveGoRead(user C.uintptr_t, buf *C.uint8_t, length C.size_t, count *C.size_t) C.int32_t {
	c := callerOf(user)
	return c.guard(func() error {
		if c.pending != nil {
			return c.pending
		}
		place := c.place(length)
		// A reader may give nothing at times; to C that would be the end.
		for tries := 0; tries < 100; tries++ {
			n, err := c.reader.Read(place)
			if n < 0 || n > len(place) {
				return fmt.Errorf("anyarchive: Read gave %d bytes of %d", n, len(place))
			}
			if n > 0 {
				if err != nil && !errors.Is(err, io.EOF) {
					c.pending = err
				}
				copy(unsafe.Slice((*byte)(unsafe.Pointer(buf)), n), place)
				*count = C.size_t(n)
				return nil
			}
			if errors.Is(err, io.EOF) {
				*count = 0
				return nil
			}
			if err != nil {
				return err
			}
		}
		return io.ErrNoProgress
	})
}

//export anyarchiveGoSeek
func anyarchiveGoSeek(user C.uintptr_t, offset C.int64_t, whence C.int32_t, position *C.uint64_t) C.int32_t {
	c := callerOf(user)
	return c.guard(func() error {
		// io.SeekStart, io.SeekCurrent and io.SeekEnd have the numbers of C.
		at, err := c.seeker.Seek(int64(offset), int(whence))
		if err != nil {
			return err
		}
		*position = C.uint64_t(at)
		return nil
	})
}

//export anyarchiveGoWrite
func anyarchiveGoWrite(user C.uintptr_t, data *C.uint8_t, length C.size_t, count *C.size_t) C.int32_t {
	c := callerOf(user)
	return c.guard(func() error {
		place := c.place(length)
		copy(place, unsafe.Slice((*byte)(unsafe.Pointer(data)), len(place)))
		n, err := c.writer.Write(place)
		if err != nil {
			return err
		}
		if n != len(place) {
			return io.ErrShortWrite
		}
		*count = C.size_t(n)
		return nil
	})
}

//export anyarchiveGoProgress
func anyarchiveGoProgress(user C.uintptr_t, progress *C.struct_anyarchive_progress, goOn *C.int32_t) C.int32_t {
	c := callerOf(user)
	return c.guard(func() error {
		now := Progress{
			BytesRead:    uint64(progress.bytes_read),
			TotalBytes:   uint64(progress.total_bytes),
			BytesWritten: uint64(progress.bytes_written),
			Entries:      uint64(progress.entries),
			Name:         C.GoString(progress.path),
		}
		*goOn = 0
		if c.progress(now) {
			*goOn = 1
		}
		return nil
	})
}
