import { seededRandom } from '@chimera/policy';
import { expect, test } from 'vitest';
import { allSurvivors, CachedDisk, type DiskOperation } from '../../src/crash.ts';

const at = { name: '', startedAt: 0n };

function write(offset: number, fill: string, length = 1_024): DiskOperation {
  return { ...at, kind: 'write', offset, data: Buffer.alloc(length, fill) };
}

function diskAfter(...operations: readonly DiskOperation[]): CachedDisk {
  const disk = new CachedDisk();
  for (const operation of operations) disk.apply(operation);
  return disk;
}

const namesSynced: DiskOperation = { ...at, kind: 'sync-names' };
const synced: DiskOperation = { ...at, kind: 'sync' };

test.each(allSurvivors)(
  'what was synced is there after a cut, when of the rest %s survive',
  (survivors) => {
    const disk = diskAfter(write(0, 'a'), synced, namesSynced, write(1_024, 'b'));
    for (let seed = 0; seed < 20; seed += 1) {
      const image = disk.cut(survivors, seededRandom(seed)).get('');
      expect(image?.subarray(0, 1_024)).toEqual(Buffer.alloc(1_024, 'a'));
    }
  },
);

test('what was not synced is lost, kept or torn at sectors', () => {
  const disk = diskAfter(write(0, 'a'), synced, namesSynced, write(0, 'b'));
  const images = Array.from({ length: 200 }, (_, seed) =>
    disk.cut('some-sectors', seededRandom(seed)).get('')?.toString(),
  );
  const [a, b] = ['a'.repeat(512), 'b'.repeat(512)];
  expect(new Set(images)).toEqual(new Set([a + a, a + b, b + a, b + b]));
});

test('a write that is under way may be there in part', () => {
  const disk = diskAfter(write(0, 'a', 512), synced, namesSynced);
  const sizes = Array.from({ length: 50 }, (_, seed) => {
    return disk.cut('some-sectors', seededRandom(seed), write(512, 'b', 512)).get('')?.length;
  });
  expect(new Set(sizes)).toEqual(new Set([512, 1_024]));
});

test('a name is safe only once its folder is synced', () => {
  const disk = diskAfter(write(0, 'a'), synced);
  expect(disk.cut('none', seededRandom(1)).has('')).toBe(false);
  disk.apply(namesSynced);
  expect(disk.cut('none', seededRandom(1)).has('')).toBe(true);
});

test('a file that was cut shorter and synced stays so', () => {
  const disk = diskAfter(write(0, 'a'), synced, namesSynced, {
    ...at,
    kind: 'truncate',
    length: 10,
  });
  expect(disk.cut('none', seededRandom(1)).get('')).toHaveLength(1_024);
  disk.apply(synced);
  expect(disk.cut('none', seededRandom(1)).get('')).toHaveLength(10);
});

function shown(image: ReadonlyMap<string, Buffer>): string {
  return [...image].map(([name, content]) => `${name}=${content.toString()[0]}`).join(' ');
}

test('a file that was renamed has its old name or its new one, and both only in turn', () => {
  const named = diskAfter(
    { ...write(0, 'a'), name: 'old' },
    { ...synced, name: 'old' },
    { ...write(0, 'b'), name: 'new' },
    { ...synced, name: 'new' },
    namesSynced,
    { ...at, kind: 'rename', name: 'old', to: 'new' },
  );
  const seen = Array.from({ length: 30 }, (_, seed) =>
    shown(named.cut('some-writes', seededRandom(seed))),
  );
  expect(new Set(seen)).toEqual(new Set(['old=a new=b', 'new=a']));
  named.apply(namesSynced);
  expect(shown(named.cut('none', seededRandom(1)))).toBe('new=a');
});

test('what was there before is safe', () => {
  const disk = new CachedDisk(new Map([['kept', Buffer.from('kept')]]));
  disk.apply({ ...at, name: 'kept', kind: 'truncate', length: 0 });
  expect(disk.cut('none', seededRandom(1))).toEqual(new Map([['kept', Buffer.from('kept')]]));
  expect(disk.cut('all', seededRandom(1))).toEqual(new Map([['kept', Buffer.alloc(0)]]));
});
