import { cutAnswer, dripAnswer } from './answers.ts';
import { ChaosError } from './chaos-error.ts';
import type { Victim } from './inject.ts';

/** What an agent answers, as far as a fault changes it. */
export type AgentAnswer =
  | { readonly outcome: 'succeeded'; readonly output: unknown }
  | { readonly outcome: 'rejected' }
  | {
      readonly outcome: 'failed';
      readonly error: {
        readonly code: string;
        readonly message: string;
        readonly retryable: boolean;
      };
    };

/** Who does a phase: `Agent` of `@chimera/agents`, and whatever has its form. */
export interface AgentLike<Request, Context extends { readonly signal: AbortSignal }, Answer> {
  readonly name: string;
  run(request: Request, context: Context): Promise<Answer>;
}

/** One run of an agent, as something that can go wrong: also then it answers and never rejects. */
export function runVictim<Answer extends AgentAnswer>(
  run: () => Promise<Answer>,
  signal: AbortSignal,
  call: { readonly call: number; readonly key: string },
): Victim<Answer> {
  return {
    run,
    signal,
    fail: (fault) => failedAs(new ChaosError('error', call, fault)) as Answer,
    cut: (answer, keep) => {
      if (answer.outcome !== 'succeeded') return answer;
      try {
        return { ...answer, output: cutAnswer(answer.output, keep, call) };
      } catch (error) {
        return failedAs(error as ChaosError) as Answer;
      }
    },
    drip: dripAnswer,
  };
}

/** What an agent answers whose run was aborted while a fault held it up. */
export function abortedAnswer(name: string, signal: AbortSignal): AgentAnswer {
  const isTimeout = (signal.reason as { readonly name?: unknown } | undefined)?.name;
  const code = isTimeout === 'TimeoutError' ? 'AGENT_TIMEOUT' : 'AGENT_ABORTED';
  const message = `agent "${name}" was stopped while a planned fault held it up`;
  return { outcome: 'failed', error: { code, message, retryable: true } };
}

function failedAs({ code, message }: ChaosError): AgentAnswer {
  return { outcome: 'failed', error: { code, message, retryable: true } };
}
