//! Rules about whole files: how long, how large, whose.

use super::{File, Finding};

const MAX_LINES: usize = 600;
const MAX_BYTES: usize = 400 * 1000;

/// How other people's licences begin; our own sources carry none, the
/// licences are in the root of the repository.
const LICENCE_MARKS: [&str; 6] = [
    "copyright (c)",
    "copyright ©",
    "all rights reserved",
    "redistribution and use in source and binary forms",
    "permission is hereby granted",
    "gnu general public license",
];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |line, rule| {
        findings.push(Finding {
            path: file.path.clone(),
            line,
            rule,
        })
    };
    let size = file.bytes.len();
    if size > MAX_BYTES {
        found(
            None,
            format!("{size} bytes; no file of the repository has more than {MAX_BYTES}"),
        );
    }
    let Some(text) = file.text() else {
        return findings;
    };
    let lines = text.lines().count();
    // Cargo writes its lock, and its length is not ours to choose.
    let written_by_hand = !file.is_generated() && !file.path.ends_with("Cargo.lock");
    if lines > MAX_LINES && written_by_hand {
        found(
            None,
            format!("{lines} lines; split it, no file has more than {MAX_LINES}"),
        );
    }
    if is_c(&file.path) {
        for (index, line) in text.lines().enumerate() {
            let line = line.to_lowercase();
            if let Some(mark) = LICENCE_MARKS.iter().find(|mark| line.contains(**mark)) {
                let rule = format!("\"{mark}\": C source of others does not belong into git");
                found(Some(index + 1), rule);
                break;
            }
        }
    }
    findings
}

fn is_c(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "S" | "asm"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<String> {
        let file = File {
            path: path.to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        check(&file).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn long_files_are_found_unless_generated() {
        assert_eq!(rules("a.rs", &"x\n".repeat(600)), Vec::<String>::new());
        assert_eq!(rules("a.rs", &"x\n".repeat(601)).len(), 1);
        assert_eq!(
            rules("a.rs", &format!("// @generated\n{}", "x\n".repeat(900))).len(),
            0
        );
        assert_eq!(rules("Cargo.lock", &"x\n".repeat(5000)).len(), 0);
    }

    #[test]
    fn large_files_are_found_even_when_generated() {
        assert_eq!(rules("a.bin", &"\0".repeat(400_000)).len(), 0);
        assert_eq!(rules("a.bin", &"\0".repeat(400_001)).len(), 1);
        assert_eq!(
            rules("a.rs", &format!("// @generated\n{}", "x".repeat(400_000))).len(),
            1
        );
    }

    #[test]
    fn c_source_of_others_is_found() {
        let found = rules(
            "archive-sys/x.c",
            "/*-\n * Copyright (c) 2003 Somebody\n */\n",
        );
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("archive-sys/x.c:2: "), "{found:?}");
        assert_eq!(rules("config.h", "/* our own answers */\n").len(), 0);
        assert_eq!(
            rules("LICENSE-MIT", "Permission is hereby granted, free\n").len(),
            0
        );
    }
}
