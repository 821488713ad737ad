// error[E0499]
//! An entry is gone with the next one.

use anyarchive::Reader;

async fn read(archive: &'static [u8]) -> anyarchive::Result<()> {
    let mut reader = Reader::builder().from_futures(archive).await?;
    let first = reader.next_entry().await?;
    let second = reader.next_entry().await?; //~
    drop((first, second));
    Ok(())
}

fn main() {
    let _ = read;
}
