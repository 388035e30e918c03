import type { Clock } from '@chimera/policy';

export interface AgentGatesDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** A gate closed, or stays closed for longer. */
  readonly onClosed?: (agent: string, gate: ClosedGate) => void;
}

export interface ClosedGate {
  /** Wall-clock ms: what waits for it is stored with this instant. */
  readonly until: number;
  /** What the agent said when it asked for the pause. */
  readonly because: string;
}

/** An agent that asks for no pause at all would be asked again in a busy loop. */
const shortestMs = 1_000;
/** A wrong unit must not close an agent for years. */
const longestMs = 86_400_000;

/**
 * Agents that have asked to be left alone for a while, because their provider limits the rate.
 * Nothing is asked of them meanwhile; this is no failure, so no breaker counts it.
 */
export class AgentGates {
  readonly #deps: AgentGatesDeps;
  readonly #closed = new Map<string, ClosedGate>();

  constructor(deps: AgentGatesDeps) {
    this.#deps = deps;
  }

  /** Several answers about one limit arrive together: the longest pause counts. */
  close(agent: string, retryAfterMs: number, because: string): ClosedGate {
    const wait = Math.min(Math.max(Math.ceil(retryAfterMs), shortestMs), longestMs);
    const until = this.#deps.clock.now() + wait;
    const current = this.closed(agent);
    if (current !== undefined && current.until >= until) return current;
    const gate = { until, because };
    this.#closed.set(agent, gate);
    this.#deps.onClosed?.(agent, gate);
    return gate;
  }

  /** Undefined while the agent may be asked. */
  closed(agent: string): ClosedGate | undefined {
    const gate = this.#closed.get(agent);
    if (gate === undefined) return undefined;
    const leftMs = gate.until - this.#deps.clock.now();
    // A wall clock that was set back must not close an agent for longer than it ever asked for.
    if (leftMs > 0 && leftMs <= longestMs) return gate;
    this.#closed.delete(agent);
    return undefined;
  }

  get names(): readonly string[] {
    return [...this.#closed.keys()].filter((agent) => this.closed(agent) !== undefined);
  }
}
