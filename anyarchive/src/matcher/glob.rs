//! Path patterns with the meaning that libarchive gives them, matched in bounded time.
//!
//! C's matcher tries every way to split a path over the stars. Here it is enough to know, for each
//! star, the first place of the path where it can begin: what follows a star may begin anywhere
//! behind that. So the work is at most the length of the pattern times that of the path.

use crate::error::{Error, ErrorKind, Result};

/// The longest pattern, in bytes.
pub(super) const MAX_PATTERN: usize = 4096;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    /// As given, but for one slash at the end.
    text: Vec<u8>,
    /// What stands between the stars.
    runs: Vec<Vec<Token>>,
    /// Whether the last run is followed by a star, which takes all the rest.
    open: bool,
    start: Start,
    needs_slash: bool,
}

/// Where in a path a pattern may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// At its beginning.
    Path,
    /// At its beginning, whatever the number of slashes there.
    PastSlashes,
    /// At the beginning of each component.
    Component,
    /// Nowhere but in the empty path.
    Nowhere,
}

#[derive(Clone, Debug)]
enum Token {
    Byte(u8),
    /// `?`
    Any,
    /// Any number of slashes and single dots between them, or the end of the path.
    Slash,
    /// `[...]`, one bit per byte.
    OneOf([u64; 4]),
    /// `$` as the last of a pattern: the end of a path if it may end early, else the character.
    End,
}

/// Which ends of a path a pattern has to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The end, so that the pattern fits the whole path.
    End,
    /// None: what lies below a path that fits belongs to it.
    None,
}

/// How far a run of tokens came.
enum Reach {
    No,
    /// To its end, here in the path.
    Star(usize),
    Matched,
}

impl Glob {
    /// A pattern for inclusion: it begins where the path begins.
    pub(super) fn inclusion(pattern: &[u8]) -> Result<Self> {
        Self::new(pattern, true)
    }

    /// A pattern for exclusion: it may begin at each component, unless it begins with `^`.
    pub(super) fn exclusion(pattern: &[u8]) -> Result<Self> {
        Self::new(pattern, false)
    }

    fn new(pattern: &[u8], mut anchored: bool) -> Result<Self> {
        let invalid = |why: &'static str| Err(Error::new(ErrorKind::InvalidInput, why));
        match pattern {
            [] => return invalid("a pattern is empty"),
            _ if pattern.len() > MAX_PATTERN => {
                return invalid("a pattern is longer than 4096 bytes");
            }
            _ if pattern.contains(&0) => return invalid("a pattern has a NUL character"),
            _ => {}
        }
        // "dir/" means the same as "dir".
        let text = pattern.strip_suffix(b"/").unwrap_or(pattern);
        let mut rest = text;
        if !anchored && let Some(inner) = rest.strip_prefix(b"^") {
            rest = inner;
            anchored = true;
        }
        let needs_slash = rest.starts_with(b"/");
        let start = match rest.first() {
            _ if text.is_empty() => Start::Nowhere,
            Some(b'*' | b'/') => {
                while let Some(inner) = rest.strip_prefix(b"/") {
                    rest = inner;
                }
                Start::PastSlashes
            }
            _ if anchored => Start::Path,
            _ => Start::Component,
        };
        let (runs, open) = compile(rest);
        Ok(Self {
            text: text.to_vec(),
            runs,
            open,
            start,
            needs_slash,
        })
    }

    /// The pattern as given, but for one slash at the end.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether `$` keeps it from what lies below a path that fits.
    #[cfg(unix)]
    pub(super) fn ends_path(&self) -> bool {
        let last = self.runs.last().and_then(|run| run.last());
        matches!(last, Some(Token::End))
    }

