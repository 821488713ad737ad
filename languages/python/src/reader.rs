//! Readers.

use std::{
    io::{self, BufRead as _},
    path::PathBuf,
    sync::{Mutex, MutexGuard},
};

use anyarchive::{Filter, Format, Password};
use pyo3::{
    exceptions::{PyKeyError, PyTypeError, PyValueError},
    intern,
    prelude::*,
    pybacked::PyBackedBytes,
    types::PyBytes,
};

use crate::{
    entry::Entry,
    errors,
    extract::{self, Report},
    files::{self, Source},
};

/// Reads an archive, entry after entry.
#[pyclass(frozen, module = "anyarchive")]
pub(crate) struct Reader {
    /// Nothing once it is closed.
    state: Mutex<Option<State>>,
}

struct State {
    reader: anyarchive::Reader<'static>,
    /// Which entry the reader is at, counted from 1; others have no data any more.
    number: u64,
}

impl State {
    /// The entry `number`, if the reader is still at that one.
    fn entry(&mut self, number: u64) -> io::Result<anyarchive::Entry<'_>> {
        let current = self.reader.current_entry();
        let current = current.filter(|_| self.number == number);
        current.ok_or_else(|| {
            let text = "the reader has gone on from this entry: read data when it comes";
            PyValueError::new_err(text).into()
        })
    }
}

fn closed() -> PyErr {
    PyValueError::new_err("the reader is closed")
}

impl Reader {
    fn lock(&self) -> PyResult<MutexGuard<'_, Option<State>>> {
        let locked = self.state.try_lock();
        locked.map_err(|error| errors::in_use("reader", &error))
    }

    /// Calls the reader without holding up other threads of Python.
    fn call<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut State) -> T + Send,
    ) -> PyResult<T> {
        let mut state = self.lock()?;
        let state = state.as_mut().ok_or_else(closed)?;
        Ok(py.detach(|| call(state)))
    }

    /// Calls the reader for the data of its entry `number`, if it is still at that one.
    fn data<T: Send>(
        &self,
        py: Python<'_>,
        number: u64,
        read: impl FnOnce(&mut anyarchive::Entry<'_>) -> io::Result<T> + Send,
    ) -> PyResult<T> {
        let result = self.call(py, |state| read(&mut state.entry(number)?))?;
        result.map_err(|error| errors::from_io(py, error))
    }

    pub(crate) fn read_rest<'py>(
        &self,
        py: Python<'py>,
        number: u64,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let data = self.data(py, number, |entry| Ok(entry.read_to_vec()?))?;
        Ok(PyBytes::new(py, &data))
    }

    fn advance(slf: &Bound<'_, Self>) -> PyResult<Option<Entry>> {
        let py = slf.py();
        let found = slf.get().call(py, |state| {
            if !state.reader.advance()? {
                return Ok(None);
            }
            state.number += 1;
            let number = state.number;
            let entry = state.reader.current_entry();
            Ok(entry.map(|entry| {
                let warning = entry.warning().map(|warning| warning.message().to_owned());
                (anyarchive::EntryRef::to_owned(&entry), warning, number)
            }))
        })?;
        let found = found.map_err(|error: anyarchive::Error| errors::to_python(py, &error))?;
        Ok(found.map(|(metadata, warning, number)| {
            Entry::new(metadata, warning, slf.clone().unbind(), number)
        }))
    }
}

fn format(name: &str) -> PyResult<Format> {
    let format = Format::all().find(|format| format.name() == name);
    format.ok_or_else(|| PyValueError::new_err(format!("no format is called {name:?}")))
}

fn filter(py: Python<'_>, name: &str) -> PyResult<Filter> {
    let builtin = Filter::builtin().map_err(|error| errors::to_python(py, &error))?;
    let filter = builtin.into_iter().find(|filter| filter.name() == name);
    filter.ok_or_else(|| {
        let text = format!("no filter in here is called {name:?}");
        errors::new(py, "UnsupportedError", text)
    })
}

/// A password as Python gives it.
#[derive(FromPyObject)]
pub(crate) enum Secret {
    Text(String),
    Bytes(Vec<u8>),
}

