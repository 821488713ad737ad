import gc
import io
import pickle
import unittest
import weakref

import anyarchive
from support import ENTRIES, archive, cases, many


class Boom(Exception):
    pass


class Fails(io.RawIOBase):
    """Raises behind a number of bytes."""

    def __init__(self, data, at, error):
        self.file, self.at, self.error, self.calls = io.BytesIO(data), at, error, 0

    def read(self, count=-1):
        self.calls += 1
        rest = self.at - self.file.tell()
        if rest <= 0:
            raise self.error
        return self.file.read(min(rest, count))


class Errors(unittest.TestCase):
    def test_an_exception_of_a_source_is_never_the_end(self):
        data = many()
        count = 0
        for block_size, at, with_data in cases():
            error = Boom(at)
            entries = 0
            with self.assertRaises(anyarchive.Error) as caught:
                for entry in anyarchive.open(Fails(data, at, error), block_size=block_size):
                    entries += 1
                    if with_data:
                        entry.read()
            self.assertIs(caught.exception.__cause__, error, (block_size, at, with_data))
            self.assertLess(entries, ENTRIES)
            count += 1
        self.assertEqual(count, 570)
        whole = Fails(data, len(data) + 1, Boom())
        self.assertEqual(len(anyarchive.open(whole, block_size=4608).infolist()), ENTRIES)

    def test_an_exception_that_must_not_be_caught_goes_through(self):
        for error in (KeyboardInterrupt(), SystemExit(3)):
            with self.assertRaises(type(error)) as caught:
                anyarchive.open(Fails(many(), 3000, error), block_size=512).infolist()
            self.assertIs(caught.exception, error)

    def test_an_exception_of_a_sink_is_the_cause(self):
        class Sink:
            def write(self, data):
                raise error

        error = Boom()
        with self.assertRaises(anyarchive.Error) as caught:
            with anyarchive.open(Sink(), "w", format="ustar") as writer:
                for _ in range(100):
                    writer.writestr("a", bytes(100_000))
        self.assertIs(caught.exception.__cause__, error)

    def test_sources_that_lie(self):
        for wrong in ("text", None, 5, b"x" * (1 << 21)):
            class Source:
                def read(self, count):
                    return wrong

            with self.assertRaises(anyarchive.Error) as caught:
                anyarchive.open(Source())
            self.assertIsInstance(
                caught.exception.__cause__, (TypeError, ValueError, BlockingIOError), wrong)

    def test_sinks_that_lie(self):
        for wrong in (-1, 0, 1 << 40, "x"):
            class Sink:
                def write(self, data):
                    return wrong

            with self.assertRaises(OSError, msg=wrong):
                with anyarchive.open(Sink(), "w", format="ustar") as writer:
                    writer.writestr("a", bytes(100_000))

    def test_what_the_system_refuses_is_its_error(self):
        with self.assertRaises(FileNotFoundError) as caught:
            anyarchive.open("/nonexistent/a.tar")
        self.assertEqual(caught.exception.errno, 2)
        self.assertEqual(str(caught.exception.filename), "/nonexistent/a.tar")
        with self.assertRaises(FileNotFoundError):
            anyarchive.open("/nonexistent/a.tar", "w")
        for nothing in (5, None, object()):
            with self.assertRaises(TypeError):
                anyarchive.open(nothing)

    def test_damage_has_a_class_of_its_own(self):
        data = archive([("a", "x" * 10_000)])
        with self.assertRaises(anyarchive.TruncatedError) as caught:
            next(anyarchive.open(data[:5000])).read()
        self.assertEqual(caught.exception.entry_bytes, b"a")
        self.assertIsNotNone(caught.exception.function)
        self.assertIsInstance(caught.exception, OSError)
        with self.assertRaises(anyarchive.UnknownFormatError):
            anyarchive.open(b"no archive at all")
        with self.assertRaises(ValueError):
            anyarchive.open(data, options="nonsense:a=b")

    def test_nothing_is_kept_of_a_file_object(self):
        for data, at in ((many(), 10**9), (many(), 5000), (b"junk" * 1000, 10**9)):
            source = Fails(data, at, Boom())
            gone = weakref.ref(source)
            try:
                for entry in anyarchive.open(source, block_size=512):
                    entry.read()
            except anyarchive.Error:
                pass
            entry = None
            del source
            gc.collect()
            self.assertIsNone(gone())

    def test_objects_are_not_pickled_by_accident(self):
        with self.assertRaises(TypeError):
            pickle.dumps(anyarchive.open(many()))


if __name__ == "__main__":
    unittest.main()
