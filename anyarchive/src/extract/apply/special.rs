//! Named pipes, sockets and devices, for who asks for them.

use rustix::{
    fs::{FileType as Kind, makedev, mknodat},
    io::Errno,
};

use super::TRIES;
use crate::{
    ErrorKind, FileType,
    extract::{
        destination::mode, halt::Halt, path::RelPath, plan::Special, restore::Attributes, run::Run,
    },
};

impl Run<'_> {
    pub(super) fn special(
        &mut self,
        path: &RelPath,
        special: &Special,
        attributes: &Attributes,
    ) -> Result<(), Halt> {
        let kind = match special.file_type {
            FileType::CharDevice => Kind::CharacterDevice,
            FileType::BlockDevice => Kind::BlockDevice,
            FileType::Socket => Kind::Socket,
            _ => Kind::Fifo,
        };
        let numbers = u32::try_from(special.device.0).ok();
        let Some((major, minor)) = numbers.zip(u32::try_from(special.device.1).ok()) else {
            return Err(Halt::failed(
                ErrorKind::Unsupported,
                "its device number is too high for this system",
            ));
        };
        let device = makedev(major, minor);
        for _ in 0..TRIES {
            let parent = self.destination.directory(path.parent())?;
            match mknodat(&parent, path.name(), kind, mode(special.mode), device) {
                Ok(()) => {
                    let warnings = &mut self.warnings;
                    self.restorer
                        .restore_by_name(&parent, path, attributes, warnings);
                    return Ok(());
                }
                Err(Errno::EXIST) => self.clear(&parent, path, attributes.mtime)?,
                Err(error) => return Err(Halt::os("create this special file", error)),
            }
        }
        Err(Halt::contended())
    }
}