    pub(super) fn matches(&self, path: &Path<'_>, anchor: Anchor) -> bool {
        let bytes = path.bytes;
        if self.needs_slash && !bytes.starts_with(b"/") {
            return false;
        }
        let first = match self.start {
            Start::Nowhere => return bytes.is_empty(),
            Start::Path => self.reach(0, path, anchor, std::iter::once(0)),
            Start::PastSlashes => {
                let slashes = bytes.iter().take_while(|&&byte| byte == b'/').count();
                self.reach(0, path, anchor, std::iter::once(slashes))
            }
            Start::Component => {
                let begin = (!bytes.starts_with(b"/")).then_some(0);
                let components = (0..bytes.len()).filter(|&at| bytes[at] == b'/');
                let starts = begin.into_iter().chain(components.map(|at| at + 1));
                self.reach(0, path, anchor, starts)
            }
        };
        let mut reach = first;
        for run in 1..=self.runs.len() {
            reach = match reach {
                Reach::No => return false,
                Reach::Matched => return true,
                Reach::Star(from) => self.reach(run, path, anchor, from..bytes.len()),
            };
        }
        false
    }

    /// Tries a run at several places, in ascending order, for the first place where it can end.
    fn reach(
        &self,
        run: usize,
        path: &Path<'_>,
        anchor: Anchor,
        starts: impl Iterator<Item = usize>,
    ) -> Reach {
        let mut first: Option<usize> = None;
        for start in starts {
            // No run ends before the place where it starts.
            if first.is_some_and(|first| start > first) {
                break;
            }
            match self.try_run(run, path, anchor, start) {
                Reach::Matched => return Reach::Matched,
                Reach::Star(end) => first = Some(first.map_or(end, |first| first.min(end))),
                Reach::No => {}
            }
        }
        first.map_or(Reach::No, Reach::Star)
    }

    fn try_run(&self, run: usize, path: &Path<'_>, anchor: Anchor, start: usize) -> Reach {
        let mut at = start;
        if path.at(at) == b'.' && path.at(at + 1) == b'/' {
            at = path.past_slashes(at + 1);
        }
        let tokens = &self.runs[run];
        for (index, token) in tokens.iter().enumerate() {
            let here = path.at(at);
            let fits = match token {
                Token::Byte(byte) => here == *byte,
                Token::Any => here != 0,
                Token::OneOf(set) => here != 0 && contains(set, here),
                Token::End if anchor == Anchor::None => {
                    return match path.past_slashes(at) == path.bytes.len() {
                        true => Reach::Matched,
                        false => Reach::No,
                    };
                }
                Token::End => here == b'$',
                Token::Slash if here == b'/' || here == 0 => {
                    at = path.past_slashes(at);
                    let is_last = index + 1 == tokens.len() && run + 1 == self.runs.len();
                    if is_last && !self.open && anchor == Anchor::None {
                        return Reach::Matched;
                    }
                    continue;
                }
                Token::Slash => false,
            };
            if !fits {
                return Reach::No;
            }
            at += 1;
        }
        if run + 1 < self.runs.len() {
            return Reach::Star(at);
        }
        if self.open {
            return Reach::Matched;
        }
        if path.at(at) == b'/' {
            if anchor == Anchor::None {
                return Reach::Matched;
            }
            at = path.past_slashes(at);
        }
        match at == path.bytes.len() {
            true => Reach::Matched,
            false => Reach::No,
        }
    }
}

/// A path, prepared for many patterns.
pub(super) struct Path<'a> {
    bytes: &'a [u8],
    /// For each place what [`past_slashes`] answers; empty when all runs of slashes are short.
    past: Vec<usize>,
}

impl<'a> Path<'a> {
    /// `bytes` up to the first NUL, which ends a path in C.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let len = bytes.iter().position(|&byte| byte == 0);
        let bytes = &bytes[..len.unwrap_or(bytes.len())];
        let is_long = bytes
            .windows(2)
            .any(|pair| pair == b"//" || pair == b"./" || pair == b"/.");
        let mut past = Vec::new();
        if is_long {
            past = vec![bytes.len(); bytes.len() + 1];
            for at in (0..bytes.len()).rev() {
                past[at] = match is_slash(bytes, at) {
                    true => past[at + 1],
                    false => at,
                };
            }
        }
        Self { bytes, past }
    }

    /// The byte at a place, 0 behind the end.
    fn at(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn past_slashes(&self, at: usize) -> usize {
        match self.past.get(at) {
            Some(&past) => past,
            None => past_slashes(self.bytes, at),
        }
    }
}

