//! Python's file objects as sources and sinks.

use std::io::{self, Read, Seek, SeekFrom, Write};

use pyo3::{
    exceptions::{PyBlockingIOError, PyTypeError, PyValueError},
    intern,
    prelude::*,
    types::PyBytes,
};

/// An object with `read(n)`, and perhaps `seek(offset, whence)`.
pub(crate) struct Source(pub(crate) Py<PyAny>);

/// Whether `seekable()` says so; without it, nobody knows.
pub(crate) fn can_seek(file: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = file.py();
    if !file.hasattr(intern!(py, "seekable"))? {
        return Ok(false);
    }
    file.call_method0(intern!(py, "seekable"))?.is_truthy()
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let file = self.0.bind(py);
            let data = file.call_method1(intern!(py, "read"), (buffer.len(),))?;
            if data.is_none() {
                let text = "the file is not ready: it must block";
                return Err(PyBlockingIOError::new_err(text).into());
            }
            let data = data.cast_into::<PyBytes>().map_err(|error| {
                let kind = error.into_inner();
                PyTypeError::new_err(format!("read() gave no bytes but {}", type_name(&kind)))
            })?;
            let data = data.as_bytes();
            let Some(place) = buffer.get_mut(..data.len()) else {
                let text = format!("read({}) gave {} bytes", buffer.len(), data.len());
                return Err(PyValueError::new_err(text).into());
            };
            place.copy_from_slice(data);
            Ok(data.len())
        })
    }
}

fn type_name(object: &Bound<'_, PyAny>) -> String {
    object
        .get_type()
        .name()
        .map_or_else(|_| "another type".to_owned(), |name| name.to_string())
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        Python::attach(|py| {
            let file = self.0.bind(py);
            let method = intern!(py, "seek");
            let position = match to {
                SeekFrom::Start(offset) => file.call_method1(method, (offset, 0))?,
                SeekFrom::Current(offset) => file.call_method1(method, (offset, 1))?,
                SeekFrom::End(offset) => file.call_method1(method, (offset, 2))?,
            };
            // Old file objects give nothing.
            if position.is_none() {
                return Ok(file.call_method0(intern!(py, "tell"))?.extract()?);
            }
            Ok(position.extract()?)
        })
    }
}

/// An object with `write(data)`.
pub(crate) struct Sink(pub(crate) Py<PyAny>);

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let file = self.0.bind(py);
            let count = file.call_method1(intern!(py, "write"), (PyBytes::new(py, data),))?;
            if !count.is_none() {
                return Ok(count.extract()?);
            }
            let raw = py.import("io")?.getattr("RawIOBase")?;
            if file.is_instance(&raw)? {
                let text = "the file is not ready: it must block";
                return Err(PyBlockingIOError::new_err(text).into());
            }
            // Objects that only have write() say nothing, and took all.
            Ok(data.len())
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
