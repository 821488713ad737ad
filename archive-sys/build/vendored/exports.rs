//! The public functions, which are all that a shared library exports.
//!
//! libarchive's internals have the prefix `archive_` too, so no wildcard tells them apart; the
//! bindings do.

/// The one public function without a binding, because it is variadic.
const VARIADIC: &str = "archive_set_error";

/// Names of the functions in the text of `bindings.rs` whose release cfg is among `cfgs`.
pub(crate) fn public(bindings: &str, cfgs: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = bindings
        .lines()
        .filter_map(|line| {
            let (since, function) = line.trim().strip_prefix('[')?.split_once("] fn ")?;
            let (name, _) = function.split_once('(')?;
            (since == "all()" || cfgs.contains(&since)).then(|| name.to_owned())
        })
        .chain([VARIADIC.to_owned()])
        .collect();
    names.sort();
    names
}

/// A version script for the linker with these names as the only global ones.
pub(crate) fn version_script(names: &[String]) -> String {
    format!(
        "{{\n  global:\n    {};\n  local:\n    *;\n}};\n",
        names.join(";\n    ")
    )
}
