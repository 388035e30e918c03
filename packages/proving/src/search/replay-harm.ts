import { onlyKnown } from '../check/only-known.ts';
import { objectOption } from '../sim/engine/finite-option.ts';
import { decodeHarm } from './harm-proof.ts';
import { type JudgedSystem, judgeTrace, seedsOf } from './judge-trace.ts';
import { checkSystem } from './check-system.ts';
import { owner } from './settings.ts';
import { type HarmVerdict, verdictOf } from './verdict.ts';

/**
 * Plays what a search has found once more: with the same policy to see it again, with a better one to
 * see it gone.
 *
 * @throws RangeError (as a rejection) for what is no whole `harm1:` string, for a wrong option, and
 * when a run is cut off.
 */
export async function replayHarm(proof: string, system: JudgedSystem): Promise<HarmVerdict> {
  objectOption(owner, 'system', system);
  onlyKnown(owner, 'the system', system, ['policy', 'server', 'without']);
  checkSystem(system);
  const { settings, trace } = decodeHarm(proof);
  const judged = await judgeTrace(trace, system, settings, seedsOf(settings).unseen);
  const verdict = verdictOf(trace, judged, settings);
  if (verdict !== undefined) return verdict;
  const most = settings.maxAttempts;
  throw new RangeError(`${owner}: a run came to more than ${most} attempts, and says nothing`);
}
