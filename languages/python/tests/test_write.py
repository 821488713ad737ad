import io
import pathlib
import tarfile
import tempfile
import unittest
import zipfile

import anyarchive
from support import archive


class Writing(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def test_python_reads_what_is_written(self):
        with zipfile.ZipFile(io.BytesIO(archive([("a", "1" * 1000)], format="zip"))) as found:
            self.assertIsNone(found.testzip())
            self.assertEqual(found.read("a"), b"1" * 1000)
        data = archive([("b", "2")], format="pax", filters=["gzip"], level=9)
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as found:
            self.assertEqual(found.extractfile("b").read(), b"2")

    def test_the_name_tells_the_format(self):
        for name, kind in (("a.tar.xz", "tar"), ("a.7z", "7zip"), ("a.zip", "zip")):
            path = self.directory / name
            with anyarchive.open(path, "w") as writer:
                writer.writestr("x", "y")
                self.assertEqual(writer.entries, 1)
            with anyarchive.open(path) as reader:
                self.assertEqual(reader.read("x"), b"y")
                self.assertEqual(reader.format, kind)
        with self.assertRaises(ValueError):
            anyarchive.open(self.directory / "a", "w")
        with self.assertRaises(FileExistsError):
            anyarchive.open(self.directory / "a.zip", "x")

    def test_entries_keep_their_metadata(self):
        entry = anyarchive.Entry(
            "bin/tool", mode=0o4755, mtime_ns=1_600_000_000_123_456_789, uid=7, gid=8,
            uname="seven", gname="eight", xattrs={"user.note": b"\0x"})
        found = next(anyarchive.open(archive([(entry, "data")], format="pax")))
        for name in ("name", "mode", "mtime_ns", "uid", "gid", "uname", "gname", "xattrs"):
            self.assertEqual(getattr(found, name), getattr(entry, name), name)
        before = anyarchive.Entry("old", mtime_ns=-1)
        self.assertEqual(before.mtime_ns, -1)
        with self.assertRaises(ValueError):
            anyarchive.Entry("x", type="symlink")
        with self.assertRaises(ValueError):
            anyarchive.Entry("x", type="nonsense")

    def test_file_objects_are_added(self):
        file = io.BytesIO()
        with anyarchive.open(file, "w", format="ustar") as writer:
            writer.addfile(anyarchive.Entry("a", size=3), io.BytesIO(b"abcdef"))
            writer.addfile(anyarchive.Entry("d", type="directory"))
        self.assertEqual(next(anyarchive.open(file.getvalue())).read(), b"abc")
        with self.assertRaises(OSError):
            with anyarchive.open(io.BytesIO(), "w", format="ustar") as writer:
                writer.addfile(anyarchive.Entry("a", size=3), io.BytesIO(b"ab"))

    def test_directories_are_added(self):
        (self.directory / "d").mkdir()
        (self.directory / "d" / "f").write_text("1")
        file = io.BytesIO()
        with anyarchive.open(file, "w", format="pax") as writer:
            writer.add(self.directory / "d", arcname="name")
            self.assertEqual(writer.warnings, [])
            with self.assertRaises(FileNotFoundError):
                writer.add(self.directory / "nothing")
        names = anyarchive.open(file.getvalue()).namelist()
        self.assertEqual([name.rstrip("/") for name in names], ["name", "name/f"])

    def test_after_an_exception_the_archive_is_not_completed(self):
        file = io.BytesIO()
        with self.assertRaises(LookupError):
            with anyarchive.open(file, "w", format="zip") as writer:
                writer.writestr("a", "1")
                raise LookupError
        self.assertTrue(writer.closed)
        with self.assertRaises(zipfile.BadZipFile):
            zipfile.ZipFile(file)
        with self.assertRaises(ValueError):
            writer.writestr("b", "2")

    def test_the_same_entries_give_the_same_bytes(self):
        both = [archive([("a", "1")], format="zip", reproducible=True) for _ in range(2)]
        self.assertEqual(both[0], both[1])


if __name__ == "__main__":
    unittest.main()
