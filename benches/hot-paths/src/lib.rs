//! Inputs of the benches, made in memory.

use std::io;

/// A tar of this many files with this many bytes each.
pub fn tar_of(files: u64, len: u64) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let data: Vec<u8> = (0..len).map(|index| ((index * index) >> 7) as u8).collect();
    let mut header = tar::Header::new_ustar();
    header.set_size(len);
    header.set_mode(0o644);
    header.set_mtime(1_600_000_000);
    for index in 0..files {
        let name = format!("directory-{:03}/file-{index:06}.txt", index / 100);
        let added: io::Result<()> = builder.append_data(&mut header, name, &data[..]);
        added.expect("memory takes everything");
    }
    builder.into_inner().expect("memory takes everything")
}
