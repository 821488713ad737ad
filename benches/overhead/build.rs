//! Compiles the loop in C against the header of the library that archive-sys links.

fn main() {
    println!("cargo::rerun-if-changed=src/loop.c");
    let include = std::env::var_os("DEP_ARCHIVE_INCLUDE").expect("archive-sys tells its include");
    let mut build = cc::Build::new();
    build
        .file("src/loop.c")
        .include(include)
        .opt_level(3)
        .warnings(true);
    if let Ok(defines) = std::env::var("DEP_ARCHIVE_DEFINES") {
        for define in defines.split(',').filter(|define| !define.is_empty()) {
            build.define(define, None);
        }
    }
    build.compile("loop");
}
