//! Extraction.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyarchive::{Existing, Extractor, Flow, Limits, Outcome};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyDict, PyString},
};

use crate::{entry::fsdecode, errors};

/// Stops extractions, from any thread.
#[pyclass(frozen, module = "anyarchive")]
#[derive(Default)]
pub(crate) struct CancelToken(anyarchive::CancelToken);

#[pymethods]
impl CancelToken {
    #[new]
    fn python_new() -> Self {
        Self::default()
    }

    /// Stops, for good, what has this token: it raises `CancelledError`.
    fn cancel(&self) {
        self.0.cancel();
    }

    #[getter]
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// How far an extraction has come.
#[pyclass(frozen, module = "anyarchive")]
pub(crate) struct Progress {
    #[pyo3(get)]
    bytes_read: u64,
    #[pyo3(get)]
    total_bytes: Option<u64>,
    #[pyo3(get)]
    bytes_written: u64,
    #[pyo3(get)]
    entries: u64,
    name: PathBuf,
}

#[pymethods]
impl Progress {
    #[getter]
    fn name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        fsdecode(py, &self.name)
    }
}

/// What an extraction did, and what it did not.
#[pyclass(frozen, get_all, module = "anyarchive")]
pub(crate) struct Report {
    entries: u64,
    bytes: u64,
    refused: u64,
    failed: u64,
    skipped: u64,
    warned: u64,
    items: Vec<Py<Item>>,
}

#[pymethods]
impl Report {
    fn __repr__(&self) -> String {
        format!(
            "<anyarchive.Report {} entries, {} refused, {} failed, {} skipped, {} warned>",
            self.entries, self.refused, self.failed, self.skipped, self.warned
        )
    }
}

/// An entry that is not on disk as the archive has it.
#[pyclass(frozen, module = "anyarchive")]
pub(crate) struct Item {
    name: PathBuf,
    #[pyo3(get)]
    outcome: &'static str,
    #[pyo3(get)]
    reason: String,
}

#[pymethods]
impl Item {
    #[getter]
    fn name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        fsdecode(py, &self.name)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = self.name(py)?.repr()?;
        Ok(format!(
            "<anyarchive.Item {} {name}: {}>",
            self.outcome, self.reason
        ))
    }
}

impl Item {
    fn new(item: &anyarchive::Item) -> Self {
        let (outcome, reason) = match item.outcome() {
            Outcome::Refused(reason) => ("refused", reason.to_string()),
            Outcome::Failed(error) => ("failed", error.to_string()),
            Outcome::Skipped(reason) => ("skipped", reason.to_string()),
            Outcome::Warned(text) => ("warned", text.clone()),
            other => ("failed", format!("{other:?}")),
        };
        Self {
            name: item.path().into_owned(),
            outcome,
            reason,
        }
    }
}

/// Keywords of `extractall`.
pub(crate) struct Settings<'a, 'py> {
    pub(crate) existing: &'a str,
    pub(crate) strip_components: usize,
    pub(crate) atomic: Option<bool>,
    pub(crate) threads: Option<usize>,
    pub(crate) limits: Option<&'a Bound<'py, PyAny>>,
    pub(crate) cancel: Option<&'a CancelToken>,
}

/// Whether entries that are not extracted are to be raised.
pub(crate) fn demanding(errors: &str) -> PyResult<bool> {
    match errors {
        "raise" => Ok(true),
        "report" => Ok(false),
        _ => Err(PyValueError::new_err("errors is \"raise\" or \"report\"")),
    }
}

/// What a callback raised.
pub(crate) type Raised = Arc<Mutex<Option<PyErr>>>;

/// How often signals are looked at, such as that of Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(50);

