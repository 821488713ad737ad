//! What the harness of Rust's tests prints, counted.

use std::collections::BTreeSet;

/// How a test says that it has nothing to test here.
const NOT_TESTED: &str = "not tested";

/// What the test runner printed.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) ignored: u32,
    /// Names of the tests that failed.
    pub(crate) failures: BTreeSet<String>,
    /// What tests said that had nothing to test here.
    pub(crate) not_tested: BTreeSet<String>,
}

impl Counts {
    pub(crate) fn read(text: &str) -> Self {
        let mut counts = Self::default();
        // Above what a test printed: `---- name stdout ----`.
        let mut test = "";
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("test result: ") {
                counts.add(rest);
            } else if let Some(name) = line
                .strip_prefix("test ")
                .and_then(|rest| rest.strip_suffix(" ... FAILED"))
            {
                counts.failures.insert(name.to_owned());
            } else if let Some(name) = line
                .strip_prefix("---- ")
                .and_then(|rest| rest.strip_suffix(" stdout ----"))
            {
                test = name;
            } else if line.starts_with(NOT_TESTED) {
                counts.not_tested.insert(format!("{test}: {line}"));
            }
        }
        counts
    }

    /// `ok. 12 passed; 0 failed; 1 ignored; 0 measured; ...`
    fn add(&mut self, result: &str) {
        let result = result.split_once(". ").map_or("", |(_, numbers)| numbers);
        for part in result.split("; ") {
            let Some((number, what)) = part.split_once(' ') else {
                continue;
            };
            let number = number.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_runner_prints_is_counted() {
        let counts = Counts::read(
            "running 3 tests
test a ... ok
test b ... FAILED
test c ... ignored

successes:

---- a stdout ----
not tested: needs libarchive 3.8.0

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s
test result: ok. 20 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s
",
        );
        assert_eq!(
            counts,
            Counts {
                passed: 21,
                failed: 1,
                ignored: 1,
                failures: BTreeSet::from(["b".to_owned()]),
                not_tested: BTreeSet::from(["a: not tested: needs libarchive 3.8.0".to_owned()]),
            }
        );
    }
}
