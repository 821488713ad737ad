//! The feature `bindgen`: bindings from the very headers in use.

use std::fs;

use crate::{config::Config, emit::Linked, generate};

/// Writes `bindings.rs` into the output directory, where there are headers.
pub(crate) fn write(config: &Config, linked: &mut Linked) -> Result<(), String> {
    let Some(headers) = &linked.include else {
        let note = "no headers to generate bindings from, so those of the package are used";
        linked.notes.push(note);
        return Ok(());
    };
    let committed = config.manifest_dir.join("src/bindings.rs");
    let committed = fs::read_to_string(&committed)
        .map_err(|error| format!("{}: {error}", committed.display()))?;
    let text = generate::bindings(headers, &linked.version, &committed)?;
    let file = config.out_dir.join("bindings.rs");
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    linked
        .notes
        .push("bindings generated from the headers in use");
    linked.cfgs.push("archive_bindgen");
    linked
        .inputs
        .extend(["archive.h", "archive_entry.h"].map(|name| headers.join(name)));
    let variables = [
        "LIBCLANG_PATH",
        "LLVM_CONFIG_PATH",
        "BINDGEN_EXTRA_CLANG_ARGS",
    ];
    linked.variables.extend(variables.map(str::to_owned));
    Ok(())
}
