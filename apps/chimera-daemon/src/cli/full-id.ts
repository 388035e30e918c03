import { columns } from './output.ts';

/** A candidate: its id, and what tells it from the others. */
export type Candidate = readonly [id: string, ...about: readonly string[]];

const idLength = 36;
const shortest = 6;
const mostShown = 10;

/** No one thing is named: refused like an id of nobody, whichever of these it is. */
class UnclearIdError extends Error {
  override readonly name = 'UnclearIdError';
  readonly code = 'UNCLEAR_ID';
}

/**
 * The id that begins like this. What begins none is left to the daemon to refuse.
 * @throws UnclearIdError when it is too short, or begins more than one
 */
export async function fullId(
  written: string,
  find: (filter: { idPrefix: string; limit: number }) => Promise<readonly Candidate[]>,
): Promise<string> {
  const given = written.toLowerCase();
  if (given.length >= idLength) return given;
  if (given.length < shortest)
    throw new UnclearIdError(
      `an id must have at least its first ${shortest} characters, got "${given}"`,
    );
  const candidates = await find({ idPrefix: given, limit: mostShown + 1 });
  const [only] = candidates;
  if (candidates.length <= 1) return only?.[0] ?? given;
  const shown = candidates.slice(0, mostShown).map((candidate) => ['', ...candidate]);
  throw new UnclearIdError(
    [
      `"${given}" begins more than one id; give more of it:`,
      ...columns(shown),
      ...(candidates.length > mostShown ? ['  …'] : []),
    ].join('\n'),
  );
}
