//! Rules about `unsafe`: where it may be, and that each use gives its reason.

use std::str::FromStr as _;

use anyhow::{Result, anyhow};
use proc_macro2::{TokenStream, TokenTree};

use super::{File, Finding};

/// Where the safe crate meets C; here every use must give its reason.
const FFI: &str = "anyarchive/src/ffi/";

/// Directories below which `unsafe` may be used.
fn is_allowed(path: &str) -> bool {
    path.starts_with("archive-sys/")
        || path.starts_with("anyarchive-capi/")
        || path.starts_with(FFI)
        // These call C on purpose, to compare with it.
        || path.split('/').any(|part| matches!(part, "tests" | "examples" | "fuzz"))
}

pub(super) fn check(file: &File) -> Result<Vec<Finding>> {
    if !file.path.ends_with(".rs") {
        return Ok(Vec::new());
    }
    let text = file
        .text()
        .ok_or_else(|| anyhow!("{} is not UTF-8 text", file.path))?;
    let tokens = TokenStream::from_str(text)
        .map_err(|error| anyhow!("{} is not Rust source: {error}", file.path))?;
    let mut uses = Vec::new();
    collect(tokens, &mut uses);
    let lines: Vec<&str> = text.lines().collect();
    let finding = |line, rule: &str| Finding {
        path: file.path.clone(),
        line: Some(line),
        rule: rule.to_owned(),
    };
    if !is_allowed(&file.path) {
        let rule = "unsafe outside archive-sys and anyarchive/src/ffi";
        return Ok(uses
            .iter()
            .map(|unsafe_use| finding(unsafe_use.line, rule))
            .collect());
    }
    if !file.path.starts_with(FFI) {
        return Ok(Vec::new());
    }
    let rule = "no `// SAFETY:` comment directly above";
    let unexplained = uses
        .iter()
        .filter(|unsafe_use| unsafe_use.needs_reason && !is_explained(&lines, unsafe_use.line));
    Ok(unexplained
        .map(|unsafe_use| finding(unsafe_use.line, rule))
        .collect())
}

/// The word `unsafe` in code, not in a comment or a text.
struct Use {
    /// Counted from one.
    line: usize,
    /// A block or an `impl`; a declaration gives its terms in its documentation.
    needs_reason: bool,
}

fn collect(tokens: TokenStream, uses: &mut Vec<Use>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => collect(group.stream(), uses),
            TokenTree::Ident(word) if word == "unsafe" => {
                let needs_reason = match tokens.peek() {
                    Some(TokenTree::Group(_)) => true,
                    Some(TokenTree::Ident(next)) => next == "impl",
                    _ => false,
                };
                uses.push(Use {
                    line: word.span().start().line,
                    needs_reason,
                });
            }
            _ => {}
        }
    }
}

/// Whether a `// SAFETY:` comment ends directly above the statement that
/// `line` (counted from one) belongs to.
fn is_explained(lines: &[&str], line: usize) -> bool {
    let above = |index: usize| {
        index
            .checked_sub(1)
            .and_then(|i| Some((i, lines.get(i)?.trim())))
    };
    let mut index = line - 1;
    // rustfmt may have put the beginning of the statement on a line of its own.
    while let Some((i, text)) = above(index) {
        let continues =
            text.starts_with("#[") || text.ends_with(['=', '(', '|', '&']) || text.ends_with("=>");
        if text.starts_with("//") || !continues {
            break;
        }
        index = i;
    }
    while let Some((i, text)) = above(index) {
        let Some(comment) = text.strip_prefix("//") else {
            return false;
        };
        if comment.trim_start().starts_with("SAFETY:") {
            return true;
        }
        index = i;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_found(path: &str, text: &str) -> Vec<usize> {
        let file = File {
            path: path.to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        check(&file)
            .unwrap()
            .into_iter()
            .map(|finding| finding.line.unwrap())
            .collect()
    }

    const NONE: [usize; 0] = [];
    const BLOCK: &str = "fn f() {\n    unsafe { g() }\n}\n";

    #[test]
    fn unsafe_is_confined() {
        assert_eq!(lines_found("anyarchive/src/reader/mod.rs", BLOCK), [2]);
        assert_eq!(lines_found("anyarchive-cli/src/main.rs", BLOCK), [2]);
        assert_eq!(lines_found("archive-sys/src/lib.rs", BLOCK), NONE);
        assert_eq!(lines_found("tests/raw.rs", BLOCK), NONE);
        assert_eq!(lines_found("anyarchive/tests/raw.rs", BLOCK), NONE);
        assert_eq!(
            lines_found(
                "anyarchive/src/a.rs",
                "macro_rules! m { () => { unsafe {} } }"
            ),
            [1]
        );
        assert_eq!(
            lines_found("anyarchive/src/a.rs", "#[unsafe(no_mangle)] fn f() {}"),
            [1]
        );
    }

    #[test]
    fn the_word_in_text_and_comments_is_not_code() {
        let text =
            "//! unsafe\n#![deny(unsafe_code)]\n/* unsafe */ const A: &str = \"unsafe {\";\n";
        assert_eq!(lines_found("anyarchive/src/lib.rs", text), NONE);
    }

    #[test]
    fn each_block_in_ffi_gives_its_reason_directly_above() {
        let ffi = |text: &str| lines_found("anyarchive/src/ffi/read.rs", text);
        assert_eq!(ffi(BLOCK), [2]);
        assert_eq!(ffi("// SAFETY: I1.\nunsafe impl Send for X {}\n"), NONE);
        assert_eq!(ffi("unsafe impl Send for X {}\n"), [1]);
        assert_eq!(
            ffi("fn f() {\n  // SAFETY: I1,\n  // and I2.\n  let x = unsafe { g() };\n}\n"),
            NONE
        );
        assert_eq!(
            ffi("fn f() {\n  // SAFETY: I1.\n  let x =\n    unsafe { g() };\n}\n"),
            NONE
        );
        assert_eq!(
            ffi("fn f() {\n  // SAFETY: I1.\n  h();\n  let x = unsafe { g() };\n}\n"),
            [4]
        );
        assert_eq!(ffi("fn f() {\n  // because\n  unsafe { g() };\n}\n"), [3]);
        assert_eq!(
            ffi("fn f() {\n  // SAFETY: I1.\n\n  unsafe { g() };\n}\n"),
            [4]
        );
        assert_eq!(
            ffi("/// # Safety\n/// Terms.\nunsafe fn f() {}\nunsafe extern \"C\" fn g() {}\n"),
            NONE
        );
    }
}
