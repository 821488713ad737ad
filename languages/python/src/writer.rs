//! Writers.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::PathBuf,
    sync::{Mutex, MutexGuard},
};

use anyarchive::{EntryBuf, EntryRef, Walk, WriteFilter, WriteFormat};
use pyo3::{
    exceptions::{PyFileExistsError, PyTypeError, PyValueError},
    intern,
    prelude::*,
    pybacked::PyBackedBytes,
};

use crate::{
    entry::Entry,
    errors,
    files::{Sink, Source},
    reader::Secret,
};

/// Writes an archive, entry after entry.
#[pyclass(frozen, module = "anyarchive")]
pub(crate) struct Writer {
    /// Nothing once it is closed.
    state: Mutex<Option<Target>>,
}

enum Target {
    Path(anyarchive::Writer<File>),
    Object(anyarchive::Writer<Sink>),
}

/// The same for a writer of either kind.
macro_rules! each {
    ($target:expr, $writer:ident => $body:expr) => {
        match $target {
            Target::Path($writer) => $body,
            Target::Object($writer) => $body,
        }
    };
}

fn closed() -> PyErr {
    PyValueError::new_err("the writer is closed")
}

impl Writer {
    fn lock(&self) -> PyResult<MutexGuard<'_, Option<Target>>> {
        let locked = self.state.try_lock();
        locked.map_err(|error| errors::in_use("writer", &error))
    }

    /// Calls the writer without holding up other threads of Python.
    fn call<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut Target) -> anyarchive::Result<T> + Send,
    ) -> PyResult<T> {
        let mut state = self.lock()?;
        let target = state.as_mut().ok_or_else(closed)?;
        let result = py.detach(|| call(target));
        result.map_err(|error| errors::to_python(py, &error))
    }

    fn add_bytes(&self, py: Python<'_>, entry: EntryBuf, data: &[u8]) -> PyResult<()> {
        self.call(
            py,
            move |target| each!(target, writer => writer.append(&entry, data)),
        )
    }
}

fn format(name: &str) -> PyResult<WriteFormat> {
    let format = WriteFormat::all().find(|format| format.name() == name);
    format.ok_or_else(|| PyValueError::new_err(format!("no format to write is called {name:?}")))
}

fn filter(py: Python<'_>, name: &str) -> PyResult<WriteFilter> {
    let builtin = WriteFilter::builtin().map_err(|error| errors::to_python(py, &error))?;
    let filter = builtin.into_iter().find(|filter| filter.name() == name);
    filter.ok_or_else(|| {
        let text = format!("no filter to write in here is called {name:?}");
        errors::new(py, "UnsupportedError", text)
    })
}

