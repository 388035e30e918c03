import { mergeVerdicts, type Verdict } from '@chimera/proving/history';
import { simulatedRun } from './simulated-run.ts';

export interface CommitKills extends Verdict {
  readonly commits: number;
  readonly kills: number;
}

/** What is killed at each of its commits: without faults, it is the same up to there every time. */
export async function commitKills({
  directory,
  isElsewhere,
  seed,
  template,
  workflows = 6,
  every = 1,
}: {
  readonly directory: string;
  readonly seed: number;
  readonly template: string;
  readonly workflows?: number;
  /** At every commit, or at every so many. */
  readonly every?: number;
  /** Whether another writes large groups: then it is killed at whatever else a batch comes by, too. */
  readonly isElsewhere: boolean;
}): Promise<CommitKills> {
  const reference = { seed, directory, template, workflows, isElsewhere, isFaulty: false };
  const undisturbed = await simulatedRun({ ...reference, killAfter: [] });
  const verdicts: Verdict[] = [undisturbed];
  let kills = 0;
  for (let commit = 1; commit <= undisturbed.commits; commit += every) {
    const killed = await simulatedRun({ ...reference, killAfter: [commit] });
    kills += killed.kills;
    verdicts.push({
      ...killed,
      violations: killed.violations.map((violation) => ({
        ...violation,
        message: `killed after commit ${commit} of seed ${seed}: ${violation.message}`,
      })),
    });
  }
  return { ...mergeVerdicts(verdicts), commits: undisturbed.commits, kills };
}
