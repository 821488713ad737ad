"use strict";

// `throughput.js WHO list|stream ARCHIVE`: an archive, by this package or by the package tar.

async function withAnyarchive(task, path) {
  const anyarchive = require(process.env.ANYARCHIVE_PACKAGE);
  let [entries, names, size] = [0, 0, 0];
  if (task === "list") {
    for await (const entry of anyarchive.list(path)) {
      entries += 1;
      names += entry.name.length;
      size += entry.size;
    }
    return [entries, names, size];
  }
  for await (const entry of await anyarchive.open(path)) {
    entries += 1;
    names += entry.name.length;
    for await (const piece of entry.stream()) size += piece.length;
  }
  return [entries, names, size];
}

async function withTar(task, path) {
  const tar = require("tar");
  let [entries, names, size] = [0, 0, 0];
  await tar.list({
    file: path,
    onReadEntry(entry) {
      entries += 1;
      names += entry.path.length;
      if (task === "list") size += entry.size;
      else entry.on("data", (piece) => { size += piece.length; });
    },
  });
  return [entries, names, size];
}

async function main() {
  const [who, task, path] = process.argv.slice(2);
  const start = process.hrtime.bigint();
  const counts = await { anyarchive: withAnyarchive, tar: withTar }[who](task, path);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  console.log(...counts, seconds.toFixed(6));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