/// Whether here stands a slash, or a dot that is a whole component.
fn is_slash(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        Some(b'/') => true,
        Some(b'.') => matches!(text.get(at + 1), None | Some(b'/')),
        _ => false,
    }
}

fn past_slashes(text: &[u8], mut at: usize) -> usize {
    while is_slash(text, at) {
        at += 1;
    }
    at
}

/// The runs between stars, and whether a star is the last of all.
fn compile(text: &[u8]) -> (Vec<Vec<Token>>, bool) {
    let mut runs = Vec::new();
    let mut at = 0;
    loop {
        if text[at..].starts_with(b"./") {
            at = past_slashes(text, at + 1);
        }
        let mut run = Vec::new();
        while at < text.len() && text[at] != b'*' {
            run.push(token(text, &mut at));
        }
        runs.push(run);
        if at == text.len() {
            return (runs, false);
        }
        while text.get(at) == Some(&b'*') {
            at += 1;
        }
        if at == text.len() {
            return (runs, true);
        }
    }
}

fn token(text: &[u8], at: &mut usize) -> Token {
    let byte = text[*at];
    *at += 1;
    match byte {
        b'?' => Token::Any,
        b'/' => {
            *at = past_slashes(text, *at);
            Token::Slash
        }
        b'$' if *at == text.len() => Token::End,
        b'[' => match class_end(text, *at) {
            Some(end) => {
                let class = &text[*at..end];
                *at = end + 1;
                Token::OneOf(set_of(class))
            }
            None => Token::Byte(byte),
        },
        b'\\' => match text.get(*at) {
            Some(&escaped) => {
                *at += 1;
                Token::Byte(escaped)
            }
            None => Token::Byte(byte),
        },
        _ => Token::Byte(byte),
    }
}

/// The place of the `]` that closes a class which begins here.
fn class_end(text: &[u8], mut at: usize) -> Option<usize> {
    while at < text.len() && text[at] != b']' {
        if text[at] == b'\\' && at + 1 < text.len() {
            at += 1;
        }
        at += 1;
    }
    (at < text.len()).then_some(at)
}

fn contains(set: &[u64; 4], byte: u8) -> bool {
    set[usize::from(byte / 64)] >> (byte % 64) & 1 != 0
}

/// The bytes that a class between `[` and `]` stands for.
fn set_of(class: &[u8]) -> [u64; 4] {
    let mut set = [0; 4];
    let mut add = |from: u8, to: u8| {
        for byte in from..=to {
            set[usize::from(byte / 64)] |= 1_u64 << (byte % 64);
        }
    };
    let (negated, class) = match class {
        [b'!' | b'^', class @ ..] => (true, class),
        _ => (false, class),
    };
    // What a range can begin with: the character before.
    let mut range_start = None;
    let mut at = 0;
    while at < class.len() {
        let mut byte = class[at];
        match (byte, range_start) {
            (b'-', Some(start)) if at + 1 < class.len() => {
                at += 1;
                if class[at] == b'\\' && at + 1 < class.len() {
                    at += 1;
                }
                add(start, class[at]);
                range_start = None;
            }
            (b'-', _) => {
                add(byte, byte);
                range_start = None;
            }
            _ => {
                if byte == b'\\' && at + 1 < class.len() {
                    at += 1;
                    byte = class[at];
                }
                add(byte, byte);
                range_start = Some(byte);
            }
        }
        at += 1;
    }
    match negated {
        true => set.map(|bits| !bits),
        false => set,
    }
}
