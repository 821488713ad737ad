import io
import mmap
import os
import pathlib
import tarfile
import tempfile
import threading
import unittest

import anyarchive
from support import archive, many


class Reading(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def test_entries_are_iterated_with_their_data(self):
        data = archive([("a/b.txt", "some data"), ("c", b"\0\1")])
        with anyarchive.open(data) as reader:
            found = [(entry.name, entry.size, entry.read()) for entry in reader]
            self.assertEqual(reader.format, "tar")
            self.assertEqual(reader.filters, [])
        self.assertEqual(found, [("a/b.txt", 9, b"some data"), ("c", 2, b"\0\1")])
        self.assertTrue(reader.closed)
        with self.assertRaises(ValueError):
            next(reader)

    def test_every_kind_of_source_gives_the_same(self):
        data = archive([("x", "1"), ("y", "22")], format="zip")
        path = self.directory / "a.zip"
        path.write_bytes(data)
        with open(path, "rb") as file, open(path, "rb", buffering=0) as raw:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                sources = [
                    path, str(path), data, bytearray(data), memoryview(data),
                    io.BytesIO(data), file, raw, mapped, OnlyReads(data),
                ]
                for source in sources:
                    with anyarchive.open(source) as reader:
                        names = [(entry.name, entry.read()) for entry in reader]
                    self.assertEqual(names, [("x", b"1"), ("y", b"22")], source)

    def test_entries_are_file_objects(self):
        data = archive([("lines", "one\ntwo\n" * 50_000), ("next", "")])
        reader = anyarchive.open(data)
        file = next(reader).open()
        self.assertIsInstance(file, io.BufferedReader)
        text = io.TextIOWrapper(file, "ascii")
        self.assertEqual(text.readline(), "one\n")
        self.assertEqual(sum(1 for _ in text), 99_999)
        entry = next(reader)
        with self.assertRaisesRegex(ValueError, "gone on"):
            text.detach().raw.read(1)
        self.assertEqual(entry.open().read(), b"")

    def test_data_of_an_entry_that_is_over_is_an_error(self):
        reader = anyarchive.open(archive([("a", "1"), ("b", "2")]))
        first = next(reader)
        second = next(reader)
        for use in (first.read, lambda: first.open().read(), lambda: list(first.blocks())):
            with self.assertRaisesRegex(ValueError, "gone on"):
                use()
        self.assertEqual(first.name, "a")
        self.assertEqual(second.read(), b"2")

    def test_blocks_tell_where_they_belong(self):
        content = os.urandom(300_000)
        entry = next(anyarchive.open(archive([("a", content)], filters=["gzip"])))
        whole = bytearray(len(content))
        for offset, block in entry.blocks():
            whole[offset:offset + len(block)] = block
        self.assertEqual(bytes(whole), content)

    def test_as_zipfile_and_tarfile(self):
        with anyarchive.open(archive([("a", "1"), ("b", "2"), ("c", "3")])) as reader:
            self.assertEqual(reader.read("b"), b"2")
            self.assertEqual(reader.namelist(), ["c"])
        with anyarchive.open(archive([("a", "1"), ("b", "2")])) as reader:
            self.assertEqual([entry.name for entry in reader.infolist()], ["a", "b"])
            with self.assertRaises(KeyError):
                reader.read("a")

    def test_metadata_is_that_of_tarfile(self):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            info = tarfile.TarInfo("name \N{SNOWMAN}")
            info.size, info.mode, info.mtime = 3, 0o751, 1234567890.25
            info.uid, info.gid, info.uname, info.gname = 12, 34, "me", "us"
            tar.addfile(info, io.BytesIO(b"abc"))
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, "target"
            tar.addfile(link)
            hard = tarfile.TarInfo("hard")
            hard.type, hard.linkname = tarfile.LNKTYPE, info.name
            tar.addfile(hard)
            folder = tarfile.TarInfo("folder")
            folder.type = tarfile.DIRTYPE
            tar.addfile(folder)
        one, link, hard, folder = anyarchive.open(file.getvalue()).infolist()
        self.assertEqual(os.fsencode(one.name), info.name.encode())
        self.assertEqual((one.size, one.mode, one.mtime), (3, 0o751, 1234567890.25))
        self.assertEqual(one.mtime_ns, 1234567890_250000000)
        self.assertEqual((one.uid, one.gid, one.uname, one.gname), (12, 34, "me", "us"))
        self.assertTrue(one.isfile())
        self.assertTrue(link.issym() and link.linkname == "target")
        self.assertTrue(hard.islnk() and os.fsencode(hard.linkname) == info.name.encode())
        self.assertTrue(folder.isdir())

    def test_names_can_be_any_bytes(self):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
            tar.addfile(tarfile.TarInfo(os.fsdecode(b"\xff\xfe")))
        entry = next(anyarchive.open(file.getvalue()))
        self.assertEqual(entry.name_bytes, b"\xff\xfe")
        self.assertEqual(os.fsencode(entry.name), b"\xff\xfe")

    def test_encrypted_archives(self):
        data = archive([("s", "secret")], format="zip", password="right",
                       options="zip:encryption=aes256")
        with self.assertRaises(anyarchive.PasswordRequiredError) as caught:
            next(anyarchive.open(data)).read()
        self.assertEqual(caught.exception.entry, "s")
        with self.assertRaises(anyarchive.WrongPasswordError):
            next(anyarchive.open(data, passwords=["wrong"])).read()
        entry = next(anyarchive.open(data, passwords=["wrong", b"right"]))
        self.assertTrue(entry.is_encrypted)
        self.assertEqual(entry.read(), b"secret")

    def test_formats_and_filters_can_be_chosen(self):
        data = archive([("a", "1")], filters=["gzip"])
        with anyarchive.open(data, formats=["tar"], filters=["gzip"]) as reader:
            self.assertEqual(reader.namelist(), ["a"])
        with self.assertRaisesRegex(anyarchive.UnsupportedError, "gzip"):
            anyarchive.open(data, filters=[])
        with self.assertRaises(anyarchive.UnknownFormatError):
            anyarchive.open(data, formats=["zip"]).namelist()
        with self.assertRaises(ValueError):
            anyarchive.open(data, formats=["none"])
        with self.assertRaises(anyarchive.UnsupportedError):
            anyarchive.open(data, filters=["none"])
        self.assertIn("zip", anyarchive.capabilities()["write_formats"])
        self.assertEqual(anyarchive.linkage()["kind"], "static")
        self.assertRegex(anyarchive.libarchive_version(), r"^libarchive 3\.")

    def test_a_reader_is_not_used_by_two_at_a_time(self):
        data = many()
        answers = []

        class Source(io.BytesIO):
            def read(self, count):
                if reader is not None:
                    try:
                        next(reader)
                    except RuntimeError as error:
                        answers.append(error)
                return super().read(count)

        reader = None
        reader = anyarchive.open(Source(data), block_size=512)
        self.assertEqual(len(reader.infolist()), 400)
        self.assertGreater(len(answers), 100)

    def test_other_threads_run_meanwhile(self):
        data = archive([("zeros", bytes(50_000_000))], filters=["gzip"])
        entry = next(anyarchive.open(data))
        started, ended = threading.Event(), threading.Event()
        turns = []

        def count():
            started.set()
            while not ended.is_set():
                turns.append(None)
                ended.wait(0.001)

        thread = threading.Thread(target=count)
        thread.start()
        started.wait()
        before = len(turns)
        self.assertEqual(len(entry.read()), 50_000_000)
        after = len(turns)
        ended.set()
        thread.join()
        self.assertGreater(after, before)


class OnlyReads:
    """What has no more than read()."""

    def __init__(self, data):
        self._file = io.BytesIO(data)

    def read(self, count):
        return self._file.read(count)


if __name__ == "__main__":
    unittest.main()
