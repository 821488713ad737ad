"""Compiles the extension module of API mode: `build_cffi.py PREFIX DIRECTORY`."""

import pathlib
import sys

import cffi

from declarations import CALLBACKS, DECLARATIONS

prefix, directory = map(pathlib.Path, sys.argv[1:])
ffi = cffi.FFI()
ffi.cdef(DECLARATIONS + CALLBACKS)
ffi.set_source(
    "_anyarchive_cffi",
    "#include <anyarchive.h>",
    include_dirs=[str(prefix / "include" / "anyarchive")],
    library_dirs=[str(prefix / "lib")],
    libraries=["anyarchive"],
    # A module does not look beside itself for a library unless it is told.
    extra_link_args=[f"-Wl,-rpath,{prefix / 'lib'}"],
)
ffi.compile(tmpdir=str(directory))
