//! Compiles C code against the headers of the library that archive-sys links.

fn main() {
    let get = |key: &str| std::env::var(format!("DEP_ARCHIVE_{key}")).expect(key);
    let mut build = cc::Build::new();
    build.include(get("INCLUDE"));
    for define in get("DEFINES")
        .split(',')
        .filter(|define| !define.is_empty())
    {
        let (name, value) = match define.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (define, None),
        };
        build.define(name, value);
    }
    build.file("c/with_c.c").compile("with_c");
    println!("cargo::rerun-if-changed=c");
}
