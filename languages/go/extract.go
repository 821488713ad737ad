package anyarchive

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"context"
	"fmt"
	"runtime/cgo"
	"time"
	"unsafe"
)

// Existing tells what happens when something has the name of an entry.
type Existing int32

const (
	// Overwrite replaces it; it never writes into it.
	Overwrite Existing = C.ANYARCHIVE_EXISTING_OVERWRITE
	// Keep leaves it, and skips the entry.
	Keep Existing = C.ANYARCHIVE_EXISTING_KEEP
	// Fail leaves it, and the entry fails.
	Fail Existing = C.ANYARCHIVE_EXISTING_ERROR
)

// Unlimited is no limit.
const Unlimited = ^uint64(0)

// Limits of an extraction; 0 leaves the default, and Unlimited is none.
type Limits struct {
	Entries, TotalBytes, FileBytes, Ratio, PathBytes, Depth, Filters uint64
	Time                                                             time.Duration
}

// ExtractOptions are settings of an extraction; nil and the zero value are secure.
type ExtractOptions struct {
	// StripComponents drops this many components from the front of every path.
	StripComponents int
	// Existing tells what happens to files that are there.
	Existing Existing
	// Threads write files; as many as are useful when it is 0.
	Threads int
	// ServerLimits takes strict limits, for what strangers send.
	ServerLimits bool
	// Limits change single ones.
	Limits Limits
	// Progress is called at each entry and within long ones; it returns whether to go on.
	Progress func(Progress) bool
}

// Progress tells how far an extraction has come.
type Progress struct {
	// BytesRead is what the source has given; TotalBytes is 0 when nobody knows.
	BytesRead, TotalBytes, BytesWritten, Entries uint64
	// Name of the entry.
	Name string
}

// Outcome tells what became of an entry.
type Outcome int32

const (
	// Refused: it would not be safe.
	Refused Outcome = C.ANYARCHIVE_OUTCOME_REFUSED
	// Failed: it could not be read or written.
	Failed Outcome = C.ANYARCHIVE_OUTCOME_FAILED
	// Skipped: the settings say so, or it is no file.
	Skipped Outcome = C.ANYARCHIVE_OUTCOME_SKIPPED
	// Warned: it is there, but not all as the archive says.
	Warned Outcome = C.ANYARCHIVE_OUTCOME_WARNED
)

// Item is an entry that is not on disk as the archive has it.
type Item struct {
	Outcome Outcome
	Name    string
	Reason  string
}

// Report tells what an extraction did, and what it did not.
type Report struct {
	Entries, Bytes uint64
	Items          []Item
}

// ExtractError says that an extraction came to its end, but entries were refused or failed.
type ExtractError struct {
	Report *Report
	first  Item
	count  int
}

func (e *ExtractError) Error() string {
	return fmt.Sprintf("anyarchive: %d entries were not extracted, such as %q: %s",
		e.count, e.first.Name, e.first.Reason)
}

// Is reports whether the first of the entries was refused, for ErrRefused.
func (e *ExtractError) Is(target error) bool {
	return target == ErrRefused && e.first.Outcome == Refused
}

// Extract extracts the entries that were not read yet, into a directory that is made if it is missing.
// Nothing is written outside of it.
//
// When entries were refused or failed, the others are extracted, and the error is an *ExtractError; the
// report is there too. What ends the extraction is another error. The context can stop it.
func (r *Reader) Extract(ctx context.Context, destination string, options *ExtractOptions) (*Report, error) {
	extractor := C.anyarchive_extractor_new()
	if extractor == nil {
		return nil, ErrOutOfMemory
	}
	defer C.anyarchive_extractor_free(extractor)
	if options == nil {
		options = &ExtractOptions{}
	}
	own := &caller{progress: options.Progress}
	user := cgo.NewHandle(own)
	defer user.Delete()
	if err := options.set(extractor, C.uintptr_t(user)); err != nil {
		return nil, err
	}
	token := C.anyarchive_cancel_token_new()
	if token == nil {
		return nil, ErrOutOfMemory
	}
	if status := C.anyarchive_extractor_cancel_token(extractor, token); status < 0 {
		C.anyarchive_cancel_token_free(token)
		return nil, extractorError(extractor, status, nil)
	}
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-ctx.Done():
			C.anyarchive_cancel_token_cancel(token)
		case <-done:
		}
	}()
	defer C.anyarchive_cancel_token_free(token)
	defer func() { close(done); <-stopped }()

	name, err := cString(destination)
	if err != nil {
		return nil, err
	}
	defer C.free(unsafe.Pointer(name))
	if !r.mutex.TryLock() {
		return nil, ErrBusy
	}
	defer r.mutex.Unlock()
	if r.handle == nil {
		return nil, ErrClosed
	}
	status := C.anyarchive_extractor_run(extractor, r.handle, name)
	own.raise()
	r.caller.raise()
	if status < 0 {
		cause := r.caller.cause(C.int32_t(status))
		if status == C.ANYARCHIVE_STATUS_CANCELLED && ctx.Err() != nil {
			cause = ctx.Err()
		}
		return nil, extractorError(extractor, status, cause)
	}
	return newReport(extractor)
}

