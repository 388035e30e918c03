import type { History, JournalLine, Violation } from './history.ts';

/**
 * What agents did against what is recorded. A phase may run again after a crash, but never beside
 * itself, and what is recorded as done was done, before the next phase began.
 */
export function checkJournal({ events, journal, phases }: History): readonly Violation[] {
  const byWorkflow = Map.groupBy(
    journal,
    ({ idempotencyKey }) => partsOf(idempotencyKey).workflowId,
  );
  const overlaps = [...byWorkflow].flatMap(([id, lines]) => checkRuns(id, lines, phases));
  const ended = new Set(
    journal.filter(({ what }) => what === 'ended').map(({ idempotencyKey }) => idempotencyKey),
  );
  const undone = events
    .filter(({ type }) => type === 'phase-succeeded')
    .filter(({ data, workflowId }) => !ended.has(`${workflowId}:0:${String(data.phase)}:1`))
    .map(({ data, seq, workflowId }) => ({
      law: 'recorded-as-done' as const,
      workflowId,
      message: `event ${seq}: no agent has ended ${String(data.phase)}`,
    }));
  return [...overlaps, ...undone];
}

function checkRuns(
  workflowId: string,
  lines: readonly JournalLine[],
  phases: readonly string[],
): readonly Violation[] {
  const found: Violation[] = [];
  let newest: JournalLine | undefined;
  let furthest = 0;
  for (const line of lines) {
    const { phase } = partsOf(line.idempotencyKey);
    const index = phases.indexOf(phase);
    if (line.what === 'started') {
      if (index < furthest)
        found.push({
          law: 'in-order',
          workflowId,
          message: `an agent of ${phase} started after one of ${phases[furthest]}`,
        });
      furthest = Math.max(furthest, index);
      newest = line;
    } else if (newest === undefined || line.pid !== newest.pid || line.instance !== newest.instance)
      found.push({
        law: 'one-agent-at-a-time',
        workflowId,
        message: `process ${line.pid} of ${line.instance} went on with ${phase} beside process ${newest?.pid} of ${newest?.instance}`,
      });
  }
  return found;
}

function partsOf(idempotencyKey: string): { readonly workflowId: string; readonly phase: string } {
  const [workflowId = '', , phase = ''] = idempotencyKey.split(':');
  return { workflowId, phase };
}
