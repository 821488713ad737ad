package anyarchive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func check(t *testing.T, condition bool, format string, values ...any) {
	t.Helper()
	if !condition {
		t.Fatalf(format, values...)
	}
}

// archive writes pairs of a name and data.
func archive(t *testing.T, options *WriterOptions, pairs ...string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	writer := must(NewWriter(&buffer, options))
	for i := 0; i < len(pairs); i += 2 {
		if err := writer.WriteHeader(NewHeader(pairs[i], int64(len(pairs[i+1])))); err != nil {
			t.Fatal(err)
		}
		must(io.WriteString(writer, pairs[i+1]))
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

const entries = 400

func many(t *testing.T) []byte {
	var pairs []string
	for i := 0; i < entries; i++ {
		pairs = append(pairs, fmt.Sprintf("file-%d", i), strings.Repeat(string(rune(i%100)), 1000))
	}
	return archive(t, &WriterOptions{Format: "ustar"}, pairs...)
}

// onlyReads hides every method but Read.
type onlyReads struct{ io.Reader }

func TestEntriesAndTheirData(t *testing.T) {
	data := archive(t, &WriterOptions{Format: "pax", Filters: []string{"gzip"}}, "a/b.txt", "some data", "c", "")
	path := filepath.Join(t.TempDir(), "a.tar.gz")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	readers := []*Reader{
		must(Open(path, nil)),
		must(NewReader(bytes.NewReader(data), nil)),
		must(NewReader(onlyReads{bytes.NewReader(data)}, &ReaderOptions{BlockSize: 512})),
	}
	for _, reader := range readers {
		header := must(reader.Next())
		check(t, header.Name == "a/b.txt" && header.Size == 9 && header.Mode == 0o644, "%+v", header)
		check(t, string(must(io.ReadAll(reader))) == "some data", "its data")
		header = must(reader.Next())
		check(t, header.Name == "c" && len(must(io.ReadAll(reader))) == 0, "%+v", header)
		_, err := reader.Next()
		check(t, err == io.EOF, "%v", err)
		check(t, reader.Filters()[0] == "gzip" && reader.Format() != "", "%v", reader.Filters())
		check(t, reader.Close() == nil, "close")
		_, err = reader.Next()
		check(t, errors.Is(err, ErrClosed) && errors.Is(reader.Close(), ErrClosed), "%v", err)
	}
}

func TestMetadata(t *testing.T) {
	header := NewHeader("bin/tool", 0)
	header.Mode = 0o751 | fs.ModeSetuid
	header.UID, header.GID, header.Uname, header.Gname = 12, 34, "me", "us"
	header.ModTime = time.Unix(1234567890, 250000000)
	header.Xattrs = map[string][]byte{"user.note": {0, 'x'}}
	link := &Header{Name: "link", Mode: fs.ModeSymlink | 0o777, Symlink: "target", UID: -1, GID: -1}
	var buffer bytes.Buffer
	writer := must(NewWriter(&buffer, &WriterOptions{Format: "pax"}))
	for _, header := range []*Header{header, link} {
		if err := writer.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
	}
	check(t, writer.Close() == nil, "close")
	reader := must(NewReader(&buffer, nil))
	defer reader.Close()
	found := must(reader.Next())
	check(t, found.Mode == header.Mode && found.UID == 12 && found.GID == 34, "%+v", found)
	check(t, found.Uname == "me" && found.Gname == "us", "%+v", found)
	check(t, found.ModTime.Equal(header.ModTime), "%v", found.ModTime)
	check(t, string(found.Xattrs["user.note"]) == "\x00x", "%v", found.Xattrs)
	found = must(reader.Next())
	check(t, found.Symlink == "target" && found.Mode.Type() == fs.ModeSymlink, "%+v", found)
	odd := NewHeader("x", 0)
	odd.Mode = fs.ModeIrregular
	_, err := odd.entry()
	check(t, errors.Is(err, ErrInvalidInput), "%v", err)
}

func TestGoReadsWhatIsWritten(t *testing.T) {
	data := archive(t, &WriterOptions{Format: "zip", Reproducible: true}, "a", "1", "b", "22")
	again := archive(t, &WriterOptions{Format: "zip", Reproducible: true}, "a", "1", "b", "22")
	check(t, bytes.Equal(data, again), "it is not reproducible")
	files := must(zip.NewReader(bytes.NewReader(data), int64(len(data)))).File
	check(t, len(files) == 2 && files[1].Name == "b", "%v", files)
	check(t, string(must(io.ReadAll(must(files[1].Open())))) == "22", "its data")
	header := must(tar.NewReader(bytes.NewReader(many(t))).Next())
	check(t, header.Name == "file-0" && header.Size == 1000, "%v", header)
}

// fails gives an error, or panics, behind a number of bytes.
type fails struct {
	data  io.Reader
	left  int
	err   error
	panic any
}

func (f *fails) Read(p []byte) (int, error) {
	if f.left <= 0 {
		if f.panic != nil {
			panic(f.panic)
		}
		return 0, f.err
	}
	if len(p) > f.left {
		p = p[:f.left]
	}
	n, err := f.data.Read(p)
	f.left -= n
	return n, err
}

func readAll(source io.Reader, blockSize int, withData bool) (count int, err error) {
	reader, err := NewReader(source, &ReaderOptions{BlockSize: blockSize})
	if err != nil {
		return 0, err
	}
	defer reader.Close()
	for {
		_, err := reader.Next()
		if err == io.EOF {
			return count, nil
		}
		if err != nil {
			return count, err
		}
		count++
		if withData {
			if _, err := io.Copy(io.Discard, reader); err != nil {
				return count, err
			}
		}
	}
}

func eachFailure(body func(blockSize, at int, withData bool)) (cases int) {
	for _, blockSize := range []int{512, 4608, 10240, 65536, 1 << 20} {
		for point := 0; point < 57; point++ {
			for _, withData := range []bool{false, true} {
				body(blockSize, point*entries*1536/57, withData)
				cases++
			}
		}
	}
	return cases
}

func TestAnErrorOfASourceIsNeverTheEnd(t *testing.T) {
	data := many(t)
	mine := errors.New("mine")
	cases := eachFailure(func(blockSize, at int, withData bool) {
		source := &fails{data: bytes.NewReader(data), left: at, err: mine}
		count, err := readAll(source, blockSize, withData)
		var failure *Error
		check(t, errors.Is(err, mine) && errors.As(err, &failure), "%d %d: %v", blockSize, at, err)
		check(t, failure.Status == -101 && count < entries, "%d %d: %v", blockSize, at, failure.Status)
	})
	check(t, cases == 570, "%d cases", cases)
	count, err := readAll(&fails{data: bytes.NewReader(data), left: 1 << 40}, 4608, true)
	check(t, err == nil && count == entries, "%d, %v", count, err)
}

func TestAPanicOfASourceGoesOnBehindC(t *testing.T) {
	data := many(t)
	type mine struct{ at int }
	cases := eachFailure(func(blockSize, at int, withData bool) {
		defer func() {
			value := recover()
			check(t, value == mine{at}, "%d %d: %v", blockSize, at, value)
		}()
		source := &fails{data: bytes.NewReader(data), left: at, panic: mine{at}}
		_, err := readAll(source, blockSize, withData)
		t.Fatalf("it came back with %v", err)
	})
	check(t, cases == 570, "%d cases", cases)
}

type function func([]byte) (int, error)

func (f function) Read(p []byte) (int, error)  { return f(p) }
func (f function) Write(p []byte) (int, error) { return f(p) }

func TestSourcesThatLie(t *testing.T) {
	for _, wrong := range []function{
		func(p []byte) (int, error) { return len(p) + 1, nil },
		func([]byte) (int, error) { return -1, nil },
		func([]byte) (int, error) { return 0, nil },
		func(p []byte) (int, error) { return 5, errors.New("with data") },
	} {
		_, err := readAll(wrong, 512, true)
		check(t, err != nil, "no error")
	}
	// What a reader keeps of its argument is no memory of C.
	var kept [][]byte
	data := bytes.NewReader(many(t))
	_, err := readAll(function(func(p []byte) (int, error) {
		kept = append(kept, p)
		return data.Read(p)
	}), 512, true)
	check(t, err == nil, "%v", err)
	for _, p := range kept {
		p[0]++
	}
}

func TestSinksThatFail(t *testing.T) {
	mine := errors.New("mine")
	for _, sink := range []function{
		func([]byte) (int, error) { return 0, mine },
		func(p []byte) (int, error) { return len(p) - 1, nil },
	} {
		writer := must(NewWriter(sink, &WriterOptions{Format: "ustar"}))
		err := writer.WriteHeader(NewHeader("a", 1<<20))
		if err == nil {
			_, err = writer.Write(make([]byte, 1<<20))
		}
		if err == nil {
			err = writer.Close()
		} else {
			check(t, writer.Abort() == nil, "abort")
		}
		check(t, errors.Is(err, mine) || errors.Is(err, io.ErrShortWrite), "%v", err)
	}
	var buffer bytes.Buffer
	writer := must(NewWriter(&buffer, &WriterOptions{Format: "zip"}))
	check(t, writer.WriteHeader(NewHeader("a", 5)) == nil, "header")
	err := writer.Close()
	check(t, err != nil, "it has less data than it says")
	_, err = NewWriter(&buffer, nil)
	check(t, errors.Is(err, ErrInvalidInput), "%v", err)
	_, err = Create(filepath.Join(t.TempDir(), "a.unknown"), nil)
	check(t, err != nil, "no format")
}

func TestKindsOfErrors(t *testing.T) {
	data := archive(t, &WriterOptions{Format: "ustar"}, "a", strings.Repeat("x", 10_000))
	_, err := Open(filepath.Join(t.TempDir(), "nothing"), nil)
	check(t, errors.Is(err, fs.ErrNotExist), "%v", err)
	_, err = readAll(strings.NewReader("no archive at all"), 512, true)
	check(t, errors.Is(err, ErrUnknownFormat) && !errors.Is(err, ErrTruncated), "%v", err)
	_, err = readAll(bytes.NewReader(data[:5000]), 512, true)
	var failure *Error
	check(t, errors.Is(err, ErrTruncated) && errors.As(err, &failure), "%v", err)
	check(t, failure.Entry == "a" && failure.Function != "", "%+v", failure)
	_, err = NewReader(bytes.NewReader(data), &ReaderOptions{Formats: []string{"none"}})
	check(t, errors.Is(err, ErrInvalidInput), "%v", err)
	_, err = Open("a\x00b", nil)
	check(t, errors.Is(err, ErrInvalidInput), "%v", err)
	secret := archive(t, &WriterOptions{Format: "zip", Password: "right", Options: "zip:encryption=aes256"},
		"s", "secret")
	_, err = readAll(bytes.NewReader(secret), 512, true)
	check(t, errors.Is(err, ErrPasswordRequired), "%v", err)
	reader := must(NewReader(bytes.NewReader(secret), &ReaderOptions{Passwords: []string{"right"}}))
	defer reader.Close()
	check(t, must(reader.Next()).Encrypted, "it is encrypted")
	check(t, string(must(io.ReadAll(reader))) == "secret", "its data")
}

func TestOneGoroutineAtATime(t *testing.T) {
	var reader *Reader
	data := bytes.NewReader(many(t))
	busy := 0
	reader = must(NewReader(function(func(p []byte) (int, error) {
		if reader != nil {
			_, err := reader.Next()
			if errors.Is(err, ErrBusy) && errors.Is(reader.Close(), ErrBusy) {
				busy++
			}
		}
		return data.Read(p)
	}), &ReaderOptions{BlockSize: 512}))
	count := 0
	for {
		if _, err := reader.Next(); err == io.EOF {
			break
		}
		count++
	}
	check(t, count == entries && busy > 100, "%d entries, %d times busy", count, busy)
	check(t, reader.Close() == nil, "close")
}

func TestManyReadersOnManyGoroutines(t *testing.T) {
	data := many(t)
	mine := errors.New("mine")
	var group sync.WaitGroup
	failures := make(chan string, 64*50)
	for i := 0; i < 64; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			for j := 0; j < 20; j++ {
				own := fmt.Errorf("%d of %d: %w", j, i, mine)
				_, err := readAll(&fails{data: bytes.NewReader(data), left: 50_000, err: own}, 4608, true)
				runtime.Gosched()
				if !errors.Is(err, own) {
					failures <- err.Error()
				}
			}
		}(i)
	}
	group.Wait()
	check(t, len(failures) == 0, "%d goroutines got the error of another", len(failures))
}

