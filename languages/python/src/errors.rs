//! Errors as exceptions: the classes of `_errors.py`, with the original exception as `__cause__`.

use std::{error::Error as _, io, sync::TryLockError};

use anyarchive::{Error, ErrorKind};
use pyo3::{
    exceptions::{PyException, PyOSError, PyRuntimeError},
    prelude::*,
    types::PyBytes,
};

use crate::entry::fsdecode;

/// The exception for an error.
///
/// An exception of the caller's own file object is its cause; one that is no `Exception`, such as
/// `KeyboardInterrupt`, is raised itself. What the system refused is the `OSError` that `open` raises.
pub(crate) fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    let cause = raised(error).map(|cause| cause.clone_ref(py));
    if let Some(cause) = &cause
        && !cause.is_instance_of::<PyException>(py)
    {
        return cause.clone_ref(py);
    }
    let exception = match exception(py, error, cause.is_some()) {
        Ok(exception) => PyErr::from_value(exception),
        Err(failed) => return failed,
    };
    exception.set_cause(py, cause);
    exception
}

/// The exception that a callback raised.
fn raised(error: &Error) -> Option<&PyErr> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(raised) = cause.downcast_ref::<PyErr>() {
            return Some(raised);
        }
        let inner = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if let Some(raised) = inner.and_then(|inner| inner.downcast_ref::<PyErr>()) {
            return Some(raised);
        }
        source = cause.source();
    }
    None
}

fn exception<'py>(
    py: Python<'py>,
    error: &Error,
    from_python: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let of_system = error.os_error().filter(|_| !from_python);
    let exception = match (error.kind(), of_system) {
        // Python chooses the class by the number: FileNotFoundError, PermissionError, ...
        (ErrorKind::Io, Some(number)) => {
            let class = py.get_type::<PyOSError>();
            let archive = error.archive().map(|path| fsdecode(py, path));
            class.call1((number, error.message(), archive.transpose()?))?
        }
        (kind, _) => {
            let class = py.import("anyarchive._errors")?.getattr(class_of(kind))?;
            class.call1((error.to_string(),))?
        }
    };
    let text = |path: &std::path::Path| fsdecode(py, path);
    exception.setattr("archive", error.archive().map(text).transpose()?)?;
    exception.setattr("entry", error.entry().map(|path| text(&path)).transpose()?)?;
    let bytes = error.entry_bytes().map(|path| PyBytes::new(py, path));
    exception.setattr("entry_bytes", bytes)?;
    exception.setattr("function", error.op())?;
    exception.setattr("is_recoverable", error.is_recoverable())?;
    Ok(exception)
}

fn class_of(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::UnknownFormat => "UnknownFormatError",
        ErrorKind::Truncated => "TruncatedError",
        ErrorKind::Corrupt => "CorruptError",
        ErrorKind::PasswordRequired => "PasswordRequiredError",
        ErrorKind::WrongPassword => "WrongPasswordError",
        ErrorKind::Unsupported => "UnsupportedError",
        ErrorKind::InvalidInput => "InvalidInputError",
        ErrorKind::OutOfMemory => "OutOfMemoryError",
        ErrorKind::Refused => "RefusedError",
        ErrorKind::Cancelled => "CancelledError",
        _ => "Error",
    }
}

/// An exception of our own.
pub(crate) fn new(py: Python<'_>, class: &str, message: impl Into<String>) -> PyErr {
    let make = || {
        let class = py.import("anyarchive._errors")?.getattr(class)?;
        class.call1((message.into(),))
    };
    match make() {
        Ok(exception) => PyErr::from_value(exception),
        Err(failed) => failed,
    }
}

/// What went through `std::io`, whole.
pub(crate) fn from_io(py: Python<'_>, error: io::Error) -> PyErr {
    match error.downcast::<Error>() {
        Ok(error) => to_python(py, &error),
        Err(error) => error.into(),
    }
}

/// For what is used while a call on it runs.
pub(crate) fn in_use<T>(what: &str, error: &TryLockError<T>) -> PyErr {
    PyRuntimeError::new_err(match error {
        TryLockError::WouldBlock => {
            format!("the {what} is in use: by the call that runs this callback, or by a thread")
        }
        TryLockError::Poisoned(_) => format!("a call on the {what} panicked"),
    })
}
