//! Options as a builder keeps them.

use std::ffi::CString;

use super::{WriteFilter, WriteFormat};
use crate::{Error, ErrorKind, Result, ffi::write::NewWriter};

/// An option that is set when a writer is made.
#[derive(Clone, Debug)]
pub(super) enum WriteOption {
    /// Of the filter that is this one in the order of the chain, or of the format.
    Own {
        filter: Option<WriteFilter>,
        key: &'static str,
        value: String,
    },
    Named {
        module: String,
        key: String,
        value: String,
    },
    Text(String),
}

impl WriteOption {
    pub(super) fn apply(&self, new: &mut NewWriter, format: WriteFormat) -> Result<()> {
        let status = match self {
            Self::Own {
                filter: Some(filter),
                key,
                value,
            } => {
                let (module, key) = (c_text(filter.name())?, c_text(key)?);
                new.set_filter_option(Some(&module), &key, Some(&c_text(value)?))
            }
            Self::Own {
                filter: None,
                key,
                value,
            } => {
                let (module, key) = (c_text(format.module())?, c_text(key)?);
                new.set_format_option(Some(&module), &key, Some(&c_text(value)?))
            }
            Self::Named { module, key, value } => {
                new.set_option(Some(&c_text(module)?), &c_text(key)?, Some(&c_text(value)?))
            }
            Self::Text(text) => new.set_options(&c_text(text)?),
        };
        status.map(drop).map_err(|error| {
            let error = match error.kind() {
                ErrorKind::OutOfMemory | ErrorKind::Unsupported => error,
                _ => error.with_kind(ErrorKind::InvalidInput),
            };
            match self {
                Self::Own { key, value, .. } => error.with_context(&format!("{key} {value}")),
                Self::Named { .. } | Self::Text(_) => error,
            }
        })
    }

    /// What this sets an option to, off being `None`; nothing when it is about another one.
    pub(super) fn value(&self, wanted: &str) -> Option<Option<&str>> {
        match self {
            Self::Own { key, value, .. } => (*key == wanted).then_some(Some(value)),
            Self::Named { key, value, .. } => (key == wanted).then_some(Some(value)),
            Self::Text(text) => text
                .split(',')
                .filter_map(|option| {
                    let key = option.split_once(':').map_or(option, |(_, key)| key);
                    let (key, value) = match key.strip_prefix('!') {
                        Some(key) => (key, None),
                        None => {
                            let (key, value) = key.split_once('=').unwrap_or((key, "1"));
                            (key, Some(value))
                        }
                    };
                    (key == wanted).then_some(value)
                })
                .next_back(),
        }
    }
}

fn c_text(text: &str) -> Result<CString> {
    CString::new(text)
        .map_err(|_| Error::new(ErrorKind::InvalidInput, "an option has a NUL character"))
}
