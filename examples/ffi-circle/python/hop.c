/* Python for hosts that have none: starts the interpreter when it is first needed. */
#define PY_SSIZE_T_CLEAN
#define _GNU_SOURCE
#include <Python.h>
#include <dlfcn.h>

#include "circle.h"

/* Extension modules such as _ctypes look for the names of libpython among the global ones. When this
 * library was opened with RTLD_LOCAL they are not there. */
static int make_global(void) {
    Dl_info info;
    return dladdr((void *)(intptr_t)Py_IsInitialized, &info) != 0 &&
           dlopen(info.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD) != NULL;
}

static PyObject *import_hop(void) {
    PyObject *path = PySys_GetObject("path"); /* borrowed */
    PyObject *here = PyUnicode_DecodeFSDefault(getenv("CIRCLE_PYTHON"));
    if (path == NULL || here == NULL || PyList_Insert(path, 0, here) != 0) {
        Py_XDECREF(here);
        return NULL;
    }
    Py_DECREF(here);
    return PyImport_ImportModule("hop");
}

int32_t hop_py_wrap(const anyarchive_source *inner, anyarchive_source *outer) {
    if (getenv("CIRCLE_PYTHON") == NULL)
        return -1;
    if (!Py_IsInitialized()) {
        if (!make_global())
            return -1;
        Py_InitializeEx(0); /* signals stay with the host */
        PyEval_SaveThread(); /* the lock is taken for each call, as a thread of others would */
    }
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *hop = import_hop();
    PyObject *done = NULL;
    if (hop != NULL)
        done = PyObject_CallMethod(hop, "wrap", "KK", (unsigned long long)(uintptr_t)inner,
                                   (unsigned long long)(uintptr_t)outer);
    int32_t status = done == NULL ? -1 : 0;
    if (done == NULL)
        PyErr_Print();
    Py_XDECREF(done);
    Py_XDECREF(hop);
    PyGILState_Release(state);
    return status;
}
