//! Any bytes as one compressed stream.

#![no_main]

use std::io::{BufRead as _, Read as _};

use anyarchive::Decoder;
use libfuzzer_sys::fuzz_target;

const MAX_DATA: u64 = 8 << 20;

fuzz_target!(|input: &[u8]| {
    let Ok(mut decoder) = Decoder::from_bytes(input) else {
        return;
    };
    let mut left = MAX_DATA;
    loop {
        match decoder.fill_buf() {
            Ok(data) if !data.is_empty() && left > 0 => {
                let count = data.len();
                decoder.consume(count);
                left = left.saturating_sub(count as u64);
            }
            _ => break,
        }
    }
    let _ = (decoder.filters(), decoder.read(&mut [0; 16]));
});
