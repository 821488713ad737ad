//! `vendor/lock.toml`: which releases exist and what identifies them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

/// The whole lock, best release first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lock {
    #[serde(rename = "release")]
    pub(crate) releases: Vec<Release>,
}

/// One release of libarchive.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Release {
    pub(crate) version: String,
    /// Identity of the release: digest of everything that is compiled.
    pub(crate) tree_digest: String,
    /// The same digest over `contrib/android/include/*.h`.
    pub(crate) android_digest: String,
    /// The same digest over the files for cmake.
    pub(crate) cmake_digest: String,
    /// The same digest over `libarchive/test/*.uu`.
    pub(crate) tests_digest: String,
    /// How many reference archives the release has.
    pub(crate) tests: usize,
    /// sha256 of the release's `.tar.xz`, when one was seen with its signature.
    pub(crate) tarball_sha256: Option<String>,
    /// Fingerprint of the key that signed that tarball.
    pub(crate) signer: Option<String>,
    #[serde(rename = "origin")]
    pub(crate) origins: Vec<OriginSpec>,
}

/// One place a release can be had from.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum OriginSpec {
    Upstream {
        url: String,
    },
    Debian {
        suite: String,
    },
    CratesIo {
        package: String,
        version: String,
        sha256: String,
        /// Where in the package the source tree is.
        directory: String,
    },
}

impl Lock {
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| {
            format!(
                "cannot read {}: it belongs to the checkout, restore it with git",
                path.display()
            )
        })?;
        Self::parse(&text).with_context(|| format!("{} is not usable", path.display()))
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let lock: Self = toml::from_str(text)?;
        ensure!(!lock.releases.is_empty(), "it lists no release");
        for release in &lock.releases {
            release
                .check()
                .with_context(|| format!("release {}", release.version))?;
        }
        Ok(lock)
    }

    pub(crate) fn find(&self, version: &str) -> Result<&Release> {
        self.releases
            .iter()
            .find(|release| release.version == version)
            .with_context(|| {
                let known: Vec<&str> = self.releases.iter().map(|r| r.version.as_str()).collect();
                format!(
                    "release {version} is not in vendor/lock.toml, which has {}",
                    known.join(", ")
                )
            })
    }
}

impl Release {
    fn check(&self) -> Result<()> {
        // The version becomes a directory name, so nothing but digits and dots.
        let plain = self.version.chars().all(|c| c.is_ascii_digit() || c == '.');
        ensure!(
            plain && !self.version.contains(".."),
            "the version is not digits and dots"
        );
        let mut digests = vec![
            &self.tree_digest,
            &self.android_digest,
            &self.cmake_digest,
            &self.tests_digest,
        ];
        digests.extend(&self.tarball_sha256);
        for origin in &self.origins {
            if let OriginSpec::CratesIo { sha256, .. } = origin {
                digests.push(sha256);
            }
        }
        for digest in digests {
            let hex = digest
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            ensure!(
                hex && digest.len() == 64,
                "{digest:?} is not a sha256 in lower-case hex"
            );
        }
        if let Some(signer) = &self.signer {
            let hex = signer.bytes().all(|b| b.is_ascii_hexdigit());
            ensure!(
                hex && signer.len() == 40,
                "{signer:?} is not a key fingerprint"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Repo;

    #[test]
    fn the_committed_lock_is_usable_and_lists_the_supported_releases() {
        let lock = Lock::load(&Repo::current().lock_file()).unwrap();
        let versions: Vec<&str> = lock.releases.iter().map(|r| r.version.as_str()).collect();
        assert_eq!(versions, ["3.8.9", "3.8.1", "3.7.4", "3.6.2"]);
        assert_eq!(lock.find("3.8.9").unwrap().tests, 448);
        assert!(
            lock.releases
                .iter()
                .all(|release| !release.origins.is_empty())
        );
    }

    #[test]
    fn a_release_that_is_not_listed_names_those_that_are() {
        let lock = Lock::load(&Repo::current().lock_file()).unwrap();
        let message = lock.find("9.9.9").unwrap_err().to_string();
        assert!(
            message.contains("9.9.9") && message.contains("3.7.4"),
            "{message}"
        );
    }

    fn lock_with(field: &str, value: &str) -> Result<Lock> {
        let digest = "0".repeat(64);
        let mut fields = vec![
            ("version", "\"1.2.3\"".to_owned()),
            ("tree_digest", format!("\"{digest}\"")),
            ("android_digest", format!("\"{digest}\"")),
            ("cmake_digest", format!("\"{digest}\"")),
            ("tests_digest", format!("\"{digest}\"")),
            ("tests", "0".to_owned()),
            ("origin", "[]".to_owned()),
        ];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value.to_owned()));
        let lines: Vec<String> = fields
            .iter()
            .map(|(name, v)| format!("{name} = {v}"))
            .collect();
        Lock::parse(&format!("[[release]]\n{}\n", lines.join("\n")))
    }

    #[test]
    fn bad_values_are_refused() {
        assert!(lock_with("tests", "3").is_ok());
        assert!(lock_with("version", "\"../x\"").is_err());
        assert!(lock_with("version", "\"..\"").is_err());
        assert!(lock_with("tree_digest", "\"abc\"").is_err());
        assert!(lock_with("tree_digest", &format!("\"{}\"", "G".repeat(64))).is_err());
        assert!(lock_with("signer", "\"nobody\"").is_err());
        assert!(lock_with("colour", "\"red\"").is_err());
        assert!(lock_with("origin", "[{ kind = \"floppy\" }]").is_err());
        assert!(Lock::parse("release = []").is_err());
    }
}
