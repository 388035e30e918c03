import type { LoggedEvent } from './logged-event.ts';
import type { Judge } from './verdict.ts';

/** One line that an agent left of itself. */
export interface AgentLine {
  readonly what: 'started' | 'ended';
  /** `workflow:requeues:phase:visit`, the same for every run of a visit. */
  readonly idempotencyKey: string;
  readonly pid: number;
  /** The daemon that started it. */
  readonly instance: string;
}

/**
 * What agents did against what is recorded. A phase may run again after a crash, but never beside
 * itself, and what is recorded as done was done.
 */
export function judgeJournal(
  judge: Judge,
  journal: readonly AgentLine[],
  life: { readonly events: readonly LoggedEvent[]; readonly phases: readonly string[] },
): void {
  const byWorkflow = Map.groupBy(
    journal,
    ({ idempotencyKey }) => partsOf(idempotencyKey).workflowId,
  );
  for (const [id, lines] of byWorkflow) judgeRuns(judge, id, lines, life.phases);
  const ended = new Set(
    journal
      .filter(({ what }) => what === 'ended')
      .map(({ idempotencyKey }) => {
        const { phase, workflowId } = partsOf(idempotencyKey);
        return `${workflowId} ${phase}`;
      }),
  );
  for (const { data, seq, type, workflowId } of life.events)
    if (type === 'phase-succeeded')
      judge.look(
        'daemon-14',
        workflowId,
        !ended.has(`${workflowId} ${String(data.phase)}`) &&
          `event ${seq}: no agent has ended ${String(data.phase)}`,
      );
}

/** Of agents that all succeed: what was left behind is never gone back to. */
function judgeRuns(
  judge: Judge,
  workflowId: string,
  lines: readonly AgentLine[],
  phases: readonly string[],
): void {
  let newest: AgentLine | undefined;
  let furthest = 0;
  for (const line of lines) {
    const { isFirst, phase } = partsOf(line.idempotencyKey);
    const index = phases.indexOf(phase);
    if (line.what === 'started') {
      // A later visit comes of a verdict, or of a second life: rework is no step back.
      judge.look(
        'daemon-13',
        workflowId,
        isFirst &&
          index < furthest &&
          `an agent of ${phase} started after one of ${phases[furthest]}`,
      );
      furthest = isFirst ? Math.max(furthest, index) : index;
      newest = line;
    } else
      judge.look(
        'daemon-6',
        workflowId,
        (line.pid !== newest?.pid || line.instance !== newest.instance) &&
          `process ${line.pid} of ${line.instance} went on with ${phase} beside process ${newest?.pid} of ${newest?.instance}`,
      );
  }
}

function partsOf(idempotencyKey: string): {
  readonly workflowId: string;
  readonly phase: string;
  readonly isFirst: boolean;
} {
  const [workflowId = '', requeues, phase = '', visit] = idempotencyKey.split(':');
  return { workflowId, phase, isFirst: requeues === '0' && visit === '1' };
}
