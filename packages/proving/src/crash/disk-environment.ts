import { sep } from 'node:path';

export interface PreloadedDisk {
  /** What `buildDisk` built. */
  readonly library: string;
  /** A folder, with a slash at its end, or a database and what SQLite keeps beside it. */
  readonly files: string;
  /** Of a `DiskControl`. */
  readonly control?: string;
  /** For `readDiskJournal`; made when it does not exist. */
  readonly journal?: string;
}

/** The environment of a process whose files are on such a disk. */
export function diskEnvironment({
  control,
  files,
  journal,
  library,
}: PreloadedDisk): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: library,
    DISK_FILES: files,
    ...(control === undefined ? {} : { DISK_CONTROL: control }),
    ...(journal === undefined ? {} : { DISK_JOURNAL: journal }),
  };
}

/** All files of a folder. */
export function filesOf(directory: string): string {
  return directory.endsWith(sep) ? directory : directory + sep;
}