impl Secret {
    pub(crate) fn password(self, py: Python<'_>) -> PyResult<Password> {
        let bytes = match self {
            Self::Text(text) => text.into_bytes(),
            Self::Bytes(bytes) => bytes,
        };
        Password::new(bytes).map_err(|error| errors::to_python(py, &error))
    }
}

fn open(
    file: &Bound<'_, PyAny>,
    builder: &anyarchive::ReaderBuilder,
) -> PyResult<anyarchive::Result<anyarchive::Reader<'static>>> {
    let py = file.py();
    if let Ok(path) = file.extract::<PathBuf>() {
        return Ok(py.detach(|| builder.open(path)));
    }
    if let Ok(data) = file.extract::<PyBackedBytes>() {
        return Ok(py.detach(|| builder.from_bytes(data)));
    }
    if file.hasattr(intern!(py, "read"))? {
        let seekable = files::can_seek(file)?;
        let source = Source(file.clone().unbind());
        return Ok(py.detach(|| {
            if seekable {
                builder.from_seekable(source)
            } else {
                builder.from_reader(source)
            }
        }));
    }
    let copy = py.import("builtins")?.getattr("memoryview")?.call1((file,));
    let copy = copy
        .and_then(|view| view.call_method0("tobytes"))
        .map_err(|_| {
            PyTypeError::new_err("an archive is a path, a binary file object, or bytes in memory")
        })?;
    let data: PyBackedBytes = copy.extract()?;
    Ok(py.detach(|| builder.from_bytes(data)))
}

