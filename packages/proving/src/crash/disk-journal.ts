/** What a process did to its files, in order. `name` is what follows the beginning that they share. */
export type DiskOperation = {
  readonly name: string;
  /** Of the monotonic clock, in ns, that `process.hrtime.bigint()` reads. */
  readonly startedAt: bigint;
} & (
  | { readonly kind: 'write'; readonly offset: number; readonly data: Buffer }
  | { readonly kind: 'truncate'; readonly length: number }
  | { readonly kind: 'sync' }
  | { readonly kind: 'unlink' }
  | { readonly kind: 'rename'; readonly to: string }
  /** It wrote this to its standard output. */
  | { readonly kind: 'output'; readonly text: string }
  /** It was killed in this operation. */
  | { readonly kind: 'killed' }
  /** The folder itself was synced: which names it has. */
  | { readonly kind: 'sync-names' }
);

const headBytes = 32;

/** Reads what disk.c wrote. */
export function readDiskJournal(bytes: Buffer): readonly DiskOperation[] {
  const all: DiskOperation[] = [];
  let at = 0;
  while (at + headBytes <= bytes.length) {
    const kind = bytes.readUInt32LE(at);
    const nameBytes = bytes.readUInt32LE(at + 4);
    const dataBytes = bytes.readUInt32LE(at + 8);
    const startedAt = bytes.readBigUInt64LE(at + 16);
    const offset = Number(bytes.readBigUInt64LE(at + 24));
    const data = bytes.subarray(at + headBytes + nameBytes, at + headBytes + nameBytes + dataBytes);
    const name = bytes.toString('utf8', at + headBytes, at + headBytes + nameBytes);
    at += headBytes + nameBytes + dataBytes;
    all.push({ name, startedAt, ...kindOf(kind, offset, data) });
  }
  return all;
}

type Kind = DiskOperation extends infer Operation
  ? Operation extends DiskOperation
    ? Omit<Operation, 'name' | 'startedAt'>
    : never
  : never;

function kindOf(kind: number, offset: number, data: Buffer): Kind {
  switch (kind) {
    case 1:
      return { kind: 'write', offset, data };
    case 2:
      return { kind: 'sync' };
    case 3:
      return { kind: 'truncate', length: offset };
    case 4:
      return { kind: 'unlink' };
    case 5:
      return { kind: 'sync-names' };
    case 6:
      return { kind: 'rename', to: data.toString() };
    case 8:
      return { kind: 'output', text: data.toString() };
    case 9:
      return { kind: 'killed' };
    default:
      throw new Error(`the disk's journal has an operation of the unknown kind ${kind}`);
  }
}