#[pymethods]
impl Writer {
    #[new]
    #[pyo3(signature = (file, *, format = None, filters = None, level = None, threads = None,
        password = None, options = None, reproducible = false, exclusive = false))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn python_new(
        py: Python<'_>,
        file: &Bound<'_, PyAny>,
        format: Option<&str>,
        filters: Option<Vec<String>>,
        level: Option<i32>,
        threads: Option<u32>,
        password: Option<Secret>,
        options: Option<String>,
        reproducible: bool,
        exclusive: bool,
    ) -> PyResult<Self> {
        let path = file.extract::<PathBuf>().ok();
        let from_name = path.as_ref().and_then(WriteFormat::from_path);
        let (format, of_name) = match (format, from_name) {
            (Some(name), _) => (self::format(name)?, Vec::new()),
            (None, Some(found)) => found,
            (None, None) => {
                let text = "the name tells no format: give format=, such as \"pax\" or \"zip\"";
                return Err(PyValueError::new_err(text));
            }
        };
        let mut builder = anyarchive::Writer::builder(format);
        match filters {
            Some(names) => {
                for name in names {
                    builder = builder.filter(filter(py, &name)?);
                }
            }
            None => {
                for filter in of_name {
                    builder = builder.filter(filter);
                }
            }
        }
        if let Some(level) = level {
            builder = builder.level(level);
        }
        if let Some(threads) = threads {
            builder = builder.threads(threads);
        }
        if let Some(password) = password {
            builder = builder.password(&password.password(py)?);
        }
        if let Some(options) = options {
            builder = builder.options(options);
        }
        if reproducible {
            builder = builder.reproducible();
        }
        let target = match path {
            Some(path) if exclusive && path.symlink_metadata().is_ok() => {
                return Err(PyFileExistsError::new_err((17, "File exists", path)));
            }
            Some(path) => py.detach(|| builder.create(path)).map(Target::Path),
            None if file.hasattr(intern!(py, "write"))? => {
                let sink = Sink(file.clone().unbind());
                py.detach(|| builder.to_writer(sink)).map(Target::Object)
            }
            None => {
                let text = "an archive is written to a path or a binary file object";
                return Err(PyTypeError::new_err(text));
            }
        };
        let target = target.map_err(|error| errors::to_python(py, &error))?;
        Ok(Self {
            state: Mutex::new(Some(target)),
        })
    }

    /// Adds a file with these bytes.
    fn writestr(
        &self,
        py: Python<'_>,
        entry: &Bound<'_, PyAny>,
        data: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let data: PyBackedBytes = match data.extract::<String>() {
            Ok(text) => pyo3::types::PyBytes::new(py, text.as_bytes()).extract()?,
            Err(_) => data.extract()?,
        };
        let len = data.len() as u64;
        let entry = match entry.cast::<Entry>() {
            Ok(entry) => entry.get().ask(EntryRef::to_owned),
            Err(_) => {
                let name: PathBuf = entry.extract()?;
                EntryBuf::file(name, len).map_err(|error| errors::to_python(py, &error))?
            }
        };
        let mut entry = entry;
        entry
            .set_size(len)
            .map_err(|error| errors::to_python(py, &error))?;
        self.add_bytes(py, entry, &data)
    }

    /// Adds an entry, with as much data from a file object as its size says.
    #[pyo3(signature = (entry, fileobj = None))]
    fn addfile(
        &self,
        py: Python<'_>,
        entry: &Bound<'_, Entry>,
        fileobj: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let entry = entry.get().ask(EntryRef::to_owned);
        let Some(file) = fileobj else {
            return self.add_bytes(py, entry, &[]);
        };
        let limit = entry.size().unwrap_or(u64::MAX);
        self.call(
            py,
            move |target| each!(target, writer => writer.append(&entry, Source(file).take(limit))),
        )
    }

    /// Adds a file, or a directory with all below it; in the archive it is `arcname`, or the path.
    #[pyo3(signature = (path, arcname = None))]
    fn add(&self, py: Python<'_>, path: PathBuf, arcname: Option<PathBuf>) -> PyResult<()> {
        self.call(py, |target| {
            let mut builder = Walk::builder();
            if let Some(name) = arcname {
                builder = builder.name(name);
            }
            for found in builder.open(path)? {
                let found = found?;
                each!(target, writer => writer.append_disk_entry(found))?;
            }
            Ok(())
        })
    }

    /// Texts of remarks so far: of entries that are in the archive, but not all of their metadata.
    #[getter]
    fn warnings(&self) -> PyResult<Vec<String>> {
        let state = self.lock()?;
        let target = state.as_ref().ok_or_else(closed)?;
        let warnings = each!(target, writer => writer.warnings());
        Ok(warnings.iter().map(ToString::to_string).collect())
    }

    /// Entries that are in the archive so far.
    #[getter]
    fn entries(&self) -> PyResult<u64> {
        let state = self.lock()?;
        let target = state.as_ref().ok_or_else(closed)?;
        Ok(each!(target, writer => writer.entries_written()))
    }

    #[getter]
    fn closed(&self) -> PyResult<bool> {
        Ok(self.lock()?.is_none())
    }

    /// Completes the archive; a file object that was given stays open.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let Some(target) = self.lock()?.take() else {
            return Ok(());
        };
        let result = py.detach(|| match target {
            Target::Path(writer) => writer.finish()?.flush(),
            Target::Object(writer) => writer.finish().map(drop).map_err(std::io::Error::from),
        });
        result.map_err(|error| errors::from_io(py, error))
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        if slf.get().lock()?.is_none() {
            return Err(closed());
        }
        Ok(slf)
    }

    /// Completes the archive, but not after an exception: half an archive should not look whole.
    fn __exit__(
        &self,
        py: Python<'_>,
        exception: &Bound<'_, PyAny>,
        _value: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if exception.is_none() {
            return self.close(py);
        }
        let target = self.lock()?.take();
        py.detach(|| drop(target));
        Ok(())
    }
}
