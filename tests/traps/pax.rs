//! A pax archive of one entry, written by hand: with records that no writer would write.

/// The archive of an empty file with these records of its extended header.
pub(crate) fn archive(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in records {
        // The length counts its own digits.
        let rest = key.len() + value.len() + 3;
        let mut len = rest + 1;
        while len.to_string().len() + rest != len {
            len += 1;
        }
        body.extend(format!("{len} {key}=").into_bytes());
        body.extend(*value);
        body.push(b'\n');
    }
    let mut archive = header(b'x', "header", body.len());
    body.resize(body.len().next_multiple_of(512), 0);
    archive.extend(body);
    archive.extend(header(b'0', "name", 0));
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn header(kind: u8, name: &str, size: usize) -> Vec<u8> {
    let mut header = vec![0; 512];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}
