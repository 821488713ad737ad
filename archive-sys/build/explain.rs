//! The page that a person reads when there is nothing to link.

/// Ends the build with the problem and the ways out of it.
pub(crate) fn fail(problem: &str) -> ! {
    eprintln!(
        "
archive-sys: {problem}

Ways out, each enough by itself:

  * Build the source that comes with the crate. Needs a C compiler and nothing else:
      cargo add anyarchive              (its feature `vendored` is on by default), or
      ARCHIVE_SYS_VENDORED=1 cargo build
    In a clone of the repository, fetch and verify that source once:
      cargo xtask vendor
  * Build a source tree of your own (3.6.2 or newer):
      ARCHIVE_SYS_SOURCE_DIR=/path/to/libarchive-3.8.9 cargo build
  * Install the system's library and its pkg-config file, then ARCHIVE_SYS_SYSTEM=1 cargo build:
      Debian, Ubuntu     apt-get install libarchive-dev pkg-config
      Fedora, RHEL       dnf install libarchive-devel pkgconf-pkg-config
      Alpine             apk add libarchive-dev pkgconf
      Arch               pacman -S libarchive pkgconf
      macOS, Homebrew    brew install libarchive pkgconf
                         export PKG_CONFIG_PATH=\"$(brew --prefix libarchive)/lib/pkgconfig\"
      Windows, MSVC      vcpkg install libarchive:x64-windows-static-md
                         and VCPKG_ROOT, unless `vcpkg integrate install` was run
  * Name the directories of a library that is elsewhere:
      ARCHIVE_SYS_LIB_DIR=/opt/lib ARCHIVE_SYS_INCLUDE_DIR=/opt/include cargo build
    A static one needs other libraries: ARCHIVE_SYS_STATIC=1 ARCHIVE_SYS_LIBS=z,lzma,zstd
"
    );
    std::process::exit(1);
}
