//! What compiled programs rely on, as a list that is committed.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::repo::Repo;

/// The committed list.
const BASELINE: &str = "anyarchive-capi/abi.txt";
const HEADER: &str = "anyarchive-capi/include/anyarchive.h";

/// Writes the list; with `check`, compares instead.
///
/// What is gone or changed is refused unless `ANYARCHIVE_ABI` changed with it; what is new only has to
/// be in the list.
pub(super) fn run(repo: &Repo, check: bool) -> Result<()> {
    let header = fs::read_to_string(repo.root().join(HEADER)).context(HEADER)?;
    let now = lines(&header);
    let path = repo.root().join(BASELINE);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let before: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let gone: Vec<&str> = before.difference(&now).map(String::as_str).collect();
    let same_version = gone.iter().all(|line| !line.starts_with("ANYARCHIVE_ABI "));
    ensure!(
        gone.is_empty() || !same_version,
        "programs that were compiled before do not work any more, and ANYARCHIVE_ABI is the same; \
         gone or changed:\n  {}",
        gone.join("\n  ")
    );
    if check {
        let new: Vec<&str> = now.difference(&before).map(String::as_str).collect();
        ensure!(
            new.is_empty() && gone.is_empty(),
            "{BASELINE} is not of this header: run `cargo xtask capi abi`; new:\n  {}",
            new.join("\n  ")
        );
    } else {
        let text: String = now.iter().map(|line| format!("{line}\n")).collect();
        fs::write(&path, text).context(BASELINE)?;
        println!("wrote {BASELINE}: {} lines", now.len());
    }
    Ok(())
}

/// Names of the functions that a header declares.
pub(crate) fn declared(header: &str) -> BTreeSet<String> {
    let functions = lines(header).into_iter();
    functions
        .filter_map(|line| line.strip_prefix("fn ").map(str::to_owned))
        .filter_map(|line| {
            Some(
                line.split_once('(')?
                    .0
                    .rsplit([' ', '*'])
                    .next()?
                    .to_owned(),
            )
        })
        .collect()
}

/// One line for each function, field, enumerator, type of callback and number.
fn lines(header: &str) -> BTreeSet<String> {
    let text = without_comments(header);
    let mut all = BTreeSet::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [
            "#define",
            name @ ("ANYARCHIVE_ABI" | "ANYARCHIVE_UNLIMITED"),
            value,
        ] = words[..]
        {
            all.insert(format!("{name} {value}"));
        }
    }
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#') && !line.contains("extern \"C\""))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut rest = code.as_str();
    while let Some(end) = rest.find([';', '{']) {
        let head = squeeze(&rest[..end]);
        let is_block = rest[end..].starts_with('{');
        rest = &rest[end + 1..];
        if !is_block {
            if let Some(function) = head.strip_prefix("ANYARCHIVE_API ") {
                all.insert(format!("fn {}", squeeze(function)));
            } else if head.starts_with("typedef") && head.contains("(*") {
                all.insert(head);
            }
            continue;
        }
        let Some(close) = rest.find('}') else { break };
        let body = &rest[..close];
        rest = &rest[close + 1..];
        let mut words = head.split_whitespace().rev();
        let is_enum = head.contains("enum ");
        let name = if is_enum {
            head.split("enum ")
                .last()
                .and_then(|it| it.split_whitespace().next())
        } else {
            words.next()
        };
        let name = name.unwrap_or_default();
        let parts = body.split(if is_enum { ',' } else { ';' });
        let parts = parts.map(squeeze).filter(|part| !part.is_empty());
        for (number, part) in parts.enumerate() {
            all.insert(if is_enum {
                format!("enum {name}: {part}")
            } else {
                format!("struct {name}, {number}: {part}")
            });
        }
    }
    all
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start..].split_once("*/").map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    let lines = out
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// One blank between words.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "
        #define ANYARCHIVE_ABI 3
        /** Not this; nor { that }. */
        typedef int32_t (*anyarchive_f)(void *user,
                                        size_t n) ANYARCHIVE_NOEXCEPT;
        enum anyarchive_kind
        #if defined(__cplusplus)
          : int32_t
        #endif // defined(__cplusplus)
         {
            /** One. */
            ANYARCHIVE_KIND_A = 1,
            ANYARCHIVE_KIND_B = 2,
        };
        typedef struct anyarchive_s {
            size_t struct_size;
            void *user;
        } anyarchive_s;
        ANYARCHIVE_API
        const char *anyarchive_g(const struct anyarchive_s *s,
                                 size_t n);
    ";

    #[test]
    fn all_that_programs_rely_on_is_a_line() {
        let expected = [
            "ANYARCHIVE_ABI 3",
            "enum anyarchive_kind: ANYARCHIVE_KIND_A = 1",
            "enum anyarchive_kind: ANYARCHIVE_KIND_B = 2",
            "fn const char *anyarchive_g(const struct anyarchive_s *s, size_t n)",
            "struct anyarchive_s, 0: size_t struct_size",
            "struct anyarchive_s, 1: void *user",
            "typedef int32_t (*anyarchive_f)(void *user, size_t n) ANYARCHIVE_NOEXCEPT",
        ];
        assert_eq!(lines(HEADER).into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(declared(HEADER), ["anyarchive_g".to_owned()].into());
    }
}
