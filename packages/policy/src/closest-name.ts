/**
 * The one of the names that was probably meant; undefined when none is near. Near is a
 * Damerau-Levenshtein distance (optimal string alignment: letters added, left out, replaced, or two
 * neighbours swapped) of at most a third of the longer name.
 */
export function closestName(name: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const most = Math.floor(Math.max(name.length, candidate.length) / 3);
    // It cannot be less than this, and what was typed may be long.
    if (Math.abs(name.length - candidate.length) > most) continue;
    const distance = distanceBetween(name, candidate);
    if (distance > most || distance >= least) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
}

/** Row by row of the table of distances between all beginnings of both. */
function distanceBetween(a: string, b: string): number {
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, length) => length);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(before, j - 2) + 1 : Infinity;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped));
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
