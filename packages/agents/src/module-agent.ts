import {
  type FailureRecord,
  isTooDeep,
  type Json,
  type JsonObject,
  maxLevels,
} from '@chimera/workflow';
import { z } from 'zod';
import { abortFailure } from './abort-failure.ts';
import type { Agent, AgentContext, AgentRequest, AgentResult } from './agent.ts';
import { boundedCode, boundedMessage, failureFrom } from './failure-from.ts';

/**
 * Does a phase in this process. What it returns is the output of success, unless it is an
 * {@link AgentResult}; nothing at all counts as `null`. What it throws is a failure; an error's own
 * `code`, boolean `retryable` and `retryAfterMs` are kept.
 */
export type ModuleRun = (
  request: AgentRequest,
  context: AgentContext,
  // What a user's function returns is not known before it has been looked at.
) => unknown;

export interface ModuleAgentOptions {
  readonly name: string;
  readonly run: ModuleRun;
}

const json = z.custom<Json>((value) => value !== undefined);
const failure: z.ZodType<FailureRecord> = z
  .object({
    code: z.string().overwrite(boundedCode),
    message: z.string().overwrite(boundedMessage),
    retryable: z.boolean().default(true),
    details: json.exactOptional(),
    // A text, or what JSON leaves of an Error, must not cost the failure that it stands behind.
    cause: z
      .lazy(() => failure)
      .optional()
      .catch(undefined),
  })
  .transform(({ cause, ...own }) => (cause === undefined ? own : { ...own, cause }));
const resultForm = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('succeeded'),
    output: json.default(null),
    evidence: json.exactOptional(),
  }),
  z.object({
    outcome: z.literal('rejected'),
    reason: z.string(),
    output: json.default(null),
    evidence: json.exactOptional(),
  }),
  z.object({
    outcome: z.literal('failed'),
    error: failure,
    retryAfterMs: z.number().min(0).exactOptional(),
  }),
]);
const outcomes: readonly unknown[] = ['succeeded', 'rejected', 'failed'];

/** An agent that is a function. An abort settles it at once, whether or not the function listens. */
export class ModuleAgent implements Agent {
  readonly name: string;
  readonly #run: ModuleRun;

  constructor(options: ModuleAgentOptions) {
    this.name = options.name;
    this.#run = options.run;
  }

  async run(request: AgentRequest, context: AgentContext): Promise<AgentResult> {
    const { signal } = context;
    const subject = `agent "${this.name}"`;
    if (signal.aborted) return { outcome: 'failed', error: abortFailure(subject, signal) };
    const abort = listenForAbort(signal);
    const stopped = abort.heard.then((): AgentResult => ({
      outcome: 'failed',
      error: abortFailure(subject, signal),
    }));
    try {
      return await Promise.race([this.#ownResult(request, context), stopped]);
    } finally {
      abort.stopListening();
    }
  }

  async #ownResult(request: AgentRequest, context: AgentContext): Promise<AgentResult> {
    try {
      return this.#resultOf(await this.#run(request, context));
    } catch (error) {
      return { outcome: 'failed', error: failureFrom(error), ...rateLimitOf(error) };
    }
  }

  #resultOf(returned: unknown): AgentResult {
    const plain = plainJson(returned);
    if ('invalid' in plain) return this.#invalid(plain.invalid);
    const { value } = plain;
    if (!has('outcome', value)) {
      // A command's form: taken as an output, its failure would pass for success.
      return has('status', value)
        ? this.#invalid(
            'it has a status and no outcome; return { outcome: "succeeded", output }, { outcome: "rejected", reason } or { outcome: "failed", error }',
          )
        : { outcome: 'succeeded', output: value };
    }
    const checked = resultForm.safeParse(value);
    return checked.success
      ? checked.data
      : this.#invalid(z.prettifyError(checked.error).replaceAll(/\s*\n\s*/g, ' '));
  }

  #invalid(problem: string): AgentResult {
    const message = `agent "${this.name}" returned what is not a result: ${problem}`;
    return { outcome: 'failed', error: { code: 'AGENT_OUTPUT_INVALID', message, retryable: true } };
  }
}

function rateLimitOf(error: unknown): { readonly retryAfterMs?: number } {
  if (!(error instanceof Error && 'retryAfterMs' in error)) return {};
  const { retryAfterMs } = error;
  return typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? { retryAfterMs } : {};
}

function listenForAbort(signal: AbortSignal): {
  readonly heard: Promise<void>;
  readonly stopListening: () => void;
} {
  const listening = new AbortController();
  const heard = new Promise<void>((resolve) => {
    const options = { once: true, signal: listening.signal };
    signal.addEventListener('abort', () => resolve(), options);
  });
  return { heard, stopListening: () => listening.abort() };
}

/** Whether it says in this key how the work ended. */
function has(key: 'outcome' | 'status', value: Json): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    outcomes.includes((value as JsonObject)[key])
  );
}

/** A copy that shares nothing with what the function may still change. */
function plainJson(value: unknown): { readonly value: Json } | { readonly invalid: string } {
  if (value === undefined) return { value: null };
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) return { invalid: `a ${typeof value} is not JSON` };
    const copy = JSON.parse(text) as Json;
    return isTooDeep(copy)
      ? { invalid: `it is more than ${maxLevels} levels deep` }
      : { value: copy };
  } catch (error) {
    return { invalid: error instanceof Error ? error.message : String(error) };
  }
}
