//! The native half of the Python package `anyarchive`.
//!
//! Each class has its state behind a lock that is only tried: what uses an object while a call on it
//! runs, be it another thread or a callback of that call, gets an exception and never waits.

mod entry;
mod errors;
mod extract;
mod files;
mod reader;
mod writer;

use pyo3::prelude::*;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<entry::Entry>()?;
    module.add_class::<reader::Reader>()?;
    module.add_class::<writer::Writer>()?;
    module.add_class::<extract::CancelToken>()?;
    module.add_class::<extract::Item>()?;
    module.add_class::<extract::Progress>()?;
    module.add_class::<extract::Report>()?;
    module.add_function(wrap_pyfunction!(libarchive_version, module)?)?;
    module.add_function(wrap_pyfunction!(linkage_json, module)?)?;
    module.add_function(wrap_pyfunction!(capabilities, module)?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}

#[pyfunction]
fn libarchive_version() -> String {
    anyarchive::version_string()
}

#[pyfunction]
fn linkage_json() -> String {
    anyarchive::linkage().to_json()
}

/// Names of the formats and filters that can be read and written here.
#[pyfunction]
fn capabilities(py: Python<'_>) -> PyResult<Bound<'_, pyo3::types::PyDict>> {
    let found = anyarchive::capabilities().map_err(|error| errors::to_python(py, &error))?;
    let names = pyo3::types::PyDict::new(py);
    let read_formats: Vec<_> = found.read_formats.iter().map(|it| it.name()).collect();
    names.set_item("read_formats", read_formats)?;
    let read_filters: Vec<_> = found.read_filters.iter().map(|it| it.name()).collect();
    names.set_item("read_filters", read_filters)?;
    let write_formats: Vec<_> = found.write_formats.iter().map(|it| it.name()).collect();
    names.set_item("write_formats", write_formats)?;
    let write_filters: Vec<_> = found.write_filters.iter().map(|it| it.name()).collect();
    names.set_item("write_filters", write_filters)?;
    Ok(names)
}
