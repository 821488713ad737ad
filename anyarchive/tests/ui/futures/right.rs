// compiles
//! The right way with futures.

use anyarchive::{EntryBuf, Format, Reader, Writer};

async fn both() -> anyarchive::Result<()> {
    let mut writer = Writer::builder(Format::Tar).to_futures(Vec::new()).await?;
    let mut entry = writer.start_entry(EntryBuf::file("a", 1)?).await?;
    entry.write_data(b"1").await?;
    entry.finish().await?;
    let archive = writer.finish().await?;
    let mut reader = Reader::builder().from_futures(&archive[..]).await?;
    while let Some(mut entry) = reader.next_entry().await? {
        println!("{:?}", entry.read_to_vec().await?);
    }
    Ok(())
}

fn main() {
    let _ = both;
}
