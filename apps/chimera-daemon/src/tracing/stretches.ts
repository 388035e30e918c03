import type { StoredEvent } from '@chimera/workflow-store';
import { wordOf } from './event-words.ts';

/** From one event to the next that changed something, in one status and one phase. */
export interface Stretch {
  readonly began: StoredEvent;
  readonly ended: StoredEvent;
  readonly phase: string;
}

/**
 * The events of a workflow that changed its status; of one that came back from the dead letter
 * queue, those since then. None is before the one before it, though the clock was set back between
 * the two: no time passes then until it is as late again.
 */
export function changesOf(log: readonly StoredEvent[]): readonly StoredEvent[] {
  const from = log.findLastIndex(({ type }) => type === 'requeued');
  let latest = -Infinity;
  // While a phase runs, a cancellation may be asked for, and children be added: it still runs.
  return log
    .slice(Math.max(0, from))
    .filter(({ data, type }) => type === 'claimed' || data['status'] !== 'running')
    .map((event) => {
      latest = Math.max(latest, event.at);
      return event.at === latest ? event : { ...event, at: latest };
    });
}

export function stretchesOf(changes: readonly StoredEvent[]): readonly Stretch[] {
  return changes.slice(1).flatMap((ended, index): Stretch[] => {
    const began = changes[index];
    return began === undefined ? [] : [{ began, ended, phase: phaseAfter(began) }];
  });
}

/** The phase that an event leads to. */
export function phaseAfter({ data }: StoredEvent): string {
  return wordOf(data, 'nextPhase') ?? wordOf(data, 'phase') ?? '';
}

/** `retry`, `breaker-open`, …; a workflow that is queued waits for a slot. */
export function waitReason({ data, type }: StoredEvent): string {
  if (data['status'] !== 'waiting') return 'slot';
  if (type.startsWith('child')) return 'children';
  return wordOf(data['reason'], 'kind') ?? (type === 'phase-failed' ? 'retry' : type);
}
