//! A shared library that is in no directory of the loader is found by the path that the linker
//! writes into the program; only the program's own build script can ask for that.

fn main() {
    let kind = std::env::var("DEP_ARCHIVE_KIND").unwrap_or_default();
    let dir = std::env::var("DEP_ARCHIVE_LIBDIR").unwrap_or_default();
    if kind == "dylib" && !dir.is_empty() {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{dir}");
    }
    println!("cargo::metadata=libdir={dir}");
    println!("cargo::rustc-env=MATRIX_LIBDIR={dir}");
}
