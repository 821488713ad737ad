// error[E0499]
//! A writer has one entry at a time, and a future that nobody waits for yet has the writer.

use anyarchive::{EntryBuf, Format, Writer};

async fn write() -> anyarchive::Result<()> {
    let mut writer = Writer::builder(Format::Tar).to_futures(Vec::new()).await?;
    let first = writer.start_entry(EntryBuf::file("a", 1)?);
    let second = writer.start_entry(EntryBuf::file("b", 1)?); //~
    first.await?.finish().await?;
    second.await?.finish().await
}

fn main() {
    let _ = write;
}
