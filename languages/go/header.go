package anyarchive

// #include "bridge.h"
import "C"

import (
	"io/fs"
	"path"
	"time"
	"unsafe"
)

// Header is the metadata of an entry.
type Header struct {
	// Name is the path in the archive, in whatever encoding it has.
	Name string
	// Size of the data in bytes; -1 when the archive does not say it before the data.
	Size int64
	// Mode is the type and the permissions.
	Mode fs.FileMode
	// Symlink is what a symbolic link points to.
	Symlink string
	// Hardlink is the name of the entry that this is a further name of.
	Hardlink string
	// ModTime is zero when the archive has none.
	ModTime time.Time
	// UID and GID are -1 when the archive has none.
	UID, GID int64
	// Uname and Gname are empty when the archive has none.
	Uname, Gname string
	// Xattrs are extended attributes.
	Xattrs map[string][]byte
	// Encrypted tells whether the data is.
	Encrypted bool
	// Warning is what libarchive remarked on the entry.
	Warning string
}

// NewHeader makes the header of a regular file.
func NewHeader(name string, size int64) *Header {
	return &Header{Name: name, Size: size, Mode: 0o644, UID: -1, GID: -1}
}

var types = map[C.anyarchive_file_type]fs.FileMode{
	C.ANYARCHIVE_FILE_TYPE_UNKNOWN:      fs.ModeIrregular,
	C.ANYARCHIVE_FILE_TYPE_FILE:         0,
	C.ANYARCHIVE_FILE_TYPE_DIRECTORY:    fs.ModeDir,
	C.ANYARCHIVE_FILE_TYPE_SYMLINK:      fs.ModeSymlink,
	C.ANYARCHIVE_FILE_TYPE_CHAR_DEVICE:  fs.ModeDevice | fs.ModeCharDevice,
	C.ANYARCHIVE_FILE_TYPE_BLOCK_DEVICE: fs.ModeDevice,
	C.ANYARCHIVE_FILE_TYPE_FIFO:         fs.ModeNamedPipe,
	C.ANYARCHIVE_FILE_TYPE_SOCKET:       fs.ModeSocket,
}

var bits = map[uint32]fs.FileMode{
	0o4000: fs.ModeSetuid,
	0o2000: fs.ModeSetgid,
	0o1000: fs.ModeSticky,
}

// newHeader copies everything, since C takes the entry back.
func newHeader(entry *C.anyarchive_entry) *Header {
	text := func(text *C.char) string {
		if text == nil {
			return ""
		}
		return C.GoString(text)
	}
	header := &Header{
		Symlink:   text(C.anyarchive_entry_symlink(entry)),
		Hardlink:  text(C.anyarchive_entry_hardlink(entry)),
		Uname:     text(C.anyarchive_entry_uname(entry)),
		Gname:     text(C.anyarchive_entry_gname(entry)),
		Warning:   text(C.anyarchive_entry_warning(entry)),
		Encrypted: bool(C.anyarchive_entry_is_encrypted(entry)),
		Size:      -1,
		UID:       -1,
		GID:       -1,
	}
	var data *C.uint8_t
	var length C.size_t
	if C.anyarchive_entry_path_bytes(entry, &data, &length) {
		header.Name = string(goBytes(data, length))
	}
	var number C.uint64_t
	if C.anyarchive_entry_size(entry, &number) {
		header.Size = int64(number)
	}
	if C.anyarchive_entry_uid(entry, &number) {
		header.UID = int64(number)
	}
	if C.anyarchive_entry_gid(entry, &number) {
		header.GID = int64(number)
	}
	mode := uint32(C.anyarchive_entry_mode(entry))
	header.Mode = fs.FileMode(mode&0o777) | types[C.anyarchive_entry_file_type(entry)]
	for bit, flag := range bits {
		if mode&bit != 0 {
			header.Mode |= flag
		}
	}
	var seconds C.int64_t
	var nanoseconds C.uint32_t
	if C.anyarchive_entry_mtime(entry, &seconds, &nanoseconds) {
		header.ModTime = time.Unix(int64(seconds), int64(nanoseconds))
	}
	for index := C.size_t(0); index < C.anyarchive_entry_xattr_count(entry); index++ {
		var name *C.char
		if C.anyarchive_entry_xattr(entry, index, &name, &data, &length) {
			if header.Xattrs == nil {
				header.Xattrs = make(map[string][]byte)
			}
			header.Xattrs[C.GoString(name)] = goBytes(data, length)
		}
	}
	return header
}

func goBytes(data *C.uint8_t, length C.size_t) []byte {
	if data == nil || length == 0 {
		return nil
	}
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(data)), int(length))...)
}

// FileInfo gives the header as Go's own files have it; Sys is the Header.
func (h *Header) FileInfo() fs.FileInfo {
	return fileInfo{h}
}

type fileInfo struct{ header *Header }

func (i fileInfo) Name() string       { return path.Base(path.Clean(i.header.Name)) }
func (i fileInfo) Mode() fs.FileMode  { return i.header.Mode }
func (i fileInfo) ModTime() time.Time { return i.header.ModTime }
func (i fileInfo) IsDir() bool        { return i.header.Mode.IsDir() }
func (i fileInfo) Sys() any           { return i.header }
func (i fileInfo) Size() int64 {
	if i.header.Size < 0 {
		return 0
	}
	return i.header.Size
}
