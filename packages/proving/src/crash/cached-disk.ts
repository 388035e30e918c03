import type { Random } from '@chimera/policy';
import type { DiskOperation } from './disk-journal.ts';

/** What a power cut lets through of the writes that were not synced. */
export type Survivors = 'none' | 'all' | 'some-writes' | 'some-sectors' | 'first-writes';

export const allSurvivors: readonly Survivors[] = [
  'none',
  'all',
  'some-writes',
  'some-sectors',
  'first-writes',
];

const sectorBytes = 512;

type Change = Extract<DiskOperation, { kind: 'write' | 'truncate' }>;

interface File {
  /** On the disk whatever happens. */
  synced: Buffer;
  /** Since the last sync, in order. */
  pending: Change[];
}

/** A name that a power cut may take back. */
type Naming =
  | { readonly kind: 'create'; readonly name: string; readonly file: File }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string };

/**
 * A disk with a cache: what was synced stays, of what was not any part may be there after a power
 * cut, in any order and torn at sectors. A file's name, and a new name in its place, is safe once its
 * folder is synced; a removed name is taken for gone at once.
 */
export class CachedDisk {
  readonly #files = new Map<string, File>();
  #named = new Map<string, File>();
  #naming: Naming[] = [];

  /** What is there before anything happens: all of it is safe. */
  constructor(image: ReadonlyMap<string, Buffer> = new Map()) {
    for (const [name, synced] of image) this.#files.set(name, { synced, pending: [] });
    this.#named = new Map(this.#files);
  }

  apply(operation: DiskOperation): void {
    switch (operation.kind) {
      case 'write':
      case 'truncate':
        this.#file(operation.name).pending.push(operation);
        return;
      case 'sync': {
        const file = this.#file(operation.name);
        file.synced = changed(file.synced, file.pending);
        file.pending = [];
        return;
      }
      case 'unlink':
        this.#files.delete(operation.name);
        this.#named.delete(operation.name);
        this.#naming = this.#naming.filter(({ name }) => name !== operation.name);
        return;
      case 'rename': {
        const { name, to } = operation;
        this.#files.set(to, this.#file(name));
        this.#files.delete(name);
        this.#naming.push({ kind: 'rename', name, to });
        return;
      }
      case 'sync-names':
        this.#named = new Map(this.#files);
        this.#naming = [];
        return;
      case 'output':
      case 'killed':
    }
  }

  /** The files after a power cut, with this operation under way. */
  cut(survivors: Survivors, random: Random, underWay?: DiskOperation): ReadonlyMap<string, Buffer> {
    const image = new Map<string, Buffer>();
    const open = this.#files.get(underWay?.name ?? '');
    for (const [name, file] of this.#survivingNames(survivors, random)) {
      const { pending, synced } = file;
      const isOpen = underWay?.kind === 'write' && file === open;
      const changes = isOpen ? [...pending, underWay] : pending;
      image.set(name, changed(synced, surviving(changes, survivors, random)));
    }
    return image;
  }

  /** A name that was not synced goes with the rest that is lost, or stays with what stays. */
  #survivingNames(survivors: Survivors, random: Random): ReadonlyMap<string, File> {
    const names = new Map(this.#named);
    for (const naming of this.#naming) {
      if (survivors !== 'all' && (survivors === 'none' || random() < 0.5)) continue;
      if (naming.kind === 'create') {
        names.set(naming.name, naming.file);
        continue;
      }
      const file = names.get(naming.name);
      if (file === undefined) continue;
      names.set(naming.to, file);
      names.delete(naming.name);
    }
    return names;
  }

  #file(name: string): File {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const file = { synced: Buffer.alloc(0), pending: [] };
    this.#files.set(name, file);
    this.#naming.push({ kind: 'create', name, file });
    return file;
  }
}

function surviving(
  pending: readonly Change[],
  survivors: Survivors,
  random: Random,
): readonly Change[] {
  switch (survivors) {
    case 'none':
      return [];
    case 'all':
      return pending;
    case 'first-writes':
      return pending.slice(0, Math.floor(random() * (pending.length + 1)));
    case 'some-writes':
      return pending.filter(() => random() < 0.5);
    case 'some-sectors': {
      const share = random();
      return pending.flatMap((change) =>
        (change.kind === 'write' ? sectorsOf(change) : [change]).filter(() => random() < share),
      );
    }
  }
}

function sectorsOf(write: Extract<Change, { kind: 'write' }>): readonly Change[] {
  const sectors: Change[] = [];
  const end = write.offset + write.data.length;
  for (let at = write.offset; at < end;) {
    const next = Math.min(end, (Math.floor(at / sectorBytes) + 1) * sectorBytes);
    const data = write.data.subarray(at - write.offset, next - write.offset);
    sectors.push({ ...write, offset: at, data });
    at = next;
  }
  return sectors;
}

function changed(before: Buffer, changes: readonly Change[]): Buffer {
  let length = before.length;
  let longest = length;
  for (const change of changes) {
    length =
      change.kind === 'truncate'
        ? change.length
        : Math.max(length, change.offset + change.data.length);
    longest = Math.max(longest, length);
  }
  const after = Buffer.alloc(longest);
  before.copy(after);
  for (const change of changes) {
    if (change.kind === 'write') change.data.copy(after, change.offset);
    else after.fill(0, change.length);
  }
  return after.subarray(0, length);
}
