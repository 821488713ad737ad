//! Metadata of entries.

use std::path::{Path, PathBuf};

use anyarchive::{EntryBuf, EntryRef, FileType, Timestamp};
use pyo3::{
    exceptions::{PyOverflowError, PyValueError},
    prelude::*,
    types::{PyBytes, PyDict},
};

use crate::{errors, reader::Reader};

/// An entry: a copy of its metadata and, when a reader gave it, the way to its data.
#[pyclass(frozen, module = "anyarchive")]
pub(crate) struct Entry {
    /// Metadata of libarchive lies behind a pointer that one thread at a time may use.
    metadata: std::sync::Mutex<EntryBuf>,
    /// The reader, and which of its entries this is.
    origin: Option<(Py<Reader>, u64)>,
    warning: Option<String>,
}

impl Entry {
    pub(crate) fn new(
        metadata: EntryBuf,
        warning: Option<String>,
        reader: Py<Reader>,
        number: u64,
    ) -> Self {
        Self {
            metadata: std::sync::Mutex::new(metadata),
            origin: Some((reader, number)),
            warning,
        }
    }

    /// Asks the metadata; no Python code runs meanwhile, so that this never waits for itself.
    pub(crate) fn ask<T>(&self, get: impl FnOnce(&EntryRef) -> T) -> T {
        let metadata = match self.metadata.lock() {
            Ok(metadata) => metadata,
            // Getters change nothing.
            Err(poisoned) => poisoned.into_inner(),
        };
        get(&metadata)
    }

    fn origin(&self) -> PyResult<(&Py<Reader>, u64)> {
        let origin = self
            .origin
            .as_ref()
            .map(|(reader, number)| (reader, *number));
        origin.ok_or_else(|| PyValueError::new_err("the entry is of no reader, so it has no data"))
    }
}

fn seconds(time: Option<Timestamp>) -> Option<f64> {
    time.map(|time| time.seconds as f64 + f64::from(time.nanoseconds) / 1e9)
}

fn nanoseconds(time: Option<Timestamp>) -> Option<i128> {
    time.map(|time| i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanoseconds))
}

fn timestamp(nanoseconds: i128) -> PyResult<Timestamp> {
    let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000))
        .map_err(|_| PyOverflowError::new_err("the time is too far away"))?;
    Ok(Timestamp {
        seconds,
        // Below a thousand million, so it fits.
        nanoseconds: nanoseconds.rem_euclid(1_000_000_000) as u32,
    })
}

