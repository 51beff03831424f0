export interface Options {
  /** false: the module without the functions that touch the file system. */
  files?: boolean;
}

interface Connection {
  loadExtension(file: string): unknown;
}

/** The path of the extension's module for this system. Throws if there is none, or it is not installed. */
export declare function getLoadablePath(options?: Options): string;

/** Load the extension into a connection of better-sqlite3 or node:sqlite. */
export declare function load(db: Connection, options?: Options): void;