func TestExtractionIsSafe(t *testing.T) {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, header := range []tar.Header{
		{Name: "good", Size: 1, Typeflag: tar.TypeReg},
		{Name: "../evil", Size: 1, Typeflag: tar.TypeReg},
		{Name: "link", Linkname: "..", Typeflag: tar.TypeSymlink},
		{Name: "link/evil", Size: 1, Typeflag: tar.TypeReg},
		{Name: "hard", Linkname: "../../../../etc/passwd", Typeflag: tar.TypeLink},
	} {
		header.Mode = 0o644
		check(t, writer.WriteHeader(&header) == nil, "header")
		if header.Size > 0 {
			must(writer.Write([]byte("x")))
		}
	}
	check(t, writer.Close() == nil, "close")
	top := t.TempDir()
	reader := must(NewReader(&buffer, nil))
	defer reader.Close()
	report, err := reader.Extract(context.Background(), filepath.Join(top, "out"), nil)
	var failure *ExtractError
	check(t, errors.As(err, &failure) && failure.Report == report, "%v", err)
	check(t, errors.Is(err, ErrRefused), "%v", err)
	check(t, report.Items[0].Name == "../evil" && report.Items[0].Outcome == Refused, "%+v", report)
	check(t, string(must(os.ReadFile(filepath.Join(top, "out", "good")))) == "x", "good")
	check(t, len(must(os.ReadDir(top))) == 1, "something is outside")
}