func extractorError(extractor *C.anyarchive_extractor, status C.anyarchive_status, cause error) error {
	return newError(C.int32_t(status), C.anyarchive_extractor_error(extractor), cause)
}

func (o *ExtractOptions) set(extractor *C.anyarchive_extractor, user C.uintptr_t) error {
	var status C.anyarchive_status
	set := func(wanted bool, set func() C.anyarchive_status) {
		if wanted && status >= 0 {
			status = set()
		}
	}
	limit := func(limit C.int32_t, value uint64) {
		set(value != 0, func() C.anyarchive_status {
			return C.anyarchive_extractor_limit(extractor, limit, C.uint64_t(value))
		})
	}
	set(o.StripComponents > 0, func() C.anyarchive_status {
		return C.anyarchive_extractor_strip_components(extractor, C.size_t(o.StripComponents))
	})
	set(true, func() C.anyarchive_status {
		return C.anyarchive_extractor_existing(extractor, C.int32_t(o.Existing))
	})
	set(o.Threads > 0, func() C.anyarchive_status {
		return C.anyarchive_extractor_threads(extractor, C.size_t(o.Threads))
	})
	set(o.ServerLimits, func() C.anyarchive_status {
		return C.anyarchive_extractor_limits_for_server(extractor)
	})
	limit(C.ANYARCHIVE_LIMIT_ENTRIES, o.Limits.Entries)
	limit(C.ANYARCHIVE_LIMIT_TOTAL_BYTES, o.Limits.TotalBytes)
	limit(C.ANYARCHIVE_LIMIT_FILE_BYTES, o.Limits.FileBytes)
	limit(C.ANYARCHIVE_LIMIT_RATIO, o.Limits.Ratio)
	limit(C.ANYARCHIVE_LIMIT_PATH_BYTES, o.Limits.PathBytes)
	limit(C.ANYARCHIVE_LIMIT_DEPTH, o.Limits.Depth)
	limit(C.ANYARCHIVE_LIMIT_FILTERS, o.Limits.Filters)
	limit(C.ANYARCHIVE_LIMIT_TIME_MS, uint64(o.Limits.Time.Milliseconds()))
	set(o.Progress != nil, func() C.anyarchive_status {
		return C.anyarchive_status(C.bridge_on_progress(extractor, user))
	})
	if status < 0 {
		return extractorError(extractor, status, nil)
	}
	return nil
}

func newReport(extractor *C.anyarchive_extractor) (*Report, error) {
	report := &Report{
		Entries: uint64(C.anyarchive_extractor_entries(extractor)),
		Bytes:   uint64(C.anyarchive_extractor_bytes(extractor)),
	}
	failure := &ExtractError{Report: report}
	for index := C.size_t(0); index < C.anyarchive_extractor_item_count(extractor); index++ {
		var outcome C.int32_t
		var name, reason *C.char
		status := C.anyarchive_extractor_item(extractor, index, &outcome, &name, &reason)
		if status < 0 {
			return nil, extractorError(extractor, status, nil)
		}
		item := Item{Outcome(outcome), C.GoString(name), C.GoString(reason)}
		report.Items = append(report.Items, item)
		if item.Outcome == Refused || item.Outcome == Failed {
			if failure.count == 0 {
				failure.first = item
			}
			failure.count++
		}
	}
	if failure.count > 0 {
		return report, failure
	}
	return report, nil
}
