// error[E0505]
//! An archive is not completed while an entry is open.

use anyarchive::{EntryBuf, Format, Writer};

async fn write() -> anyarchive::Result<()> {
    let mut writer = Writer::builder(Format::Tar).to_futures(Vec::new()).await?;
    let entry = writer.start_entry(EntryBuf::file("a", 1)?).await?;
    writer.finish().await?; //~
    entry.finish().await
}

fn main() {
    let _ = write;
}
