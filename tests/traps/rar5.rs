//! A RAR 5 archive of one empty file, written by hand: its reader is the one that keeps names as UTF-8
//! alone when they cannot be converted.

pub(crate) fn archive(name: &[u8]) -> Vec<u8> {
    let mut archive = b"Rar!\x1a\x07\x01\x00".to_vec();
    archive.extend(block(&[1, 0, 0]));
    // Type, flags "with data", size of the data, flags of the file, its size, attributes, method,
    // system "Unix", length of the name.
    let mut file = vec![2, 2, 0, 0, 0, 0x24, 0, 1, name.len() as u8];
    file.extend(name);
    archive.extend(block(&file));
    archive.extend(block(&[5, 0, 0]));
    archive
}

fn block(header: &[u8]) -> Vec<u8> {
    let mut sized = vec![header.len() as u8];
    sized.extend(header);
    let mut block = crc32(&sized).to_le_bytes().to_vec();
    block.extend(sized);
    block
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc: u32, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    })
}
