import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** As disk.c numbers them. */
const faults = {
  none: 0,
  kill: 1,
  /** No space: what makes a file longer fails, what overwrites does not. */
  full: 2,
  /** Input/output errors of writes, of syncs and of reads. */
  'write-fails': 3,
  'sync-fails': 4,
  /** The file system has been remounted read-only. */
  'read-only': 5,
  'read-fails': 6,
} as const;

export type Fault = keyof typeof faults;

const operations = [
  undefined,
  'write',
  'sync',
  'truncate',
  'unlink',
  'sync-names',
  'rename',
  'create',
] as const;
const files = [undefined, 'database', 'log', 'file'] as const;

/** The operation in which a process was killed. */
export interface KilledIn {
  readonly operation: NonNullable<(typeof operations)[number]>;
  /** Of a folder all are a `file`. */
  readonly file: NonNullable<(typeof files)[number]>;
}

/** Orders for a process on the disk of disk.c, in memory that they share. */
export class DiskControl {
  readonly path: string;
  readonly #file: number;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'w+');
    writeSync(this.#file, Buffer.alloc(32));
  }

  /**
   * From the operation after the next `after` ones on; a kill happens once `percent` of its write is
   * done, in whole sectors unless it `tearsAnywhere`.
   */
  set(
    fault: Fault,
    {
      after = 0,
      percent = 0,
      tearsAnywhere = false,
    }: {
      readonly after?: number;
      readonly percent?: number;
      readonly tearsAnywhere?: boolean;
    } = {},
  ): void {
    this.#write(0, faults.none);
    this.#write(1, after);
    this.#write(2, percent);
    this.#write(7, tearsAnywhere ? 1 : 0);
    this.#write(0, faults[fault]);
  }

  /** Operations on the files that are meant, and how many of them were made to fail. */
  get counts(): { readonly operations: number; readonly failures: number } {
    return { operations: this.#read(3), failures: this.#read(4) };
  }

  /** Tells in which operation the process was killed, once. */
  takeKill(): KilledIn | undefined {
    const operation = operations[this.#read(5)];
    const file = files[this.#read(6)];
    this.#write(5, 0);
    this.#write(6, 0);
    return operation === undefined || file === undefined ? undefined : { operation, file };
  }

  close(): void {
    closeSync(this.#file);
  }

  #read(word: number): number {
    const bytes = Buffer.alloc(4);
    readSync(this.#file, bytes, 0, 4, word * 4);
    return bytes.readUInt32LE();
  }

  #write(word: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    writeSync(this.#file, bytes, 0, 4, word * 4);
  }
}
