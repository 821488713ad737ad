"""The C library through cffi, in both of its modes.

ABI mode reads the declarations at run time and loads the library as ctypes does. API mode compiled
them before, against the header, and is faster; its callbacks have fixed addresses.
"""

import api
from declarations import DECLARATIONS


class Library(api.Library):
    def __init__(self, path=None):
        """With a path, ABI mode; without, the module that `build_cffi.py` compiled."""
        if path is None:
            import _anyarchive_cffi

            self.ffi, self.lib = _anyarchive_cffi.ffi, _anyarchive_cffi.lib
            define(self.ffi)
        else:
            import cffi

            self.ffi = cffi.FFI()
            self.ffi.cdef(DECLARATIONS)
            self.lib = self.ffi.dlopen(path)

    def version(self):
        return self.lib.anyarchive_version_number()

    def failure(self, error, kept=None):
        """The exception for an error, with that of a callback as its cause."""
        text = self.ffi.string(self.lib.anyarchive_error_text(error)).decode()
        exception = api.Error(self.lib.anyarchive_error_status(error), text)
        exception.__cause__ = kept
        return exception

    def functions(self):
        """The callbacks for C, which have to be kept."""
        if hasattr(self.lib, "anyarchive_python_read"):
            return self.lib.anyarchive_python_read, self.lib.anyarchive_python_drop
        read = self.ffi.callback(
            "int32_t(void *, uint8_t *, size_t, size_t *)",
            lambda user, buffer, capacity, count: Callbacks.read(
                self.ffi, user, buffer, capacity, count),
            error=-1)
        drop = self.ffi.callback("void(void *)", lambda user: Callbacks.drop(self.ffi, user))
        return read, drop

    def open(self, file, block_size=None):
        settings = self.lib.anyarchive_reader_settings_new()
        handle = self.ffi.new("anyarchive_reader **")
        error = self.ffi.new("anyarchive_error **")
        keep = None
        try:
            if block_size is not None:
                self.lib.anyarchive_reader_settings_block_size(settings, block_size)
            if hasattr(file, "read"):
                keep = Callbacks(self, file)
                status = self.lib.anyarchive_reader_open_source(
                    keep.source, settings, handle, error)
            else:
                status = self.lib.anyarchive_reader_open_path(
                    api.fsencode(file), settings, handle, error)
        finally:
            self.lib.anyarchive_reader_settings_free(settings)
        if status < 0:
            try:
                raise self.failure(error[0], keep and keep.error)
            finally:
                self.lib.anyarchive_error_free(error[0])
        return Reader(self, handle[0], keep)


class Callbacks:
    """What C calls. `user` is a handle of this object, which lives as long as the reader."""

    def __init__(self, library, file):
        self.file, self.error, self.drops = file, None, 0
        self.handle = library.ffi.new_handle(self)
        self.functions = library.functions()
        self.source = library.ffi.new("anyarchive_source *")
        self.source.struct_size = library.ffi.sizeof("anyarchive_source")
        self.source.user = self.handle
        self.source.read, self.source.drop = self.functions

    @staticmethod
    def read(ffi, user, buffer, capacity, count):
        self = ffi.from_handle(user)
        # An exception must not leave: cffi would print it.
        try:
            data = self.file.read(capacity)
            ffi.memmove(buffer, data, min(len(data), capacity))
            count[0] = len(data)
            return 0
        except BaseException as error:
            self.error = error
            return -1

    @staticmethod
    def drop(ffi, user):
        ffi.from_handle(user).drops += 1


def define(ffi):
    """Gives the functions that API mode declared `extern "Python"`."""

    @ffi.def_extern(error=-1)
    def anyarchive_python_read(user, buffer, capacity, count):
        return Callbacks.read(ffi, user, buffer, capacity, count)

    @ffi.def_extern()
    def anyarchive_python_drop(user):
        Callbacks.drop(ffi, user)


class Reader(api.Reader):
    def __init__(self, library, handle, keep):
        self._library, self._lib, self._ffi = library, library.lib, library.ffi
        self._handle, self.callbacks = handle, keep

    def _check(self, status):
        if status < 0:
            error = self._lib.anyarchive_reader_error(self._handle)
            raise self._library.failure(error, self.callbacks and self.callbacks.error)
        return status

    def next(self):
        entry = self._ffi.new("const anyarchive_entry **")
        if self._check(self._lib.anyarchive_reader_next(self._handle, entry)):
            return None
        size = self._ffi.new("uint64_t *")
        known = self._lib.anyarchive_entry_size(entry[0], size)
        path = self._ffi.string(self._lib.anyarchive_entry_path(entry[0]))
        return api.fsdecode(path), size[0] if known else None

    def read(self, count):
        buffer, filled = self._ffi.new("char[]", count), self._ffi.new("size_t *")
        self._check(self._lib.anyarchive_reader_read(self._handle, buffer, count, filled))
        return self._ffi.buffer(buffer, filled[0])[:]

    def extract(self, path):
        extractor = self._lib.anyarchive_extractor_new()
        try:
            if self._lib.anyarchive_extractor_run(extractor, self._handle, api.fsencode(path)) < 0:
                error = self._lib.anyarchive_extractor_error(extractor)
                raise self._library.failure(error, self.callbacks and self.callbacks.error)
            items = []
            outcome = self._ffi.new("int32_t *")
            name, reason = self._ffi.new("const char **"), self._ffi.new("const char **")
            for index in range(self._lib.anyarchive_extractor_item_count(extractor)):
                self._lib.anyarchive_extractor_item(extractor, index, outcome, name, reason)
                texts = self._ffi.string(name[0]), self._ffi.string(reason[0])
                items.append((outcome[0], api.fsdecode(texts[0]), texts[1].decode()))
            return self._lib.anyarchive_extractor_entries(extractor), items
        finally:
            self._lib.anyarchive_extractor_free(extractor)

    def close(self):
        handle, self._handle = self._handle, self._ffi.NULL
        self._lib.anyarchive_reader_free(handle)