/// Makes an extractor, and the place for what its callback raises.
pub(crate) fn extractor(
    settings: &Settings<'_, '_>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Extractor, Raised)> {
    let raised = Raised::default();
    let place = Arc::clone(&raised);
    let mut last = Instant::now();
    let on_progress = move |now: &anyarchive::Progress<'_>| {
        if progress.is_none() && last.elapsed() < SIGNALS {
            return Flow::Continue;
        }
        last = Instant::now();
        let goes_on = Python::attach(|py| {
            py.check_signals()?;
            let Some(function) = &progress else {
                return Ok(true);
            };
            let now = Progress {
                bytes_read: now.bytes_read(),
                total_bytes: now.total_bytes(),
                bytes_written: now.bytes_written(),
                entries: now.entries(),
                name: now.path().into_owned(),
            };
            let answer = function.bind(py).call1((now,))?;
            // A function without `return` goes on.
            Ok(answer.is_none() || answer.is_truthy()?)
        });
        match goes_on {
            Ok(true) => Flow::Continue,
            Ok(false) => Flow::Stop,
            Err(error) => {
                let mut place = match place.lock() {
                    Ok(place) => place,
                    Err(poisoned) => poisoned.into_inner(),
                };
                place.get_or_insert(error);
                Flow::Stop
            }
        }
    };
    let existing = match settings.existing {
        "overwrite" => Existing::Overwrite,
        "keep" => Existing::Keep,
        "error" => Existing::Error,
        _ => {
            let text = "existing is \"overwrite\", \"keep\" or \"error\"";
            return Err(PyValueError::new_err(text));
        }
    };
    let mut extractor = Extractor::new()
        .existing(existing)
        .strip_components(settings.strip_components)
        .on_progress(on_progress);
    if let Some(atomic) = settings.atomic {
        extractor = extractor.atomic(atomic);
    }
    if let Some(threads) = settings.threads {
        extractor = extractor.threads(threads);
    }
    if let Some(token) = settings.cancel {
        extractor = extractor.cancel_token(&token.0);
    }
    if let Some(given) = settings.limits {
        extractor = extractor.limits(limits(given)?);
    }
    Ok((extractor, raised))
}

/// `"server"`, or a dictionary of limits over the default ones; `None` in it is no limit.
fn limits(given: &Bound<'_, PyAny>) -> PyResult<Limits> {
    if let Ok(name) = given.cast::<PyString>() {
        if name == "server" {
            return Ok(Limits::server());
        }
        return Err(PyValueError::new_err(
            "limits are \"server\" or a dictionary",
        ));
    }
    let mut limits = Limits::new();
    for (name, value) in given.cast::<PyDict>()? {
        let name: String = name.extract()?;
        limits = match name.as_str() {
            "entries" => limits.entries(value.extract::<Option<u64>>()?),
            "total_bytes" => limits.total_bytes(value.extract::<Option<u64>>()?),
            "file_bytes" => limits.file_bytes(value.extract::<Option<u64>>()?),
            "ratio" => limits.ratio(value.extract::<Option<u64>>()?),
            "path_bytes" => limits.path_bytes(value.extract::<Option<usize>>()?),
            "depth" => limits.depth(value.extract::<Option<usize>>()?),
            "filters" => limits.filters(value.extract::<Option<usize>>()?),
            "time" => limits.time(time(&value)?),
            _ => {
                return Err(PyValueError::new_err(format!(
                    "no limit is called {name:?}"
                )));
            }
        };
    }
    Ok(limits)
}

fn time(value: &Bound<'_, PyAny>) -> PyResult<Option<Duration>> {
    let seconds: Option<f64> = value.extract()?;
    let duration = seconds.map(Duration::try_from_secs_f64).transpose();
    duration.map_err(|error| PyValueError::new_err(error.to_string()))
}

/// What came of an extraction.
pub(crate) fn answer(
    py: Python<'_>,
    result: anyarchive::Result<anyarchive::Report>,
    raised: &Raised,
    demanding: bool,
) -> PyResult<Report> {
    let raised = match raised.lock() {
        Ok(mut place) => place.take(),
        Err(poisoned) => poisoned.into_inner().take(),
    };
    if let Some(raised) = raised {
        return Err(raised);
    }
    let found = result.map_err(|error| errors::to_python(py, &error))?;
    let items = found
        .items()
        .iter()
        .map(|item| Py::new(py, Item::new(item)));
    let report = Report {
        entries: found.entries(),
        bytes: found.bytes(),
        refused: found.refused_count(),
        failed: found.failed_count(),
        skipped: found.skipped_count(),
        warned: found.warning_count(),
        items: items.collect::<PyResult<_>>()?,
    };
    if !demanding || report.refused + report.failed == 0 {
        return Ok(report);
    }
    let class = py.import("anyarchive._errors")?.getattr("ExtractError")?;
    Err(PyErr::from_value(class.call1((report,))?))
}
