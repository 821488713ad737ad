//! A function that not every supported release has is asked for before it is called: the call would
//! end the process.

use std::collections::BTreeMap;

use super::{File, Finding};

/// Functions of later releases and the cfg of the first that has each, from the text of the
/// bindings.
pub(super) fn later(bindings: &str) -> BTreeMap<&str, &str> {
    let lines = bindings.lines().filter_map(|line| {
        let (since, function) = line.trim().strip_prefix('[')?.split_once("] fn ")?;
        let (name, _) = function.split_once('(')?;
        since.starts_with("archive_since_").then_some((name, since))
    });
    lines.collect()
}

/// Uses of such functions in a file that never asks whether they are there.
pub(super) fn check(file: &File, later: &BTreeMap<&str, &str>) -> Vec<Finding> {
    let is_ours = file.path.starts_with("anyarchive") && file.path.ends_with(".rs");
    let Some(text) = file.text().filter(|_| is_ours) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for name in words(code, "sys::") {
            let Some(since) = later.get(name) else {
                continue;
            };
            if !words(text, "available::").any(|asked| asked == name) {
                findings.push(Finding {
                    path: file.path.clone(),
                    line: Some(index + 1),
                    rule: format!(
                        "{name} is not in every release ({since}): ask \
                         `sys::available::{name}()` before, in the same file"
                    ),
                });
            }
        }
    }
    findings
}

/// The names behind each `prefix`.
fn words<'t>(text: &'t str, prefix: &str) -> impl Iterator<Item = &'t str> {
    text.split(prefix).skip(1).map(|rest| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        &rest[..end]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINDINGS: &str = "functions! {
    [all()] fn archive_free(arg1: *mut archive) -> c_int;
    [archive_since_3_8_0] fn archive_nettle_version() -> *const c_char;
}";

    fn rules(text: &str) -> Vec<String> {
        let file = File {
            path: "anyarchive/src/ffi/version.rs".into(),
            bytes: text.into(),
        };
        let findings = check(&file, &later(BINDINGS));
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_call_without_a_question_is_found() {
        assert_eq!(
            rules(
                "// sys::archive_nettle_version\nlet v = unsafe { sys::archive_nettle_version() };"
            ),
            [
                "anyarchive/src/ffi/version.rs:2: archive_nettle_version is not in every release \
                 (archive_since_3_8_0): ask `sys::available::archive_nettle_version()` before, in \
                 the same file"
            ]
        );
    }

    #[test]
    fn a_question_is_enough_and_old_functions_need_none() {
        let asked = "if sys::available::archive_nettle_version() {
            unsafe { sys::archive_nettle_version() };
        }
        unsafe { sys::archive_free(a) };";
        assert!(rules(asked).is_empty(), "{:?}", rules(asked));
    }
}
