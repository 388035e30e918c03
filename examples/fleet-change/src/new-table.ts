import Table, { type TableConstructorOptions } from 'cli-table3';

/** A table for a stream: in colours only where it is a terminal that shows them, and NO_COLOR is not set. */
export function newTable(
  stream: { hasColors?(): boolean },
  options: TableConstructorOptions,
): InstanceType<typeof Table> {
  const style = stream.hasColors?.() === true ? {} : { head: [], border: [] };
  return new Table({ ...options, style });
}
