import io
import os
import pathlib
import signal
import tarfile
import tempfile
import threading
import unittest

import anyarchive
from support import archive, many


class Extraction(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.top = pathlib.Path(directory.name)
        self.out = self.top / "out"

    def test_files_are_extracted(self):
        data = archive([("a/b", "1"), (anyarchive.Entry("l", type="symlink", linkname="a/b"), "")])
        report = anyarchive.open(data).extractall(self.out)
        self.assertEqual((report.entries, report.bytes, report.items), (2, 1, []))
        self.assertEqual((self.out / "l").read_text(), "1")

    def test_nothing_is_written_outside(self):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w") as tar:
            def add(name, kind=tarfile.REGTYPE, target=""):
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind, target
                info.size = 1 if kind == tarfile.REGTYPE else 0
                tar.addfile(info, io.BytesIO(b"x"))

            add("good")
            add("../evil")
            add("link", tarfile.SYMTYPE, "..")
            add("link/evil")
            add("hard", tarfile.LNKTYPE, "../../../../etc/passwd")
            add("dev", tarfile.CHRTYPE)
        with self.assertRaises(anyarchive.ExtractError) as caught:
            anyarchive.open(file.getvalue()).extractall(self.out)
        report = caught.exception.report
        self.assertIn("../evil", [item.name for item in report.items])
        self.assertGreaterEqual(report.refused, 2)
        self.assertEqual((self.out / "good").read_bytes(), b"x")
        self.assertEqual(sorted(os.listdir(self.top)), ["out"])
        same = anyarchive.open(file.getvalue()).extractall(self.out, errors="report")
        self.assertEqual(same.refused, report.refused)

    def test_existing_files(self):
        self.out.mkdir()
        data = archive([("a", "new")])
        (self.out / "a").write_text("old")
        anyarchive.open(data).extractall(self.out, existing="keep")
        self.assertEqual((self.out / "a").read_text(), "old")
        with self.assertRaises(anyarchive.ExtractError):
            anyarchive.open(data).extractall(self.out, existing="error")
        anyarchive.open(data).extractall(self.out)
        self.assertEqual((self.out / "a").read_text(), "new")

    def test_components_are_stripped(self):
        anyarchive.open(archive([("top/a", "1")])).extractall(self.out, strip_components=1)
        self.assertEqual(os.listdir(self.out), ["a"])

    def test_limits(self):
        with self.assertRaises(anyarchive.RefusedError):
            anyarchive.open(many()).extractall(self.out, limits={"entries": 10})
        bomb = archive([("zeros", bytes(100_000_000))], filters=["gzip"])
        with self.assertRaises(OSError):
            anyarchive.open(bomb).extractall(self.out, limits="server")
        for wrong in ({"nonsense": 1}, "nonsense", {"time": -1.0}):
            with self.assertRaises(ValueError):
                anyarchive.open(many()).extractall(self.out, limits=wrong)

    def test_progress_is_told_and_can_stop(self):
        seen = []
        anyarchive.open(many()).extractall(self.out, progress=lambda now: seen.append(now.entries))
        self.assertGreaterEqual(len(seen), 400)
        self.assertEqual(seen, sorted(seen))
        with self.assertRaises(anyarchive.CancelledError):
            anyarchive.open(many()).extractall(self.out, progress=lambda now: now.entries < 3)

    def test_an_exception_of_progress_is_raised(self):
        error = LookupError("mine")

        def fails(now):
            if now.entries == 7:
                raise error

        with self.assertRaises(LookupError) as caught:
            anyarchive.open(many()).extractall(self.out, progress=fails)
        self.assertIs(caught.exception, error)

    def test_a_token_stops_from_another_thread(self):
        token = anyarchive.CancelToken()

        def progress(now):
            if now.entries == 5:
                thread = threading.Thread(target=token.cancel)
                thread.start()
                thread.join()

        with self.assertRaises(anyarchive.CancelledError):
            anyarchive.open(many()).extractall(self.out, progress=progress, cancel=token)
        self.assertTrue(token.is_cancelled)
        self.assertLess(len(os.listdir(self.out)), 400)

    def test_a_source_in_python_feeds_several_threads(self):
        report = anyarchive.open(io.BytesIO(many())).extractall(self.out, threads=4)
        self.assertEqual(report.entries, 400)

    def test_an_exception_of_the_source_is_the_cause(self):
        error = LookupError("mine")
        data = many()

        class Source:
            position = 0

            def read(self, count):
                if self.position > 300_000:
                    raise error
                self.position += 512
                return data[self.position - 512:self.position]

        for threads in (1, 4):
            with self.assertRaises(anyarchive.Error) as caught:
                anyarchive.open(Source()).extractall(self.out, threads=threads)
            self.assertIs(caught.exception.__cause__, error)

    def test_control_c_ends_an_extraction(self):
        class Endless:
            """An archive that never ends."""

            position = 0
            member = tarfile.TarInfo("a").tobuf()

            def read(self, count):
                self.position += 1
                if self.position == 1000:
                    signal.raise_signal(signal.SIGINT)
                return self.member

        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, handler)
        with self.assertRaises(KeyboardInterrupt):
            anyarchive.open(Endless()).extractall(self.out, limits={"entries": None})


if __name__ == "__main__":
    unittest.main()
