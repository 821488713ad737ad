"""Python: closures of ctypes. What is raised must not leave them: ctypes would print and forget it."""

import ctypes
import os

READ = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.POINTER(ctypes.c_size_t),
)
SEEK = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int32, ctypes.POINTER(ctypes.c_uint64)
)
DROP = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Source(ctypes.Structure):
    """anyarchive_source"""

    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("user", ctypes.c_void_p),
        ("read", READ),
        ("seek", SEEK),
        ("drop", DROP),
    ]


circle = ctypes.CDLL(os.path.join(os.environ["CIRCLE_LIB"], "libcircle_rust.so"))
circle.circle_pass.argtypes = [ctypes.c_char]
circle.circle_blame.argtypes = [ctypes.c_char, ctypes.c_char_p]

# C has only addresses, so what they belong to must stay alive here.
alive = {}


class Hop:
    def __init__(self, inner):
        self.inner = Source.from_buffer_copy(inner)
        self.callbacks = (READ(self.read), SEEK(), DROP(self.drop))

    def read(self, _user, buffer, limit, n_read):
        try:
            count = ctypes.c_size_t(ctypes.c_size_t(-1).value)
            status = self.inner.read(self.inner.user, buffer, limit, ctypes.byref(count))
            if status != 0 or count.value > limit:
                return -1
            if circle.circle_pass(b"P") != 0:
                raise OSError("an exception")
            n_read[0] = count.value
            return 0
        except OSError as error:
            circle.circle_blame(b"P", f"Python: {error}".encode())
            return -1
        except BaseException:
            return -1

    def drop(self, _user):
        if self.inner.drop:
            self.inner.drop(self.inner.user)
        alive.pop(id(self), None)


def wrap(inner, outer):
    """Makes a source at the address `outer` out of the one at `inner`."""
    hop = Hop(Source.from_address(inner))
    alive[id(hop)] = hop
    target = Source.from_address(outer)
    target.struct_size = ctypes.sizeof(Source)
    target.user = None
    target.read, target.seek, target.drop = hop.callbacks
