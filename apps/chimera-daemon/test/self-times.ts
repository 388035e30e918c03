import type { Profile } from 'pprof-format';

/** Names with what is theirs alone of the last value, the most first: as `pprof -top` ranks them. */
export function selfTimesByName({
  function: functions,
  location,
  sample,
  stringTable,
}: Profile): readonly (readonly [name: string, value: number])[] {
  const names = new Map(functions.map(({ id, name }) => [id, stringTable.strings[Number(name)]]));
  const nameAt = new Map(location.map(({ id, line }) => [id, names.get(line[0]?.functionId ?? 0)]));
  const totals = new Map<string, number>();
  for (const { locationId, value } of sample) {
    const name = nameAt.get(locationId[0] ?? 0) ?? '';
    totals.set(name, (totals.get(name) ?? 0) + Number(value.at(-1)));
  }
  return [...totals].toSorted(([, a], [, b]) => b - a);
}
