//! The linkage record inside the program, where tools find it without running it.
//!
//! It stays in every program and shared library that this crate is linked into, whatever the
//! profile: `#[used]` keeps it from the optimiser, linkers keep notes when they collect garbage,
//! and `strip` leaves sections alone that are loaded.

#[cfg(archive_note_elf)]
mod elf {
    use crate::LINKAGE;

    /// An ELF note, as the loader and `readelf -n` know it.
    #[repr(C, align(4))]
    struct Note<const NAME: usize, const TEXT: usize> {
        name_size: u32,
        text_size: u32,
        kind: u32,
        name: [u8; NAME],
        text: [u8; TEXT],
    }

    impl<const NAME: usize, const TEXT: usize> Note<NAME, TEXT> {
        const fn new(name: &str, kind: u32, text: &str) -> Self {
            Self {
                name_size: size(name),
                text_size: size(text),
                kind,
                name: terminated(name),
                text: terminated(text),
            }
        }
    }

    /// With the NUL at the end.
    const fn size(text: &str) -> u32 {
        text.len() as u32 + 1
    }

    /// Fields of a note begin at multiples of four.
    const fn padded(text: &str) -> usize {
        (text.len() + 1).next_multiple_of(4)
    }

    const fn terminated<const N: usize>(text: &str) -> [u8; N] {
        let mut bytes = [0; N];
        let mut index = 0;
        while index < text.len() {
            bytes[index] = text.as_bytes()[index];
            index += 1;
        }
        bytes
    }

    const OWNER: &str = "anyarchive";
    /// `arch` in ASCII: small numbers mean something else to some tools, whoever the owner is.
    const KIND: u32 = 0x6172_6368;

    // SAFETY: a section of this name has notes and nothing else.
    #[used]
    #[unsafe(link_section = ".note.anyarchive")]
    static LINKAGE_NOTE: Note<{ padded(OWNER) }, { padded(LINKAGE) }> =
        Note::new(OWNER, KIND, LINKAGE);

    /// What <https://systemd.io/ELF_DLOPEN_METADATA> defines.
    #[cfg(archive_dlopen)]
    mod dlopen {
        use super::{Note, padded};

        const OWNER: &str = "FDO";
        const KIND: u32 = 0x407c_0c0a;
        const TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/dlopen.json"));

        // SAFETY: a section of this name has notes and nothing else.
        #[used]
        #[unsafe(link_section = ".note.dlopen")]
        static DLOPEN_NOTE: Note<{ padded(OWNER) }, { padded(TEXT) }> =
            Note::new(OWNER, KIND, TEXT);
    }
}

/// The record and a NUL. Never tried: no Apple system was at hand.
#[cfg(archive_note_macho)]
mod macho {
    use crate::LINKAGE;

    const fn terminated() -> [u8; LINKAGE.len() + 1] {
        let mut bytes = [0; LINKAGE.len() + 1];
        let mut index = 0;
        while index < LINKAGE.len() {
            bytes[index] = LINKAGE.as_bytes()[index];
            index += 1;
        }
        bytes
    }

    // SAFETY: nothing else uses a section of this name.
    #[used]
    #[unsafe(link_section = "__DATA,__anyarchive")]
    static LINKAGE_SECTION: [u8; LINKAGE.len() + 1] = terminated();
}
