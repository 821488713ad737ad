//! Lines of a file in a chapter, named by their text: numbers would be wrong after the next change.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

const OPEN: &str = "{{#snippet ";
const CLOSE: &str = "}}";

/// A chapter with its snippets in it, and how many there are.
pub(super) fn expand(root: &Path, chapter: &str) -> Result<(String, usize)> {
    let mut text = String::with_capacity(chapter.len());
    let mut count = 0;
    for line in chapter.lines() {
        match line.strip_prefix(OPEN) {
            Some(rest) => {
                let inner = rest.strip_suffix(CLOSE);
                let inner = inner.with_context(|| format!("`{line}` does not end with {CLOSE}"))?;
                text += &Snippet::parse(inner)?.find(root)?;
                count += 1;
            }
            None => text += line,
        }
        text.push('\n');
    }
    Ok((text, count))
}

/// `PATH | FIRST | LAST`: from the only line that has FIRST to the next that begins with LAST; a bracket
/// closes what is indented as FIRST is. Without LAST it is one line.
#[derive(Debug)]
struct Snippet<'a> {
    path: &'a str,
    first: &'a str,
    last: Option<&'a str>,
}

impl<'a> Snippet<'a> {
    fn parse(text: &'a str) -> Result<Self> {
        let parts: Vec<&str> = text.split(" | ").map(str::trim).collect();
        let (path, first, last) = match parts.as_slice() {
            [path, first] => (*path, *first, None),
            [path, first, last] => (*path, *first, Some(*last)),
            _ => bail!("`{text}` is not PATH | FIRST or PATH | FIRST | LAST"),
        };
        Ok(Self { path, first, last })
    }

    /// The lines in a block of code, under a link to where they are.
    fn find(&self, root: &Path) -> Result<String> {
        let path = self.path;
        let file = fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
        let lines: Vec<&str> = file.lines().collect();
        let mut begins = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.contains(self.first))
            .map(|(index, _)| index);
        let begin = begins
            .next()
            .with_context(|| format!("{path} has no line with `{}`", self.first))?;
        ensure!(
            begins.next().is_none(),
            "{path} has several lines with `{}`",
            self.first
        );
        let indent = indent(lines[begin]);
        let end = match self.last {
            None => begin,
            Some(last) => (begin + 1..lines.len())
                .find(|&index| {
                    let line = lines[index];
                    let closes = last.starts_with(['}', ']', ')', '>']);
                    line.trim_start().starts_with(last) && (!closes || self::indent(line) == indent)
                })
                .with_context(|| format!("{path} has no `{last}` behind `{}`", self.first))?,
        };
        let language = match Path::new(path).extension().and_then(|name| name.to_str()) {
            Some("rs") => "rust",
            Some("h") => "c",
            Some("hpp") => "cpp",
            Some("py") => "python",
            Some("rb") => "ruby",
            Some("mjs") => "js",
            Some(name) => name,
            None => "text",
        };
        let mut text = format!("[`{path}`](../../../{path}):\n\n```{language}\n");
        for line in &lines[begin..=end] {
            text += line.get(indent.min(self::indent(line))..).unwrap_or(line);
            text.push('\n');
        }
        text += "```";
        Ok(text)
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "mod a {\n    fn first() {\n        if x {\n        }\n    }\n\n    fn second() {}\n}\n";

    fn expand_in_file(chapter: &str) -> Result<(String, usize)> {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.rs"), FILE).unwrap();
        expand(directory.path(), chapter)
    }

    #[test]
    fn lines_are_taken_as_they_are_and_moved_to_the_left() {
        let (text, count) =
            expand_in_file("before\n{{#snippet a.rs | fn first | }}}\nafter").unwrap();
        let code = "fn first() {\n    if x {\n    }\n}\n";
        assert_eq!(
            text,
            format!("before\n[`a.rs`](../../../a.rs):\n\n```rust\n{code}```\nafter\n")
        );
        assert_eq!(count, 1);
        let (text, _) = expand_in_file("{{#snippet a.rs | fn second}}").unwrap();
        assert!(text.contains("```rust\nfn second() {}\n```"), "{text}");
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        for (chapter, problem) in [
            ("{{#snippet b.rs | fn first}}", "b.rs"),
            ("{{#snippet a.rs | fn third}}", "no line with `fn third`"),
            ("{{#snippet a.rs | fn}}", "several lines with `fn`"),
            ("{{#snippet a.rs | fn first | end}}", "no `end` behind"),
            ("{{#snippet a.rs}}", "is not PATH | FIRST"),
            ("{{#snippet a.rs | fn first", "does not end with"),
        ] {
            let error = format!("{:#}", expand_in_file(chapter).unwrap_err());
            assert!(error.contains(problem), "{chapter}: {error}");
        }
    }
}
