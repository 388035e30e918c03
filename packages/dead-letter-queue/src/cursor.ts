import { refuseOption } from '@chimera/policy';

/** Where a page ends: lists are newest first, ties by id. */
export interface Position {
  readonly failedAt: number;
  readonly id: string;
}

export function cursorOf({ failedAt, id }: Position): string {
  return `${failedAt}_${id}`;
}

/** @throws {RangeError} when `nextCursor` of a list never looked like this. */
export function positionOf(cursor: string): Position {
  const [, failedAt, id] = /^(-?\d+)_(.+)$/s.exec(cursor) ?? [];
  if (failedAt === undefined || id === undefined)
    refuseOption('dead-letter-queue', 'cursor', 'the nextCursor of a list', cursor);
  return { failedAt: Number(failedAt), id };
}
