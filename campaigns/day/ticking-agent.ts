import type { Agent, AgentRequest, AgentResult } from '@chimera/agents';

/** What goes wrong is told by the number in the input: the same workflow fares the same in every run. */
const isLost = (id: number): boolean => id % 1_000 === 13;
const failsFirst = (id: number): boolean => id % 100 === 7;

/**
 * An agent whose runs last 1 to 3 ticks and end when the day's driver says so: a timer for each of
 * thirty million runs would be most of what is measured.
 */
export class TickingAgent implements Agent {
  readonly name = 'worker';
  readonly #due = new Map<number, (() => void)[]>();
  #now = 0;

  run(request: AgentRequest): Promise<AgentResult> {
    const id = Number(request.input.id);
    const end = this.#now + 1 + (id % 3);
    const ending = this.#due.get(end) ?? [];
    this.#due.set(end, ending);
    return new Promise((resolve) => ending.push(() => resolve(resultOf(id, request))));
  }

  /** Ends the runs that are due at this tick. */
  tick(now: number): void {
    this.#now = now;
    for (const end of this.#due.get(now) ?? []) end();
    this.#due.delete(now);
  }
}

function resultOf(id: number, { attempt, phase }: AgentRequest): AgentResult {
  if (phase !== 'implement') return { outcome: 'succeeded', output: { phase, id } };
  if (isLost(id)) return failure(`no way to do ${id}`, false);
  if (failsFirst(id) && attempt < 2) return failure(`not the first time: ${id}`, true);
  return { outcome: 'succeeded', output: { phase, id } };
}

function failure(message: string, retryable: boolean): AgentResult {
  return { outcome: 'failed', error: { code: 'PLANNED', message, retryable } };
}
