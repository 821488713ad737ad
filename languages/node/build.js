"use strict";

// Compiles the native half: `node build.js [FILE]`. It needs a C compiler, pkg-config that knows anyarchive, and
// the headers that come with Node; nothing is downloaded.

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const target = path.resolve(process.argv[2] ?? path.join(__dirname, "build", "native.node"));
const include = path.resolve(process.execPath, "../../include/node");
if (!fs.existsSync(path.join(include, "node_api.h"))) {
  console.error(`no headers of Node in ${include} (apt-get install nodejs libnode-dev)`);
  process.exit(1);
}
const packaged = (...what) => execFileSync("pkg-config", [...what, "anyarchive"], { encoding: "utf8" }).trim();
const flags = packaged("--cflags", "--libs").split(/\s+/);
const lib = packaged("--variable=libdir");
const sources = fs.readdirSync(path.join(__dirname, "src")).filter((name) => name.endsWith(".c"));
fs.mkdirSync(path.dirname(target), { recursive: true });
execFileSync(process.env.CC ?? "cc", [
  "-std=c11", "-D_GNU_SOURCE", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-fPIC", "-fvisibility=hidden", "-shared",
  "-isystem", include,
  ...sources.map((name) => path.join(__dirname, "src", name)),
  ...flags,
  `-Wl,-rpath,${lib}`,
  // Threads may still be in it when a worker of Node ends.
  "-pthread", "-Wl,-z,nodelete",
  "-o", target,
], { stdio: "inherit" });
