"""The C library through ctypes, which is part of Python: nothing is compiled or installed."""

import ctypes
from ctypes import (
    CFUNCTYPE, POINTER, Structure, byref, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint8,
    c_uint64, c_void_p, cast,
)

import api

READ = CFUNCTYPE(c_int32, c_void_p, POINTER(c_uint8), c_size_t, POINTER(c_size_t))
SEEK = CFUNCTYPE(c_int32, c_void_p, c_int64, c_int32, POINTER(c_uint64))
DROP = CFUNCTYPE(None, c_void_p)


class Source(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("user", c_void_p),
        ("read", READ),
        ("seek", SEEK),
        ("drop", DROP),
    ]


# Handles are c_void_p and never int: ctypes would pass an int as 32 bits.
PROTOTYPES = {
    "anyarchive_version_number": (ctypes.c_uint32, []),
    "anyarchive_error_text": (c_char_p, [c_void_p]),
    "anyarchive_error_status": (c_int32, [c_void_p]),
    "anyarchive_error_free": (None, [c_void_p]),
    "anyarchive_reader_settings_new": (c_void_p, []),
    "anyarchive_reader_settings_block_size": (c_int32, [c_void_p, c_size_t]),
    "anyarchive_reader_settings_free": (None, [c_void_p]),
    "anyarchive_reader_open_path":
        (c_int32, [c_char_p, c_void_p, POINTER(c_void_p), POINTER(c_void_p)]),
    "anyarchive_reader_open_source":
        (c_int32, [POINTER(Source), c_void_p, POINTER(c_void_p), POINTER(c_void_p)]),
    "anyarchive_reader_next": (c_int32, [c_void_p, POINTER(c_void_p)]),
    "anyarchive_reader_read": (c_int32, [c_void_p, c_void_p, c_size_t, POINTER(c_size_t)]),
    "anyarchive_reader_error": (c_void_p, [c_void_p]),
    "anyarchive_reader_free": (None, [c_void_p]),
    "anyarchive_entry_path": (c_char_p, [c_void_p]),
    "anyarchive_entry_size": (c_bool, [c_void_p, POINTER(c_uint64)]),
    "anyarchive_extractor_new": (c_void_p, []),
    "anyarchive_extractor_run": (c_int32, [c_void_p, c_void_p, c_char_p]),
    "anyarchive_extractor_item_count": (c_size_t, [c_void_p]),
    "anyarchive_extractor_item":
        (c_int32, [c_void_p, c_size_t, POINTER(c_int32), POINTER(c_char_p), POINTER(c_char_p)]),
    "anyarchive_extractor_entries": (c_uint64, [c_void_p]),
    "anyarchive_extractor_error": (c_void_p, [c_void_p]),
    "anyarchive_extractor_free": (None, [c_void_p]),
}


class Library(api.Library):
    def __init__(self, path):
        # The global interpreter lock is released during calls, and taken back in callbacks.
        self._lib = ctypes.CDLL(path)
        for name, (result, arguments) in PROTOTYPES.items():
            function = getattr(self._lib, name)
            function.restype, function.argtypes = result, arguments

    def version(self):
        return self._lib.anyarchive_version_number()

    def _failure(self, error, kept=None):
        """The exception for an error, with that of a callback as its cause."""
        exception = api.Error(
            self._lib.anyarchive_error_status(error),
            self._lib.anyarchive_error_text(error).decode())
        exception.__cause__ = kept
        return exception

    def open(self, file, block_size=None):
        settings = c_void_p(self._lib.anyarchive_reader_settings_new())
        handle, error = c_void_p(), c_void_p()
        keep = None
        try:
            if block_size is not None:
                self._lib.anyarchive_reader_settings_block_size(settings, block_size)
            if hasattr(file, "read"):
                keep = Callbacks(file)
                status = self._lib.anyarchive_reader_open_source(
                    byref(keep.source), settings, byref(handle), byref(error))
            else:
                status = self._lib.anyarchive_reader_open_path(
                    api.fsencode(file), settings, byref(handle), byref(error))
        finally:
            self._lib.anyarchive_reader_settings_free(settings)
        if status < 0:
            try:
                raise self._failure(error, keep and keep.error)
            finally:
                self._lib.anyarchive_error_free(error)
        return Reader(self, handle, keep)


class Callbacks:
    """The functions that C calls. Must live as long as C has them, so the reader keeps this."""

    def __init__(self, file):
        self.file = file
        self.error = None
        self.drops = 0
        self.source = Source(
            ctypes.sizeof(Source), None, READ(self.read), SEEK(0), DROP(self.drop))

    def read(self, _user, buffer, capacity, count):
        # An exception must not leave: ctypes would print it and return anything.
        try:
            data = self.file.read(capacity)
            ctypes.memmove(buffer, data, min(len(data), capacity))
            count[0] = len(data)
            return 0
        except BaseException as error:
            self.error = error
            return -1

    def drop(self, _user):
        self.drops += 1


class Reader(api.Reader):
    def __init__(self, library, handle, keep):
        self._library, self._lib = library, library._lib
        self._handle, self.callbacks = handle, keep

    def _check(self, status):
        if status < 0:
            error = self._lib.anyarchive_reader_error(self._handle)
            raise self._library._failure(error, self.callbacks and self.callbacks.error)
        return status

    def next(self):
        entry = c_void_p()
        if self._check(self._lib.anyarchive_reader_next(self._handle, byref(entry))):
            return None
        size = c_uint64()
        known = self._lib.anyarchive_entry_size(entry, byref(size))
        return api.fsdecode(self._lib.anyarchive_entry_path(entry)), size.value if known else None

    def read(self, count):
        buffer, filled = ctypes.create_string_buffer(count), c_size_t()
        self._check(self._lib.anyarchive_reader_read(
            self._handle, cast(buffer, c_void_p), count, byref(filled)))
        return buffer.raw[:filled.value]

    def extract(self, path):
        extractor = c_void_p(self._lib.anyarchive_extractor_new())
        try:
            if self._lib.anyarchive_extractor_run(extractor, self._handle, api.fsencode(path)) < 0:
                error = self._lib.anyarchive_extractor_error(extractor)
                raise self._library._failure(error, self.callbacks and self.callbacks.error)
            items = []
            for index in range(self._lib.anyarchive_extractor_item_count(extractor)):
                outcome, name, reason = c_int32(), c_char_p(), c_char_p()
                self._lib.anyarchive_extractor_item(
                    extractor, index, byref(outcome), byref(name), byref(reason))
                items.append((outcome.value, api.fsdecode(name.value), reason.value.decode()))
            return self._lib.anyarchive_extractor_entries(extractor), items
        finally:
            self._lib.anyarchive_extractor_free(extractor)

    def close(self):
        handle, self._handle = self._handle, c_void_p()
        self._lib.anyarchive_reader_free(handle)
