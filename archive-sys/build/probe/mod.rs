//! Looking for a library that is there.

mod explicit;
mod header;
pub(crate) mod object;
mod pkg_config;
mod private;
#[cfg(all(windows, target_env = "msvc"))]
mod vcpkg;

use std::path::PathBuf;

pub(crate) use header::version_of;

use crate::plan::{Kind, Library, Probe};

/// The machine that builds.
pub(crate) struct Host;

impl Probe for Host {
    fn pkg_config(&mut self, link_static: bool) -> Result<Library, String> {
        pkg_config::find(link_static)
    }

    #[cfg(all(windows, target_env = "msvc"))]
    fn vcpkg(&mut self, kind: Option<Kind>) -> Result<Library, String> {
        vcpkg::find(kind)
    }

    #[cfg(not(all(windows, target_env = "msvc")))]
    fn vcpkg(&mut self, _: Option<Kind>) -> Result<Library, String> {
        Err("only a build on Windows asks it".into())
    }

    fn explicit(
        &mut self,
        lib_dir: PathBuf,
        include_dir: Option<PathBuf>,
        kind: Option<Kind>,
        libs: Vec<String>,
    ) -> Result<Library, String> {
        explicit::find(lib_dir, include_dir, kind, libs)
    }
}