#[pymethods]
impl Entry {
    #[new]
    #[pyo3(signature = (name, *, r#type = "file", size = Some(0), linkname = None, mode = None,
        mtime_ns = None, uid = None, gid = None, uname = None, gname = None, xattrs = None))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn python_new(
        py: Python<'_>,
        name: PathBuf,
        r#type: &str,
        size: Option<u64>,
        linkname: Option<PathBuf>,
        mode: Option<u32>,
        mtime_ns: Option<i128>,
        uid: Option<u64>,
        gid: Option<u64>,
        uname: Option<&str>,
        gname: Option<&str>,
        xattrs: Option<std::collections::BTreeMap<String, Vec<u8>>>,
    ) -> PyResult<Self> {
        let mtime = mtime_ns.map(timestamp).transpose()?;
        let make = || -> anyarchive::Result<Option<EntryBuf>> {
            let target = linkname.as_deref();
            let Some(mut entry) = start(r#type, &name, target, size)? else {
                return Ok(None);
            };
            if let Some(mode) = mode {
                entry.set_mode(mode)?;
            }
            if let Some(mtime) = mtime {
                entry.set_mtime(mtime)?;
            }
            if let Some(uid) = uid {
                entry.set_uid(uid)?;
            }
            if let Some(gid) = gid {
                entry.set_gid(gid)?;
            }
            if let Some(uname) = uname {
                entry.set_uname(uname)?;
            }
            if let Some(gname) = gname {
                entry.set_gname(gname)?;
            }
            for (name, value) in xattrs.iter().flatten() {
                entry.set_xattr(name, value)?;
            }
            Ok(Some(entry))
        };
        let entry = make().map_err(|error| errors::to_python(py, &error))?;
        let entry = entry.ok_or_else(|| {
            PyValueError::new_err(
                "type is \"file\", \"directory\", \"symlink\" or \"hardlink\", the last two with linkname",
            )
        })?;
        Ok(Self {
            metadata: std::sync::Mutex::new(entry),
            origin: None,
            warning: None,
        })
    }

    /// The path in the archive; bytes that are no text are surrogates, as in `os.fsdecode`.
    #[getter]
    pub(crate) fn name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let path = self.ask(|entry| entry.path().into_owned());
        fsdecode(py, &path)
    }

    /// The path as the archive has it, in whatever encoding.
    #[getter]
    fn name_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let path = self.ask(|entry| entry.path_bytes().to_vec());
        PyBytes::new(py, &path)
    }

    /// `file`, `directory`, `symlink`, `hardlink`, `char-device`, `block-device`, `fifo`, `socket` or
    /// `unknown`.
    #[getter]
    fn r#type(&self) -> &'static str {
        self.ask(|entry| {
            if entry.hardlink_bytes().is_some() {
                return "hardlink";
            }
            match entry.file_type() {
                FileType::File => "file",
                FileType::Directory => "directory",
                FileType::Symlink => "symlink",
                FileType::CharDevice => "char-device",
                FileType::BlockDevice => "block-device",
                FileType::Fifo => "fifo",
                FileType::Socket => "socket",
                _ => "unknown",
            }
        })
    }

    fn isfile(&self) -> bool {
        self.r#type() == "file"
    }

    fn isdir(&self) -> bool {
        self.r#type() == "directory"
    }

    fn issym(&self) -> bool {
        self.r#type() == "symlink"
    }

    fn islnk(&self) -> bool {
        self.r#type() == "hardlink"
    }

    /// Bytes of data; `None` when the archive does not say it before the data.
    #[getter]
    fn size(&self) -> Option<u64> {
        self.ask(EntryRef::size)
    }

    /// Target of a symbolic or hard link, or `None`.
    #[getter]
    fn linkname<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let target = self.ask(|entry| {
            let target = entry.hardlink().or_else(|| entry.symlink());
            target.map(|path| path.into_owned())
        });
        target.map(|path| fsdecode(py, &path)).transpose()
    }

    /// Permissions, with setuid, setgid and sticky: 12 bits.
    #[getter]
    fn mode(&self) -> u32 {
        self.ask(EntryRef::mode)
    }

    /// Time of modification in seconds since 1970, or `None`.
    #[getter]
    fn mtime(&self) -> Option<f64> {
        seconds(self.ask(EntryRef::mtime))
    }

    /// Time of modification in nanoseconds since 1970, or `None`.
    #[getter]
    fn mtime_ns(&self) -> Option<i128> {
        nanoseconds(self.ask(EntryRef::mtime))
    }

    /// Time of the last access in nanoseconds since 1970, or `None`.
    #[getter]
    fn atime_ns(&self) -> Option<i128> {
        nanoseconds(self.ask(EntryRef::atime))
    }

    /// Time of creation in nanoseconds since 1970, or `None`.
    #[getter]
    fn birthtime_ns(&self) -> Option<i128> {
        nanoseconds(self.ask(EntryRef::birthtime))
    }

    #[getter]
    fn uid(&self) -> Option<u64> {
        self.ask(EntryRef::uid)
    }

    #[getter]
    fn gid(&self) -> Option<u64> {
        self.ask(EntryRef::gid)
    }

    #[getter]
    fn uname(&self) -> Option<String> {
        self.ask(|entry| entry.uname().map(|name| name.into_owned()))
    }

    #[getter]
    fn gname(&self) -> Option<String> {
        self.ask(|entry| entry.gname().map(|name| name.into_owned()))
    }

    /// Whether the data is encrypted.
    #[getter]
    fn is_encrypted(&self) -> bool {
        self.ask(EntryRef::is_encrypted)
    }

    /// Extended attributes, their bytes by their names.
    #[getter]
    fn xattrs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        for xattr in self.ask(EntryRef::xattrs) {
            let name = String::from_utf8_lossy(&xattr.name).into_owned();
            all.set_item(name, PyBytes::new(py, &xattr.value))?;
        }
        Ok(all)
    }

    /// What libarchive remarked on the entry, or `None`.
    #[getter]
    fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// All of the data that was not read yet.
    pub(crate) fn read<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let (reader, number) = self.origin()?;
        reader.get().read_rest(py, number)
    }

    /// A file object (`io.BufferedReader`) over the data, until the reader goes on.
    fn open<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (reader, number) = self.origin()?;
        let files = py.import("anyarchive._files")?;
        files.call_method1("open_entry", (reader, number))
    }

    /// Iterates over the data in pieces as they come, each `(offset, bytes)`; what lies between two is
    /// a hole.
    fn blocks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (reader, number) = self.origin()?;
        let files = py.import("anyarchive._files")?;
        files.call_method1("blocks", (reader, number))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = self.name(py)?.repr()?;
        Ok(format!("<anyarchive.Entry {} {name}>", self.r#type()))
    }
}

fn start(
    kind: &str,
    name: &Path,
    target: Option<&Path>,
    size: Option<u64>,
) -> anyarchive::Result<Option<EntryBuf>> {
    Ok(Some(match (kind, target) {
        ("file", None) => {
            let mut entry = EntryBuf::file(name, 0)?;
            entry.set_size(size)?;
            entry
        }
        ("directory", None) => EntryBuf::directory(name)?,
        ("symlink", Some(target)) => EntryBuf::symlink(name, target)?,
        ("hardlink", Some(target)) => EntryBuf::hardlink(name, target)?,
        _ => return Ok(None),
    }))
}

/// A path as the text that Python knows paths by.
pub(crate) fn fsdecode<'py>(py: Python<'py>, path: &Path) -> PyResult<Bound<'py, PyAny>> {
    path.as_os_str()
        .into_pyobject(py)
        .map(Bound::into_any)
        .map_err(Into::into)
}
