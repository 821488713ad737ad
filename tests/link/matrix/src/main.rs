//! `matrix PLAIN ENCRYPTED PASSWORD`: reads a plain and an encrypted archive to their ends, and says
//! which library did it: version, kind, origin, its file, directory, entries and bytes.

use anyarchive::{Password, Reader};

fn read(mut reader: Reader<'_>) -> anyarchive::Result<(u64, usize)> {
    let (mut entries, mut bytes) = (0, 0);
    while let Some(mut entry) = reader.next_entry()? {
        entries += 1;
        bytes += entry.read_to_vec()?.len();
    }
    Ok((entries, bytes))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [plain, encrypted, password] = arguments.as_slice() else {
        return Err("usage: matrix PLAIN ENCRYPTED PASSWORD".into());
    };
    let plain = read(Reader::open(plain)?)?;
    let password = Password::new(password.as_str())?;
    let encrypted = match read(Reader::builder().password(password).open(encrypted)?) {
        Ok(counts) => format!("{} entries, {} bytes", counts.0, counts.1),
        Err(error) => error.message().to_owned(),
    };
    let info = archive_sys::link_info();
    let path = archive_sys::loaded_path().unwrap_or_default();
    println!("version\t{}", anyarchive::version_string());
    println!("linked\t{} ({})", info.kind, info.origin);
    println!("file\t{}", path.display());
    println!("libdir\t{}", env!("MATRIX_LIBDIR"));
    println!("plain\t{} entries, {} bytes", plain.0, plain.1);
    println!("encrypted\t{encrypted}");
    Ok(())
}
