import { refuseOption } from '@chimera/policy';

/** Where a page of a list ends: the key of its last row. */
export function keyOf(cursor: string): number {
  return keyIn(cursor, cursor);
}

/** Where a page of those that ended ends: when its last row did, and that row's key. */
export function endOf(cursor: string): readonly [finishedAt: number, key: number] {
  const [at = '', key = '', ...rest] = cursor.split(' ');
  const finishedAt = Number(at);
  if (at === '' || !Number.isFinite(finishedAt) || rest.length > 0) refuse(cursor);
  return [finishedAt, keyIn(key, cursor)];
}

function keyIn(text: string, cursor: string): number {
  const key = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(key)) refuse(cursor);
  return key;
}

function refuse(cursor: string): never {
  return refuseOption('workflow-store', 'cursor', 'the nextCursor of a list', cursor);
}
