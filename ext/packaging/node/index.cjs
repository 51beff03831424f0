"use strict";
// The SQLite extension strata for Node: where its module is, and how a connection gets it. The modules are in
// packages of their own, one for each system (sqlite-strata-linux-x64 …), of which npm installs the one that fits.
const { arch, platform } = process;

const SUFFIXES = { darwin: "dylib", win32: "dll" };
const systems = @SYSTEMS@;

/** The path of the module for loadExtension(); with { files: false } of the one that cannot touch files. */
function getLoadablePath({ files = true } = {}) {
  const system = `${platform === "win32" ? "windows" : platform}-${arch}`;
  if (!systems.includes(system))
    throw new Error(`sqlite-strata has no module for ${system}, only for ${systems.join(", ")}: build it from source`);
  const name = `sqlite-strata-${system}`;
  try {
    return require.resolve(`${name}/${files ? "strata" : "strata_nofs"}.${SUFFIXES[platform] || "so"}`);
  } catch (error) {
    throw new Error(`${name} is not installed: it is an optional dependency of sqlite-strata, so install that ` +
                    "again without --omit=optional, and on the system that it is to run on", { cause: error });
  }
}

/** Load the extension into a connection, of better-sqlite3 or of node:sqlite (made with allowExtension: true). */
function load(db, options) {
  db.loadExtension(getLoadablePath(options));
}

module.exports = { getLoadablePath, load };
