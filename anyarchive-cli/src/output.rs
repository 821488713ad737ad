//! Standard output, and text that is safe to show on a terminal.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, BufWriter, IsTerminal, Stdout, Write},
};

use crate::exit::Failure;

/// Standard output. Names are neutralised when it is a terminal, and go through as they are when
/// it is a pipe or a file.
pub(crate) struct Output {
    writer: BufWriter<Stdout>,
    terminal: bool,
}

impl Output {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        Self {
            writer: BufWriter::with_capacity(64 * 1024, stdout),
            terminal,
        }
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.writer.write_all(bytes).map_err(failed)
    }

    /// Writes text of our own, without foreign names.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    /// Writes a name from an archive.
    pub(crate) fn name(&mut self, name: &[u8]) -> Result<(), Failure> {
        let shown = self.shown(name);
        self.bytes(&shown)
    }

    /// A name from an archive as it is to be written here.
    pub(crate) fn shown<'a>(&self, name: &'a [u8]) -> Cow<'a, [u8]> {
        if self.terminal {
            visible_name(name).into_bytes().into()
        } else {
            name.into()
        }
    }

    /// Ends a line; on a terminal it appears at once.
    pub(crate) fn end_line(&mut self) -> Result<(), Failure> {
        self.bytes(b"\n")?;
        if self.terminal { self.finish() } else { Ok(()) }
    }

    /// Hands everything over to the system: before this, nothing counts as written.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(failed)
    }
}

fn failed(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::PipeClosed,
        io::ErrorKind::StorageFull => Failure::Other(
            "standard output: the disk is full; what was written so far is incomplete".into(),
        ),
        _ => Failure::Other(format!(
            "standard output: cannot write: {}; what was written so far is incomplete",
            io_text(&error)
        )),
    }
}

/// The text of an I/O error without the number that Rust adds.
pub(crate) fn io_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// A name in which every character shows as itself or as an escape: `\n`, `\x1b` for control
/// bytes, `\xff` for what is not UTF-8, `\u{202e}` for invisible characters, `\\` for `\`.
pub(crate) fn visible_name(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '\\' {
                out.push_str("\\\\");
            } else {
                push_visible(&mut out, c);
            }
        }
        for byte in chunk.invalid() {
            push_hex(&mut out, *byte);
        }
    }
    out
}

/// Text with control and invisible characters escaped, backslashes left alone.
pub(crate) fn visible_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_visible(&mut out, c));
    out
}

fn push_visible(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0'..='\x1f' | '\x7f' => push_hex(out, c as u8),
        c if is_deceptive(c) => {
            let _ = write!(out, "\\u{{{:x}}}", c as u32); // a String takes everything
        }
        c => out.push(c),
    }
}

fn push_hex(out: &mut String, byte: u8) {
    let _ = write!(out, "\\x{byte:02x}"); // a String takes everything
}

/// Whether a character outside ASCII controls a terminal, turns the direction of text, or shows as
/// nothing, so that a name can look like another one. The joiners U+200C and U+200D are not among
/// them: scripts and emoji need them.
pub(crate) fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}' // C1 controls
        | '\u{ad}' // soft hyphen
        | '\u{61c}' | '\u{200e}' | '\u{200f}' // direction marks
        | '\u{180e}' | '\u{200b}' | '\u{feff}' // spaces without width
        | '\u{2028}'..='\u{202e}' // line and paragraph ends, embeddings, overrides
        | '\u{2060}'..='\u{206f}' // invisible operators, isolates, old format characters
        | '\u{fff9}'..='\u{fffb}' // interlinear annotation
        | '\u{e0000}'..='\u{e007f}' // tags
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_untouched() {
        for name in [
            "a/b.txt",
            "sp ace",
            "grün",
            "日本語",
            "👩\u{200d}🚀",
            "ی\u{200c}ها",
        ] {
            assert_eq!(visible_name(name.as_bytes()), name);
        }
    }

    #[test]
    fn controls_show_as_escapes() {
        assert_eq!(visible_name(b"\x1b[2Jx"), r"\x1b[2Jx");
        assert_eq!(visible_name(b"a\nb\r\tc"), r"a\nb\r\tc");
        assert_eq!(visible_name(b"\0\x07\x7f"), r"\x00\x07\x7f");
        assert_eq!(visible_name("\u{9b}31m".as_bytes()), r"\u{9b}31m");
    }

    #[test]
    fn deceptive_characters_show_as_escapes() {
        assert_eq!(
            visible_name("exe.\u{202e}gpj".as_bytes()),
            r"exe.\u{202e}gpj"
        );
        assert_eq!(
            visible_name("a\u{2066}b\u{feff}".as_bytes()),
            r"a\u{2066}b\u{feff}"
        );
        assert_eq!(visible_name("\u{e0041}".as_bytes()), r"\u{e0041}");
    }

    #[test]
    fn bytes_that_are_not_utf8_show_and_cannot_be_forged() {
        assert_eq!(visible_name(b"f\xfcr\xff"), r"f\xfcr\xff");
        assert_eq!(visible_name(br"f\xfcr"), r"f\\xfcr");
    }

    #[test]
    fn nothing_dangerous_is_left_of_any_character() {
        for c in '\0'..=char::MAX {
            let shown = visible_text(c.encode_utf8(&mut [0; 4]));
            assert!(
                !shown.chars().any(|c| c.is_control() || is_deceptive(c)),
                "{c:?} shows as {shown:?}"
            );
        }
    }

    #[test]
    fn io_errors_lose_their_number() {
        let error = io::Error::from_raw_os_error(2);
        assert!(!io_text(&error).contains("os error"), "{error}");
        assert_eq!(io_text(&io::Error::other("whatever")), "whatever");
    }
}
