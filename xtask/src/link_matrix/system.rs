//! A library as a system has it: the machine's own, or another release, built by upstream's cmake
//! with the system's codecs and put aside with its pkg-config file.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::cmd;
use crate::repo::Repo;

/// Where pkg-config finds it.
pub(super) struct System {
    /// `None` for the machine's own.
    prefix: Option<PathBuf>,
}

impl System {
    /// The machine's own library, if it is of this release or none is asked for; else one of the
    /// release, built below `dir`.
    pub(super) fn of(repo: &Repo, release: Option<&str>, dir: &Path) -> Result<Self> {
        let own = Self { prefix: None };
        let found = own.variable("--modversion");
        let Some(release) = release else {
            found.context("the system's library: apt-get install libarchive-dev pkg-config")?;
            return Ok(own);
        };
        if found.is_ok_and(|found| found == release) {
            return Ok(own);
        }
        let prefix = dir.join(release);
        if !prefix.join("lib/pkgconfig/libarchive.pc").is_file() {
            install(&repo.source_dir(release), &prefix)?;
        }
        Ok(Self {
            prefix: Some(prefix),
        })
    }

    /// What pkg-config has to be told.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        let prefix = self.prefix.iter();
        prefix
            .map(|prefix| {
                let dir = prefix.join("lib/pkgconfig");
                ("PKG_CONFIG_PATH".to_owned(), dir.display().to_string())
            })
            .collect()
    }

    pub(super) fn lib_dir(&self) -> Result<PathBuf> {
        self.variable("--variable=libdir").map(PathBuf::from)
    }

    pub(super) fn include_dir(&self) -> Result<PathBuf> {
        self.variable("--variable=includedir").map(PathBuf::from)
    }

    /// The shared library, if it is not the one that the loader finds by itself.
    pub(super) fn file(&self) -> Option<PathBuf> {
        let prefix = self.prefix.as_ref()?;
        Some(prefix.join("lib/libarchive.so"))
    }

    fn variable(&self, question: &str) -> Result<String> {
        let mut pkg_config = Command::new("pkg-config");
        pkg_config
            .args([question, "libarchive"])
            .envs(self.settings());
        let output = cmd::capture(&mut pkg_config)?;
        ensure!(
            output.status.success(),
            "{}: {}",
            cmd::text(&pkg_config),
            cmd::last_words(&output)
        );
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

/// Builds both libraries and puts them into `prefix`, where a package would.
fn install(source: &Path, prefix: &Path) -> Result<()> {
    let build = prefix.join("build");
    fs::create_dir_all(&build)?;
    let mut prefix_option = OsString::from("-DCMAKE_INSTALL_PREFIX=");
    prefix_option.push(prefix);
    let mut cmake = Command::new("cmake");
    cmake
        .arg("-S")
        .arg(source)
        .arg("-B")
        .arg(&build)
        .arg(prefix_option)
        .args([
            "-DCMAKE_INSTALL_LIBDIR=lib",
            "-DCMAKE_POLICY_VERSION_MINIMUM=3.5",
            "-DCMAKE_BUILD_TYPE=Debug",
            "-DCMAKE_C_FLAGS=-O1",
            "-DENABLE_WERROR=OFF",
            "-DENABLE_INSTALL=OFF",
            "-DPOSIX_REGEX_LIB=NONE",
        ])
        .args(["CAT", "CPIO", "TAR", "TEST", "UNZIP"].map(|tool| format!("-DENABLE_{tool}=OFF")));
    quietly(&mut cmake)?;
    let mut cmake = Command::new("cmake");
    cmake.arg("--build").arg(&build).args([
        "--parallel",
        "2",
        "--target",
        "archive",
        "archive_static",
    ]);
    quietly(&mut cmake)?;

    for dir in ["lib/pkgconfig", "include"] {
        fs::create_dir_all(prefix.join(dir))?;
    }
    let copy = |from: PathBuf, to: &str| -> Result<()> {
        let name = from.file_name().context("a file has a name")?;
        fs::copy(&from, prefix.join(to).join(name)).with_context(|| from.display().to_string())?;
        Ok(())
    };
    for name in ["archive.h", "archive_entry.h"] {
        copy(source.join("libarchive").join(name), "include")?;
    }
    for item in fs::read_dir(build.join("libarchive"))? {
        let item = item?;
        if item
            .file_name()
            .to_string_lossy()
            .starts_with("libarchive.")
        {
            copy(item.path(), "lib")?;
        }
    }
    // Last, because it says that all is there.
    copy(build.join("build/pkgconfig/libarchive.pc"), "lib/pkgconfig")
}

fn quietly(command: &mut Command) -> Result<()> {
    let output = cmd::capture(command)?;
    if !output.status.success() {
        bail!(
            "{} failed: {}\n{}",
            cmd::text(command),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
