//! The checksum of ZIP, gzip, 7z, RAR and xz.

/// What a byte makes of the sum, with up to 7 zeros behind it.
const TABLES: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut index = 0;
    while index < 8 * 256 {
        let (zeros, byte) = (index / 256, index % 256);
        let mut sum = match zeros {
            0 => byte as u32,
            _ => tables[zeros - 1][byte],
        };
        let mut bit = 0;
        while bit < 8 {
            sum = (sum >> 1) ^ (0xedb8_8320 * (sum & 1));
            bit += 1;
        }
        tables[zeros][byte] = sum;
        index += 1;
    }
    tables
};

pub(super) fn crc32(bytes: &[u8]) -> u32 {
    crc32_on(0, bytes)
}

/// Goes on with the checksum of what is before.
pub(super) fn crc32_on(before: u32, bytes: &[u8]) -> u32 {
    let (eights, rest) = bytes.as_chunks::<8>();
    let sum = eights.iter().fold(!before, |sum, eight| {
        let mixed = (u64::from_le_bytes(*eight) ^ u64::from(sum)).to_le_bytes();
        let tables = TABLES.iter().rev();
        tables
            .zip(mixed)
            .fold(0, |sum, (table, byte)| sum ^ table[usize::from(byte)])
    });
    !rest.iter().fold(sum, |sum, byte| {
        (sum >> 8) ^ TABLES[0][usize::from(sum as u8 ^ byte)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standard() {
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32_on(crc32(b"1234"), b"56789"), 0xcbf4_3926);
        let bytes: Vec<u8> = (0..100_u8).map(|byte| byte.wrapping_mul(91)).collect();
        for (start, end) in (0..9).flat_map(|start| (60..70).map(move |end| (start, end))) {
            let by_byte = bytes[start..end].iter();
            let by_byte = by_byte.fold(0, |sum, byte| crc32_on(sum, &[*byte]));
            assert_eq!(crc32(&bytes[start..end]), by_byte);
        }
    }
}