func extract(t *testing.T, source io.Reader, ctx context.Context, options *ExtractOptions) (*Report, error) {
	reader := must(NewReader(source, nil))
	defer reader.Close()
	return reader.Extract(ctx, t.TempDir(), options)
}

func TestExtractionCanBeStoppedAndLimited(t *testing.T) {
	data := many(t)
	background := context.Background()
	calls := 0
	report, err := extract(t, bytes.NewReader(data), background, &ExtractOptions{
		Progress: func(now Progress) bool { calls++; return now.Name != "" },
	})
	check(t, err == nil && report.Entries == entries && calls >= entries, "%v, %d calls", err, calls)
	_, err = extract(t, bytes.NewReader(data), background, &ExtractOptions{
		Progress: func(now Progress) bool { return now.Entries < 3 },
	})
	check(t, errors.Is(err, ErrCancelled), "%v", err)
	ctx, cancel := context.WithCancel(background)
	_, err = extract(t, bytes.NewReader(data), ctx, &ExtractOptions{Progress: func(now Progress) bool {
		// The token is cancelled by another goroutine, which needs its time; so wait for it.
		if now.Entries == 5 {
			cancel()
			time.Sleep(100 * time.Millisecond)
		}
		return now.Entries < 300
	}})
	check(t, errors.Is(err, ErrCancelled) && errors.Is(err, context.Canceled), "%v", err)
	_, err = extract(t, bytes.NewReader(data), background, &ExtractOptions{Limits: Limits{Entries: 10}})
	check(t, errors.Is(err, ErrRefused), "%v", err)
	for _, threads := range []int{1, 4} {
		mine := errors.New("mine")
		source := &fails{data: bytes.NewReader(data), left: 300_000, err: mine}
		_, err = extract(t, source, background, &ExtractOptions{Threads: threads})
		check(t, errors.Is(err, mine), "%v", err)
	}
	func() {
		defer func() { check(t, recover() == "mine", "no panic") }()
		_, err = extract(t, bytes.NewReader(data), background, &ExtractOptions{
			Progress: func(Progress) bool { panic("mine") },
		})
	}()
}

func TestFS(t *testing.T) {
	data := archive(t, &WriterOptions{Format: "pax", Filters: []string{"zstd"}},
		"a.txt", "1", "dir/sub/b.txt", "22", "../evil", "3", "a.txt", "last", "dir", "no file")
	files, err := NewFS(func() (*Reader, error) { return NewReader(bytes.NewReader(data), nil) })
	check(t, err == nil, "%v", err)
	if err := fstest.TestFS(files, "a.txt", "dir/sub/b.txt"); err != nil {
		t.Fatal(err)
	}
	check(t, files.LeftOut() == 2, "%d left out", files.LeftOut())
	check(t, string(must(fs.ReadFile(files, "a.txt"))) == "last", "the last one counts")
	_, err = fs.ReadFile(files, "nothing")
	check(t, errors.Is(err, fs.ErrNotExist), "%v", err)
	found := must(fs.Glob(files, "dir/*/*.txt"))
	check(t, len(found) == 1, "%v", found)
	_, err = OpenFS(filepath.Join(t.TempDir(), "nothing"), nil)
	check(t, errors.Is(err, fs.ErrNotExist), "%v", err)
}
