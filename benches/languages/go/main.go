// Command throughput lists or streams an archive, by this package or by archive/tar:
// `throughput WHO list|stream ARCHIVE`.
package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	anyarchive "anyarchive"
)

const piece = 65536

// counter counts, and takes any piece.
type counter struct{ bytes int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}

func run(next func() (name string, size int64, err error), data io.Reader, list bool) (entries, names, bytes int64, err error) {
	buffer := make([]byte, piece)
	for {
		name, size, err := next()
		if errors.Is(err, io.EOF) {
			return entries, names, bytes, nil
		}
		if err != nil {
			return 0, 0, 0, err
		}
		entries++
		names += int64(len(name))
		if list {
			bytes += size
			continue
		}
		sink := counter{}
		// Without ReadFrom and WriteTo: pieces of this size for everybody.
		if _, err := io.CopyBuffer(&sink, struct{ io.Reader }{data}, buffer); err != nil {
			return 0, 0, 0, err
		}
		bytes += sink.bytes
	}
}

func withAnyarchive(path string, list bool) (entries, names, bytes int64, err error) {
	reader, err := anyarchive.Open(path, nil)
	if err != nil {
		return 0, 0, 0, err
	}
	defer reader.Close()
	return run(func() (string, int64, error) {
		header, err := reader.Next()
		if err != nil {
			return "", 0, err
		}
		return header.Name, header.Size, nil
	}, reader, list)
}

func withTar(path string, list bool) (entries, names, bytes int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, 0, 0, err
	}
	defer file.Close()
	reader := tar.NewReader(file)
	return run(func() (string, int64, error) {
		header, err := reader.Next()
		if err != nil {
			return "", 0, err
		}
		return header.Name, header.Size, nil
	}, reader, list)
}

func main() {
	who, task, path := os.Args[1], os.Args[2], os.Args[3]
	with := map[string]func(string, bool) (int64, int64, int64, error){
		"anyarchive": withAnyarchive, "archive/tar": withTar,
	}[who]
	start := time.Now()
	entries, names, bytes, err := with(path, task == "list")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(entries, names, bytes, fmt.Sprintf("%.6f", time.Since(start).Seconds()))
}
