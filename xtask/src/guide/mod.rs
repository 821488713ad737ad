//! `cargo xtask guide`: the book in `docs/guide`, with pieces of the repository's own files in it.

mod snippet;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::cmd;
use crate::repo::Repo;

/// Build the guide in docs/guide with mdbook, or only check it.
///
/// A line `{{#snippet PATH | FIRST | LAST}}` of a chapter stands for lines of a file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only check: every snippet is in the file that it names, and every link leads somewhere.
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// What mdbook calls: takes the book as JSON, and gives it back with the snippets in it.
    #[command(hide = true)]
    Preprocess {
        /// `supports RENDERER`: whether it works for that.
        question: Vec<String>,
    },
}

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    if let Some(Task::Preprocess { question }) = &args.task {
        return match question.as_slice() {
            [] => preprocess(repo),
            _ => Ok(()), // snippets are plain Markdown, which every renderer knows
        };
    }
    check(repo)?;
    if args.check {
        return Ok(());
    }
    ensure!(
        cmd::find_program("mdbook").is_some(),
        "there is no mdbook: cargo install mdbook"
    );
    let mut mdbook = Command::new("mdbook");
    cmd::run(mdbook.arg("build").arg(directory(repo)))?;
    println!("open {}", directory(repo).join("book/index.html").display());
    Ok(())
}

fn directory(repo: &Repo) -> PathBuf {
    repo.root().join("docs/guide")
}

/// Fails unless every chapter can be built and every link leads somewhere.
pub(crate) fn check(repo: &Repo) -> Result<()> {
    let source = directory(repo).join("src");
    let summary = read(&source.join("SUMMARY.md"))?;
    let chapters: BTreeSet<String> = links(&summary).map(str::to_owned).collect();
    let mut snippets = 0;
    let mut problems = Vec::new();
    for chapter in &chapters {
        let text = read(&source.join(chapter))?;
        for problem in broken_links(&source, &text) {
            problems.push(format!("{chapter}: {problem} is not there"));
        }
        match snippet::expand(repo.root(), &text) {
            Ok((_, 0)) => problems.push(format!("{chapter}: no snippet")),
            Ok((_, count)) => snippets += count,
            Err(error) => problems.push(format!("{chapter}: {error:#}")),
        }
    }
    for item in fs::read_dir(&source).with_context(|| source.display().to_string())? {
        let name = item?.file_name().to_string_lossy().into_owned();
        if name != "SUMMARY.md" && !chapters.contains(&name) {
            problems.push(format!("{name} is not in SUMMARY.md"));
        }
    }
    if !problems.is_empty() {
        bail!("docs/guide/src:\n  {}", problems.join("\n  "));
    }
    println!(
        "{} chapters of the guide with {snippets} snippets, all of them where they are said to be",
        chapters.len()
    );
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// Where links in Markdown lead to, within the repository and without what is behind `#`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link.split_once('#').map_or(link, |(path, _)| path))
        .filter(|link| !link.is_empty() && !link.contains("://"))
}

fn broken_links<'a>(source: &'a Path, text: &'a str) -> impl Iterator<Item = &'a str> {
    links(text).filter(|link| !source.join(link).exists())
}

/// The protocol of mdbook: `[context, book]` comes in, the book goes out.
fn preprocess(repo: &Repo) -> Result<()> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let (_, mut book): (Value, Value) =
        serde_json::from_str(&input).context("mdbook did not send a book")?;
    expand_all(repo.root(), &mut book)?;
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, &book)?;
    output.flush()?;
    Ok(())
}

/// Chapters are at different places in different versions of mdbook; their text never is.
fn expand_all(root: &Path, value: &mut Value) -> Result<()> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(|item| expand_all(root, item)),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == "content" => {
                        *text = snippet::expand(root, text)?.0;
                    }
                    field => expand_all(root, field)?,
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_those_within_the_repository() {
        let text = "[a](a.md) [b](../b.rs#L3), [c](https://example.org) [d](#here)";
        assert_eq!(links(text).collect::<Vec<_>>(), ["a.md", "../b.rs"]);
    }

    #[test]
    fn text_is_found_wherever_a_chapter_is() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.rs"), "fn a() {}\n").unwrap();
        let chapter = "{{#snippet a.rs | fn a}}\n";
        for list in ["sections", "items"] {
            let mut book = serde_json::json!({
                list: [{"Chapter": {"content": "x", "sub_items": [{"Chapter": {"content": chapter}}]}}]
            });
            expand_all(directory.path(), &mut book).unwrap();
            let text = book.to_string();
            assert!(text.contains("fn a() {}") && !text.contains("{{"), "{text}");
        }
    }
}
