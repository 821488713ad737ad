//! Turns the bindings of `archive-sys` into tables that a test can compare with C headers.

mod bindings;
mod c;

use std::{env, fmt::Write as _, fs, path::Path};

use bindings::{Bindings, Constant};

fn main() {
    let manifest = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let file = Path::new(&manifest).join("../archive-sys/src/bindings.rs");
    println!("cargo::rerun-if-changed={}", file.display());
    println!("cargo::rerun-if-changed=build");
    let text = fs::read_to_string(&file).expect("the bindings are in the repository");
    let bindings = Bindings::parse(&text).unwrap_or_else(|error| panic!("bindings.rs: {error}"));

    let in_force = env::var("DEP_ARCHIVE_CFGS").unwrap_or_default();
    let in_force: Vec<&str> = in_force.split(',').collect();
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(
        Path::new(&out).join("tables.rs"),
        tables(&bindings, &in_force),
    )
    .expect("OUT_DIR is writable");

    println!(
        "cargo::rustc-env=SYSTEST_INCLUDE={}",
        env::var("DEP_ARCHIVE_INCLUDE").unwrap_or_default()
    );
    for name in ["HOST", "TARGET"] {
        let value = env::var(name).expect("cargo sets it");
        println!("cargo::rustc-env=SYSTEST_{name}={value}");
    }
}

/// Rust source of the tables.
fn tables(bindings: &Bindings, in_force: &[&str]) -> String {
    let mut text = String::from("/// All functions of the bindings.\n");
    text.push_str("pub const FUNCTIONS: &[Function] = &[\n");
    for function in &bindings.functions {
        let _ = writeln!(
            text,
            "    Function {{ name: {:?}, since: {:?}, c_type: {:?} }},",
            function.name, function.since, function.c_type
        );
    }
    text.push_str("];\n\n/// All callback types of the bindings.\n");
    text.push_str("pub const CALLBACKS: &[Callback] = &[\n");
    for (name, c_type) in &bindings.callbacks {
        let _ = writeln!(
            text,
            "    Callback {{ name: {name:?}, c_type: {c_type:?} }},"
        );
    }
    text.push_str("];\n\n/// All constants, with the values that Rust code sees.\n");
    text.push_str("pub const CONSTANTS: &[Constant] = &[\n");
    for Constant { name, is_text } in &bindings.constants {
        let value = if *is_text {
            format!("Value::Text(archive_sys::{name})")
        } else {
            format!("Value::Number(archive_sys::{name} as i64)")
        };
        let _ = writeln!(text, "    Constant {{ name: {name:?}, value: {value} }},");
    }
    text.push_str("];\n\n/// The address of every function that the linked release has.\n");
    text.push_str("pub fn addresses() -> Vec<(&'static str, *const ())> {\n    vec![\n");
    for function in &bindings.functions {
        let linked = function
            .since
            .as_deref()
            .is_none_or(|since| in_force.contains(&since));
        if linked {
            let name = &function.name;
            let _ = writeln!(
                text,
                "        ({name:?}, archive_sys::{name} as *const ()),"
            );
        }
    }
    text.push_str("    ]\n}\n");
    text
}
