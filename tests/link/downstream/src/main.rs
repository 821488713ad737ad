//! Reads archives to their ends and says what was in them: a line per archive with the number of
//! entries and the bytes of their data.

use anyarchive::Reader;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", anyarchive::version_string());
    for archive in std::env::args_os().skip(1) {
        let mut reader = Reader::open(&archive)?;
        let (mut entries, mut bytes) = (0_u64, 0);
        while let Some(mut entry) = reader.next_entry()? {
            entries += 1;
            bytes += entry.read_to_vec()?.len();
        }
        println!("{entries} {bytes}");
    }
    Ok(())
}
