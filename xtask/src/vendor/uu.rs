//! Decodes uuencoded text, the form in which upstream keeps its reference archives.

use anyhow::{Result, bail, ensure};

/// Decodes the first `begin` (or `begin-base64`) section of `text`.
///
/// Text before the section is commentary. The name in the `begin` line is
/// ignored: upstream's files often carry another one than their own.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>> {
    let mut lines = text
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let base64 = loop {
        match lines.next() {
            Some(line) if line.starts_with(b"begin ") => break false,
            Some(line) if line.starts_with(b"begin-base64 ") => break true,
            Some(_) => {}
            None => bail!("no `begin` line"),
        }
    };
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for line in lines {
        let end: &[u8] = if base64 { b"====" } else { b"end" };
        if line == end {
            return Ok(bytes);
        }
        if base64 {
            decode_base64_line(line, &mut bytes)?;
        } else {
            decode_line(line, &mut bytes)?;
        }
    }
    bail!("the end is missing: the file was cut")
}

/// One line: a length character, then groups of four characters for three bytes.
fn decode_line(line: &[u8], bytes: &mut Vec<u8>) -> Result<()> {
    let Some((&length, groups)) = line.split_first() else {
        return Ok(());
    };
    let length = usize::from(value(length)?);
    ensure!(
        groups.len() == length.div_ceil(3) * 4,
        "a line is not as long as it says"
    );
    let end = bytes.len() + length;
    for group in groups.chunks(4) {
        let mut bits = 0;
        for &character in group {
            bits = bits << 6 | u32::from(value(character)?);
        }
        bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    bytes.truncate(end);
    Ok(())
}

fn value(character: u8) -> Result<u8> {
    ensure!(
        (b' '..=b'`').contains(&character),
        "byte {character:#04x} is not uuencoded text"
    );
    Ok((character - b' ') & 0x3f)
}

fn decode_base64_line(line: &[u8], bytes: &mut Vec<u8>) -> Result<()> {
    for group in line.chunks(4) {
        ensure!(
            group.len() == 4,
            "a base64 line does not consist of groups of four"
        );
        let padding = group.iter().rev().take_while(|&&c| c == b'=').count();
        ensure!(padding <= 2, "too much base64 padding");
        let mut bits = 0;
        for &character in group {
            bits = bits << 6 | u32::from(base64_value(character)?);
        }
        bytes.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Ok(())
}

fn base64_value(character: u8) -> Result<u8> {
    Ok(match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        b'=' => 0,
        _ => bail!("byte {character:#04x} is not base64"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_example() {
        let text = b"begin 644 cat.txt\n#0V%T\n`\nend\n";
        assert_eq!(decode(text).unwrap(), b"Cat");
    }

    #[test]
    fn commentary_carriage_returns_and_spaces_for_zero() {
        let text = b"made by hand\r\nbegin 644 x\r\n&80      \r\n \r\nend\r\nmore\r\n";
        assert_eq!(decode(text).unwrap(), [0x61, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn every_length_survives_a_round_trip() {
        fn encode(bytes: &[u8]) -> Vec<u8> {
            let mut text = b"begin 644 x\n".to_vec();
            let character = |six: u32| if six == 0 { b'`' } else { six as u8 + b' ' };
            for line in bytes.chunks(45) {
                text.push(character(line.len() as u32));
                for group in line.chunks(3) {
                    let byte = |i: usize| u32::from(*group.get(i).unwrap_or(&0));
                    let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
                    text.extend([18, 12, 6, 0].map(|shift| character(bits >> shift & 0x3f)));
                }
                text.push(b'\n');
            }
            text.extend(b"`\nend\n");
            text
        }
        let bytes: Vec<u8> = (0..=255).cycle().take(400).collect();
        for length in 0..bytes.len() {
            assert_eq!(decode(&encode(&bytes[..length])).unwrap(), &bytes[..length]);
        }
    }

    #[test]
    fn base64_sections() {
        let text = b"begin-base64 644 x\nSGVsbG8=\nIQ==\nYWJj\n====\n";
        assert_eq!(decode(text).unwrap(), b"Hello!abc");
    }

    #[test]
    fn damage_is_an_error() {
        assert!(decode(b"").is_err());
        assert!(decode(b"nothing here\n").is_err());
        assert!(decode(b"begin 644 x\n#0V%T\n").is_err(), "cut");
        assert!(
            decode(b"begin 644 x\n#0\x01%T\n`\nend\n").is_err(),
            "control byte"
        );
        assert!(
            decode(b"begin 644 x\nM0V%T\n`\nend\n").is_err(),
            "short line"
        );
        assert!(decode(b"begin-base64 644 x\nSGV\n====\n").is_err());
        assert!(decode(b"begin-base64 644 x\nS*Vs\n====\n").is_err());
    }
}
