//! What others' crates do with an archive, each used as its own documentation shows:
//!
//! ```text
//! peers CRATE extract ARCHIVE DIRECTORY
//! peers CRATE create ARCHIVE PARENT NAME
//! ```

use std::{
    env,
    ffi::OsString,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use liblzma::{
    read::XzDecoder,
    stream::{MtStreamBuilder, Stream},
};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Bytes that go through a buffer at once: more than the crates' own default, as we read.
const BUFFER: usize = 64 * 1024;

fn main() -> Result<()> {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    let words: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    match words[..] {
        [name, "extract", archive, directory] => {
            extract(name, Path::new(archive), Path::new(directory))
        }
        [name, "create", archive, parent, tree] => {
            create(name, Path::new(archive), Path::new(parent), tree)
        }
        _ => {
            bail!("peers CRATE extract ARCHIVE DIRECTORY | peers CRATE create ARCHIVE PARENT NAME")
        }
    }
}

fn extract(name: &str, archive: &Path, directory: &Path) -> Result<()> {
    let file = File::open(archive).with_context(|| format!("open {}", archive.display()))?;
    match name {
        "tar" => {
            let input = BufReader::with_capacity(BUFFER, file);
            let input: Box<dyn Read> = match extension(archive) {
                "tar" => Box::new(input),
                "gz" => Box::new(GzDecoder::new(input)),
                "zst" => Box::new(zstd::Decoder::with_buffer(input)?),
                "xz" => Box::new(XzDecoder::new_stream(input, threads()?)),
                other => bail!("tar inside {other}?"),
            };
            tar::Archive::new(input).unpack(directory)?;
        }
        "zip" => ZipArchive::new(BufReader::with_capacity(BUFFER, file))?.extract(directory)?,
        "sevenz-rust2" => sevenz_rust2::decompress(file, directory)?,
        #[cfg(feature = "compress-tools")]
        "compress-tools" => {
            use compress_tools::{Ownership, uncompress_archive};
            uncompress_archive(file, directory, Ownership::Ignore)?;
        }
        other => bail!("no crate {other} here"),
    }
    Ok(())
}

/// A decoder with a thread for each core. `XzDecoder::new_parallel` sets no limit for memory of
/// threads, which means one thread.
fn threads() -> Result<Stream> {
    let count = std::thread::available_parallelism()?.get();
    Ok(MtStreamBuilder::new()
        .memlimit_stop(u64::MAX)
        .memlimit_threading(u64::MAX)
        .threads(u32::try_from(count)?)
        .decoder()?)
}

fn create(name: &str, archive: &Path, parent: &Path, tree: &str) -> Result<()> {
    let output = BufWriter::with_capacity(BUFFER, File::create(archive)?);
    match (name, extension(archive)) {
        ("tar", "gz") => {
            let encoder = GzEncoder::new(output, Compression::default());
            write_tar(encoder, parent, tree)?.finish()?.flush()?;
        }
        ("tar", "zst") => {
            let encoder = zstd::Encoder::new(output, zstd::DEFAULT_COMPRESSION_LEVEL)?;
            write_tar(encoder, parent, tree)?.finish()?.flush()?;
        }
        ("zip", "zip") => write_zip(output, parent, tree)?,
        (name, ending) => bail!("{name} makes no .{ending} here"),
    }
    Ok(())
}

fn write_tar<W: Write>(output: W, parent: &Path, tree: &str) -> Result<W> {
    let mut builder = tar::Builder::new(output);
    builder.append_dir_all(tree, parent.join(tree))?;
    Ok(builder.into_inner()?)
}

fn write_zip(output: BufWriter<File>, parent: &Path, tree: &str) -> Result<()> {
    let mut writer = ZipWriter::new(output);
    for entry in walkdir::WalkDir::new(parent.join(tree)) {
        use std::os::unix::fs::PermissionsExt as _;
        let entry = entry?;
        let name = entry.path().strip_prefix(parent)?;
        let metadata = entry.metadata()?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(metadata.len() > u64::from(u32::MAX))
            .unix_permissions(metadata.permissions().mode());
        if metadata.is_dir() {
            writer.add_directory_from_path(name, options)?;
        } else {
            writer.start_file_from_path(name, options)?;
            io::copy(&mut File::open(entry.path())?, &mut writer)?;
        }
    }
    writer.finish()?.flush()?;
    Ok(())
}

fn extension(path: &Path) -> &str {
    path.extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default()
}