#[pymethods]
impl Reader {
    #[new]
    #[pyo3(signature = (file, *, formats = None, filters = None, passwords = None, options = None,
        strict = false, block_size = None))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn python_new(
        py: Python<'_>,
        file: &Bound<'_, PyAny>,
        formats: Option<Vec<String>>,
        filters: Option<Vec<String>>,
        passwords: Option<Vec<Secret>>,
        options: Option<String>,
        strict: bool,
        block_size: Option<usize>,
    ) -> PyResult<Self> {
        let mut builder = anyarchive::Reader::builder().strict(strict);
        for name in formats.iter().flatten() {
            builder = builder.format(format(name)?);
        }
        if filters.as_ref().is_some_and(Vec::is_empty) {
            builder = builder.no_filters();
        }
        for name in filters.iter().flatten() {
            builder = builder.filter(filter(py, name)?);
        }
        for secret in passwords.into_iter().flatten() {
            builder = builder.password(secret.password(py)?);
        }
        if let Some(options) = options {
            builder = builder.options(options);
        }
        if let Some(block_size) = block_size {
            builder = builder.block_size(block_size);
        }
        let reader = open(file, &builder)?.map_err(|error| errors::to_python(py, &error))?;
        Ok(Self {
            state: Mutex::new(Some(State { reader, number: 0 })),
        })
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<Entry>> {
        Self::advance(slf)
    }

    /// Goes on to the next entry; `None` behind the last.
    fn next(slf: &Bound<'_, Self>) -> PyResult<Option<Entry>> {
        Self::advance(slf)
    }

    /// Goes on to the entry of this name; `KeyError` when none is left that has it.
    fn find(slf: &Bound<'_, Self>, name: PathBuf) -> PyResult<Entry> {
        while let Some(entry) = Self::advance(slf)? {
            if entry.ask(|entry| *entry.path() == *name) {
                return Ok(entry);
            }
        }
        Err(PyKeyError::new_err(format!(
            "there is no item named {:?} in the rest of the archive",
            name.display().to_string()
        )))
    }

    /// The data of the entry of this name, which comes after those that were read.
    fn read<'py>(slf: &Bound<'py, Self>, name: PathBuf) -> PyResult<Bound<'py, PyBytes>> {
        let entry = Self::find(slf, name)?;
        entry.read(slf.py())
    }

    /// Names of the entries that were not read yet.
    fn namelist<'py>(slf: &Bound<'py, Self>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let mut names = Vec::new();
        while let Some(entry) = Self::advance(slf)? {
            names.push(entry.name(slf.py())?);
        }
        Ok(names)
    }

    /// The entries that were not read yet, without their data.
    fn infolist(slf: &Bound<'_, Self>) -> PyResult<Vec<Entry>> {
        let mut entries = Vec::new();
        while let Some(entry) = Self::advance(slf)? {
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Extracts the entries that were not read yet, securely.
    #[pyo3(signature = (path = PathBuf::from("."), *, existing = "overwrite", strip_components = 0,
        atomic = None, threads = None, limits = None, progress = None, cancel = None,
        errors = "raise"))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn extractall(
        &self,
        py: Python<'_>,
        path: PathBuf,
        existing: &str,
        strip_components: usize,
        atomic: Option<bool>,
        threads: Option<usize>,
        limits: Option<&Bound<'_, PyAny>>,
        progress: Option<Py<PyAny>>,
        cancel: Option<&Bound<'_, extract::CancelToken>>,
        errors: &str,
    ) -> PyResult<Report> {
        let demanding = extract::demanding(errors)?;
        let settings = extract::Settings {
            existing,
            strip_components,
            atomic,
            threads,
            limits,
            cancel: cancel.map(Bound::get),
        };
        let (extractor, raised) = extract::extractor(&settings, progress)?;
        let result = self.call(py, move |state| {
            let mut extractor = extractor;
            state.number += 1;
            extractor.extract(&mut state.reader, path)
        })?;
        extract::answer(py, result, &raised, demanding)
    }

    /// Name of the format, such as `pax`; `None` before the first entry.
    #[getter]
    fn format(&self) -> PyResult<Option<&'static str>> {
        let state = self.lock()?;
        let state = state.as_ref().ok_or_else(closed)?;
        Ok(state.reader.format().map(Format::name))
    }

    /// Names of the filters around the archive, the innermost first.
    #[getter]
    fn filters(&self) -> PyResult<Vec<&'static str>> {
        let state = self.lock()?;
        let state = state.as_ref().ok_or_else(closed)?;
        let filters = state.reader.filters();
        Ok(filters.into_iter().map(Filter::name).collect())
    }

    /// Bytes that were read of the archive.
    #[getter]
    fn bytes_read(&self) -> PyResult<u64> {
        let state = self.lock()?;
        let state = state.as_ref().ok_or_else(closed)?;
        Ok(state.reader.bytes_read())
    }

    #[getter]
    fn closed(&self) -> PyResult<bool> {
        Ok(self.lock()?.is_none())
    }

    /// Closes the reader; a file object that was given stays open.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let state = self.lock()?.take();
        py.detach(|| drop(state));
        Ok(())
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        if slf.get().lock()?.is_none() {
            return Err(closed());
        }
        Ok(slf)
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        _type: &Bound<'_, PyAny>,
        _value: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        self.close(py)
    }

    /// For `_files.py`: up to `count` bytes of the data of entry `number`.
    fn _read<'py>(
        &self,
        py: Python<'py>,
        number: u64,
        count: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let mut state = self.lock()?;
        let state = state.as_mut().ok_or_else(closed)?;
        // Python goes on while data is waited for, and stops for the one copy of it.
        let mut wait = |state: &mut State| {
            py.detach(|| state.entry(number).map(|mut it| it.fill_buf().map(drop)))
        };
        let result = (|| {
            wait(state)??;
            let mut entry = state.entry(number)?;
            let data = entry.fill_buf()?;
            let data = PyBytes::new(py, &data[..data.len().min(count)]);
            entry.consume(data.as_bytes().len());
            // The declared end is here: have the checksum compared now.
            if entry.size() == Some(entry.position()) {
                wait(state)??;
            }
            Ok(data)
        })();
        result.map_err(|error| errors::from_io(py, error))
    }

    /// For `_files.py`: the next piece of the data of entry `number`, with its place.
    fn _block<'py>(
        &self,
        py: Python<'py>,
        number: u64,
    ) -> PyResult<Option<(u64, Bound<'py, PyBytes>)>> {
        let block = self.data(py, number, |entry| {
            let block = entry.next_block()?;
            Ok(block.map(|block| (block.offset(), block.to_vec())))
        })?;
        Ok(block.map(|(offset, data)| (offset, PyBytes::new(py, &data))))
    }
}
