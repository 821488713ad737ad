"""What the two wrappers have in common: the shape that Python expects."""

import os

fsencode, fsdecode = os.fsencode, os.fsdecode


class Error(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Library:
    """The loaded library. It is never unloaded: callbacks and threads may still be in it."""


class Reader:
    """Iterates over pairs of a name and a size; `read` gives the data of the entry it is at."""

    def __iter__(self):
        return self

    def __next__(self):
        entry = self.next()
        if entry is None:
            raise StopIteration
        return entry

    def read_all(self):
        return b"".join(iter(lambda: self.read(65536), b""))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
