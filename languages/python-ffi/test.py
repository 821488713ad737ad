"""Tests of one way to the library: `test.py ctypes|cffi-abi LIBRARY`, or `test.py cffi-api`."""

import io
import os
import pathlib
import sys
import tarfile
import tempfile
import unittest

import api

IO = -101
UNKNOWN_FORMAT = -102
REFUSED = 1
ENTRIES = 400


def archive(entries):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file.getvalue()


class Fails:
    """Raises behind a number of bytes."""

    def __init__(self, data, at, error):
        self.file, self.at, self.error = io.BytesIO(data), at, error

    def read(self, count):
        rest = self.at - self.file.tell()
        if rest <= 0:
            raise self.error
        return self.file.read(min(rest, count))


class Tests(unittest.TestCase):
    def test_version(self):
        self.assertGreaterEqual(library.version(), 1000)

    def test_entries_and_data_from_a_path_and_a_file_object(self):
        data = archive([("a/b.txt", b"some data"), (os.fsdecode(b"\xff"), b"x" * 100_000)])
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "a.tar")
            path.write_bytes(data)
            for source in (path, io.BytesIO(data)):
                with library.open(source) as reader:
                    found = [(name, size, reader.read_all()) for name, size in reader]
                self.assertEqual(found[0], ("a/b.txt", 9, b"some data"))
                self.assertEqual(found[1], (os.fsdecode(b"\xff"), 100_000, b"x" * 100_000))

    def test_an_exception_is_never_the_end(self):
        data = archive((f"file-{i}", bytes([i % 100]) * 1000) for i in range(ENTRIES))
        cases = 0
        for block_size in (512, 4608, 10240, 65536, 1 << 20):
            for point in range(57):
                for with_data in (False, True):
                    error = LookupError("mine")
                    source = Fails(data, point * ENTRIES * 1536 // 57, error)
                    entries = 0
                    reader = None
                    with self.assertRaises(api.Error) as caught:
                        reader = library.open(source, block_size)
                        for _ in reader:
                            entries += 1
                            if with_data:
                                reader.read_all()
                    if reader is not None:
                        reader.close()
                        self.assertEqual(reader.callbacks.drops, 1)
                    self.assertEqual(caught.exception.status, IO)
                    self.assertIs(caught.exception.__cause__, error)
                    self.assertLess(entries, ENTRIES)
                    cases += 1
        self.assertEqual(cases, 570)
        with library.open(Fails(data, 1 << 60, None), 4608) as reader:
            self.assertEqual(len(list(reader)), ENTRIES)

    def test_a_callback_that_uses_its_reader_is_told(self):
        answers = []

        class Source(io.BytesIO):
            def read(self, count):
                if reader is not None:
                    try:
                        reader.next()
                    except Exception as error:
                        answers.append(error)
                return super().read(count)

        reader = None
        with library.open(Source(archive([("a", b"x" * 100_000)])), 512) as reader:
            self.assertEqual(len(reader.read_all() if reader.next() else b""), 100_000)
        self.assertGreater(len(answers), 10)

    def test_a_source_that_gives_too_much_is_refused(self):
        class Source:
            def read(self, count):
                return b"x" * (count + 1)

        with self.assertRaises(api.Error) as caught:
            library.open(Source())
        self.assertEqual(caught.exception.status, IO)

    def test_errors_have_a_status_and_a_text(self):
        with self.assertRaises(api.Error) as caught:
            library.open("/nonexistent/a.tar")
        self.assertEqual(caught.exception.status, IO)
        self.assertIn("/nonexistent/a.tar", str(caught.exception))
        with self.assertRaises(api.Error) as caught:
            library.open(io.BytesIO(b"no archive at all"))
        self.assertEqual(caught.exception.status, UNKNOWN_FORMAT)

    def test_extraction_is_safe(self):
        data = archive([("good", b"1"), ("../evil", b"2")])
        with tempfile.TemporaryDirectory() as directory:
            out = pathlib.Path(directory, "out")
            with library.open(io.BytesIO(data)) as reader:
                entries, items = reader.extract(out)
            self.assertEqual(entries, 1)
            self.assertEqual([item[:2] for item in items], [(REFUSED, "../evil")])
            self.assertEqual(os.listdir(directory), ["out"])


if __name__ == "__main__":
    kind, *path = sys.argv.pop(1), *sys.argv[1:]
    del sys.argv[1:]
    if kind == "ctypes":
        import with_ctypes

        library = with_ctypes.Library(*path)
    else:
        import with_cffi

        library = with_cffi.Library(*path)
    unittest.main()
