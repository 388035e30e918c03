import type { Agent, AgentContext, AgentRequest, AgentResult } from '@chimera/agents';
import type { Clock } from '@chimera/policy';
import type { AgentLine, OpenCall, Recorder } from '@chimera/proving/history';
import { draw } from './draw.ts';

/** What agents did, over all lives of the daemon. */
export interface Workshop {
  readonly seed: number;
  readonly clock: Clock;
  readonly journal: AgentLine[];
  readonly effects: Recorder;
  /** Keys whose effect has happened: what an agent asks before it does it. */
  readonly done: Set<string>;
  /** Faults have stopped, and agents do well. */
  isWell: boolean;
  runs: number;
}

/** Works for a while, has an effect outside once for each key, and fares as its draws say. */
export class WorkingAgent implements Agent {
  readonly name: string;
  readonly #workshop: Workshop;
  readonly #life: { readonly instance: string; isAlive: boolean };

  constructor(
    name: string,
    workshop: Workshop,
    life: { readonly instance: string; isAlive: boolean },
  ) {
    this.name = name;
    this.#workshop = workshop;
    this.#life = life;
  }

  async run(request: AgentRequest, { signal }: AgentContext): Promise<AgentResult> {
    const { clock, effects, journal, seed } = this.#workshop;
    const { idempotencyKey, input, phase } = request;
    const pid = ++this.#workshop.runs;
    const { instance } = this.#life;
    const luck = (of: string) => draw(seed, of, Number(input.n), idempotencyPart(request), pid);
    if (!this.#life.isAlive) return never();
    journal.push({ what: 'started', idempotencyKey, pid, instance });
    const isDone = await this.#work(clock, 5 + 3_000 * luck('work') ** 2, signal);
    // Killed with its daemon.
    if (!this.#life.isAlive) return never();
    if (!isDone) return failed('AGENT_ABORTED', true);
    const fortune = this.#workshop.isWell ? 1 : luck('fortune');
    if (fortune < 0.06) return failed('FLAKY', true);
    if (fortune < 0.08) return failed('HOPELESS', false);
    if (fortune < 0.1) return { ...failed('RATE_LIMITED', true), retryAfterMs: 2_000 };
    const visitOf = `${request.workflowId} ${idempotencyPart(request)}`;
    const call: OpenCall = effects.invoke(`run ${pid}`, 'effect', visitOf);
    if (this.#workshop.done.has(idempotencyKey)) call.fail('done before');
    else call.ok();
    this.#workshop.done.add(idempotencyKey);
    journal.push({ what: 'ended', idempotencyKey, pid, instance });
    if (phase === 'validate' && fortune < 0.25)
      return { outcome: 'rejected', reason: 'tests fail', output: { failing: 1 } };
    return { outcome: 'succeeded', output: { phase, by: pid } };
  }

  /** False when it was stopped first. */
  #work(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = clock.setTimer(() => {
        signal.removeEventListener('abort', abort);
        resolve(true);
      }, ms);
      const abort = () => {
        timer.cancel();
        resolve(false);
      };
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** What the key says without the workflow's id, which is another in every run. */
function idempotencyPart({ idempotencyKey, workflowId }: AgentRequest): string {
  return idempotencyKey.slice(workflowId.length);
}

function failed(code: string, retryable: boolean) {
  const error = { code, message: `${code} as drawn`, retryable };
  return { outcome: 'failed', error } as const;
}
