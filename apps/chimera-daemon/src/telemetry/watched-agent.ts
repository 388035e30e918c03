import type { Agent, AgentContext, AgentRequest, AgentResult } from '@chimera/agents';
import type { Clock } from '@chimera/policy';
import { Interruption } from '../executor-pool/interruption.ts';
import type { AgentJob } from './agent-metrics.ts';
import { callExemplar, type PhaseScope, phaseScope } from './phase-scope.ts';

/** One call of an agent, with what it was called for. Instants are wall-clock ms. */
export interface AgentCall extends AgentJob {
  readonly scope: PhaseScope;
  readonly startedAt: number;
}

/** The same agent; `tell` hears of each of its calls when it has ended. */
export class WatchedAgent implements Agent {
  readonly name: string;
  readonly #agent: Agent;
  readonly #clock: Clock;
  readonly #tell: (call: AgentCall) => void;

  constructor(
    agent: Agent,
    deps: { readonly clock: Clock; readonly tell: (call: AgentCall) => void },
  ) {
    this.name = agent.name;
    this.#agent = agent;
    this.#clock = deps.clock;
    this.#tell = deps.tell;
  }

  async run(request: AgentRequest, context: AgentContext): Promise<AgentResult> {
    const scope = phaseScope();
    if (scope === undefined) return this.#agent.run(request, context);
    const startedAt = this.#clock.now();
    const began = this.#clock.monotonic();
    const result = await this.#agent.run(request, context);
    const reason: unknown = context.signal.reason;
    this.#tell({
      agent: this.name,
      scope,
      startedAt,
      queuedMs: startedAt - scope.record.runAt,
      durationMs: this.#clock.monotonic() - began,
      result,
      interruption: reason instanceof Interruption ? reason.kind : undefined,
      exemplar: callExemplar(scope),
    });
    return result;
  }
}
