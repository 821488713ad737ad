package anyarchive

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// FS shows an archive as a file system. The archive is read once to know the names, and again, up to the
// file, each time that one is opened: good for looking into it, not for reading everything.
//
// Directories that only appear in names are there too. Names that are not valid for fs.FS, such as those
// with .., are left out: LeftOut counts them. Of several entries of one name the last counts, as on disk.
type FS struct {
	open    func() (*Reader, error)
	files   map[string]*file
	leftOut int
}

type file struct {
	header *Header
	// number of the entry that has the data, or -1.
	number int
	names  map[string]bool
}

var _ interface {
	fs.ReadDirFS
	fs.StatFS
} = (*FS)(nil)

// OpenFS reads the archive at a path.
func OpenFS(path string, options *ReaderOptions) (*FS, error) {
	return NewFS(func() (*Reader, error) { return Open(path, options) })
}

// NewFS reads an archive that can be opened again and again.
func NewFS(open func() (*Reader, error)) (*FS, error) {
	f := &FS{open: open, files: map[string]*file{}}
	f.directory(".")
	reader, err := open()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	for number := 0; ; number++ {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		f.add(number, header)
	}
}

// LeftOut is the number of entries whose names are not valid here.
func (f *FS) LeftOut() int { return f.leftOut }

func (f *FS) add(number int, header *Header) {
	name := strings.TrimSuffix(strings.TrimPrefix(header.Name, "./"), "/")
	if name == "" || name == "." {
		return
	}
	if !fs.ValidPath(name) || !f.makeParents(name) {
		f.leftOut++
		return
	}
	if header.Mode.IsDir() {
		if there := f.files[name]; there != nil && there.names != nil {
			there.header = header
			return
		}
		f.files[name] = &file{header: header, number: -1, names: map[string]bool{}}
	} else {
		if there := f.files[name]; there != nil && there.names != nil {
			f.leftOut++
			return
		}
		found := &file{header: header, number: number}
		if header.Hardlink != "" {
			target := f.files[strings.TrimPrefix(header.Hardlink, "./")]
			if target == nil || target.names != nil {
				f.leftOut++
				return
			}
			// The data is that of the first name.
			copied := *target.header
			copied.Name = header.Name
			found = &file{header: &copied, number: target.number}
		}
		f.files[name] = found
	}
	f.files[path.Dir(name)].names[path.Base(name)] = true
}

// makeParents makes the directories that a name is in, unless one of them is a file.
func (f *FS) makeParents(name string) bool {
	for at, letter := range name {
		if letter != '/' {
			continue
		}
		parent := name[:at]
		if there := f.files[parent]; there == nil {
			f.directory(parent)
			f.files[path.Dir(parent)].names[path.Base(parent)] = true
		} else if there.names == nil {
			return false
		}
	}
	return true
}

func (f *FS) directory(name string) {
	header := &Header{Name: name, Mode: fs.ModeDir | 0o755, UID: -1, GID: -1}
	f.files[name] = &file{header: header, number: -1, names: map[string]bool{}}
}

func (f *FS) find(operation, name string) (*file, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: operation, Path: name, Err: fs.ErrInvalid}
	}
	found := f.files[name]
	if found == nil {
		return nil, &fs.PathError{Op: operation, Path: name, Err: fs.ErrNotExist}
	}
	return found, nil
}

// Stat tells about a file without reading the archive.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	found, err := f.find("stat", name)
	if err != nil {
		return nil, err
	}
	return found.header.FileInfo(), nil
}

// ReadDir lists a directory without reading the archive.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	found, err := f.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if found.names == nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	return f.list(name, found), nil
}

func (f *FS) list(name string, directory *file) []fs.DirEntry {
	names := make([]string, 0, len(directory.names))
	for name := range directory.names {
		names = append(names, name)
	}
	sort.Strings(names)
	entries := make([]fs.DirEntry, 0, len(names))
	for _, base := range names {
		info := f.files[path.Join(name, base)].header.FileInfo()
		entries = append(entries, fs.FileInfoToDirEntry(info))
	}
	return entries
}

// Open opens a file or a directory. The content of a symbolic link is its target.
func (f *FS) Open(name string) (fs.File, error) {
	found, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	info := found.header.FileInfo()
	if found.names != nil {
		return &openDir{info: info, entries: f.list(name, found)}, nil
	}
	if found.header.Mode&fs.ModeSymlink != 0 {
		return &openFile{info: info, data: strings.NewReader(found.header.Symlink)}, nil
	}
	if !found.header.Mode.IsRegular() {
		return &openFile{info: info, data: strings.NewReader("")}, nil
	}
	fail := func(err error) (fs.File, error) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	reader, err := f.open()
	if err != nil {
		return fail(err)
	}
	for number := 0; number <= found.number; number++ {
		if _, err := reader.Next(); err != nil {
			reader.Close()
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // the archive is another one now
			}
			return fail(err)
		}
	}
	return &openFile{info: info, data: reader, close: reader.Close}, nil
}

type openFile struct {
	info  fs.FileInfo
	data  io.Reader
	close func() error
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Read(p []byte) (int, error) { return f.data.Read(p) }

func (f *openFile) Close() error {
	if f.close == nil {
		return nil
	}
	return f.close()
}

type openDir struct {
	info    fs.FileInfo
	entries []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.Name(), Err: errors.New("is a directory")}
}

func (d *openDir) ReadDir(count int) ([]fs.DirEntry, error) {
	if count <= 0 || count > len(d.entries) {
		if count > 0 && len(d.entries) == 0 {
			return nil, io.EOF
		}
		count = len(d.entries)
	}
	part := d.entries[:count]
	d.entries = d.entries[count:]
	return part, nil
}
