import { closestName } from '@chimera/policy';

/** Nobody types more by hand, and what is compared takes time by the square of its length. */
const longest = 200;

/** The path that was probably meant by one that there is not: `known` are patterns, its ids are kept. */
export function nearestPath(path: string, known: readonly string[]): string | undefined {
  if (path.length > longest) return undefined;
  return nearestOf(path, known) ?? nearestOf(`/api${path}`, known);
}

function nearestOf(path: string, known: readonly string[]): string | undefined {
  const words = path.split('/');
  return closestName(
    path,
    known.flatMap((pattern) => meantBy(words, pattern.split('/')) ?? []),
  );
}

/** Each word is near by itself: ids are long, and would make all paths alike. */
function meantBy(words: readonly string[], pattern: readonly string[]): string | undefined {
  if (words.length !== pattern.length) return undefined;
  const meant = pattern.map((known, index) => {
    const word = words[index] ?? '';
    return known.startsWith(':') ? word : closestName(word, [known]);
  });
  return meant.includes(undefined) ? undefined : meant.join('/');
}
