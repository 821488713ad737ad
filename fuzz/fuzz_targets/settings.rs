//! Any text as options and any bytes as a password.

#![no_main]

use anyarchive::{Format, Password, Reader, Writer};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    format: u8,
    module: &'a str,
    key: &'a str,
    value: &'a str,
    text: &'a str,
    password: &'a [u8],
    archive: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let formats: Vec<_> = Format::all().collect();
    let format = formats[usize::from(input.format) % formats.len()];
    let mut builder = Reader::builder().format(format).options(input.text);
    if !input.key.is_empty() {
        builder = builder.option(input.module, input.key, input.value);
    }
    if let Ok(password) = Password::new(input.password) {
        builder = builder.password(password);
    }
    if let Ok(mut reader) = builder.from_bytes(input.archive) {
        for _ in 0..20 {
            match reader.next_entry() {
                Ok(Some(mut entry)) => {
                    let _ = entry.next_block();
                }
                Ok(None) => break,
                Err(_) => {}
            }
        }
    }
    let writer = Writer::builder(format).options(input.text);
    if let Ok(mut writer) = writer.to_vec() {
        let _ = writer.append_bytes("a", input.archive);
        let _ = writer.finish();
    }
});
