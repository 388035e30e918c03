import { type Clock, integerOption, refuseOption, systemClock } from '@chimera/policy';
import type { FailureRecord, JsonObject } from '@chimera/workflow';
import { abortFailure } from './abort-failure.ts';
import type { Agent, AgentContext, AgentRequest, AgentResult } from './agent.ts';
import { tailOf } from './bounded-output.ts';
import { type CommandAnswer, parseAnswer } from './command-answer.ts';
import { type EnvironmentOptions, selectEnvironment } from './environment.ts';
import { evidenceOf } from './process-evidence.ts';
import { type ProcessEnd, runProcess } from './run-process.ts';
import type { NotStarted } from './start-failure.ts';

export interface CommandAgentOptions extends EnvironmentOptions {
  readonly name: string;
  /** Program and arguments; no shell. The request comes as JSON on stdin. */
  readonly command: readonly [string, ...string[]];
  /**
   * How the outcome is told. `json` (default): on stdout as
   * `{ status: 'succeeded' | 'rejected' | 'failed', output?, reason?, error?: { code?, message }, retryable?, retryAfterMs? }`,
   * either the whole of stdout or its last line. `exit-code`: 0 is success, everything else failure.
   * Another exit code than 0 is never a success.
   */
  readonly result?: 'json' | 'exit-code';
  /**
   * Exit codes after which trying again may help, when the outcome is told by them. Default: 75,
   * sysexits' EX_TEMPFAIL. An agent that was to answer in JSON and did not has crashed: always retryable.
   */
  readonly retryableExitCodes?: readonly number[];
  /** Default: the workspace's directory, or that of this process when there is no workspace. */
  readonly cwd?: string;
  /** Value of `CHIMERA_RUN`, by which leftovers of a crashed run are found. */
  readonly marker?: string;
  /** From SIGTERM to SIGKILL, in ms. Default 5 000. */
  readonly killAfterMs?: number;
  /** Bytes kept of each of stdout and stderr. Default 1 MiB; an answer must fit into half of it. */
  readonly keepBytes?: number;
  /** Bytes of output beyond which the command is killed: AGENT_OUTPUT_TOO_LARGE. Default 16 MiB. */
  readonly limitBytes?: number;
  readonly clock?: Clock;
}

/**
 * An agent that is a program. Failures: AGENT_NOT_FOUND and AGENT_NOT_STARTED, AGENT_TIMEOUT and
 * AGENT_ABORTED, AGENT_OUTPUT_TOO_LARGE, AGENT_OUTPUT_INVALID, AGENT_EXIT (exit code), AGENT_KILLED
 * (a signal from elsewhere), and the code that the program names itself (else AGENT_FAILED). Exit
 * code, signal, duration and the tails of both outputs are in the evidence, or the error's details.
 */
export class CommandAgent implements Agent {
  readonly name: string;
  readonly #options: CommandAgentOptions;
  readonly #env: Readonly<Record<string, string>>;

  /** @throws RangeError for an empty command or an output bound that is not an integer. */
  constructor(options: CommandAgentOptions) {
    if (!options.command[0]) refuseOption('agents', 'command', 'a program and its arguments', '');
    integerOption('agents', 'keepBytes', options.keepBytes ?? 0, 0, 2 ** 30);
    integerOption('agents', 'limitBytes', options.limitBytes ?? 0, 0);
    this.name = options.name;
    this.#options = options;
    this.#env = selectEnvironment(options);
  }

  async run(request: AgentRequest, context: AgentContext): Promise<AgentResult> {
    const { killAfterMs, keepBytes, limitBytes, clock = systemClock } = this.#options;
    const end = await runProcess({
      command: this.#options.command,
      cwd: this.#options.cwd ?? request.workspace?.directory,
      env: traced(this.#env, request),
      marker: this.#options.marker,
      stdin: JSON.stringify(request),
      signal: context.signal,
      ...(killAfterMs === undefined ? {} : { killAfterMs }),
      ...(keepBytes === undefined ? {} : { keepBytes }),
      ...(limitBytes === undefined ? {} : { limitBytes }),
      clock,
    });
    if (end.started) return this.#resultOf(end, context.signal);
    return end.code === 'ABORTED'
      ? { outcome: 'failed', error: abortFailure(this.#subject, context.signal) }
      : { outcome: 'failed', error: this.#startFailure(end) };
  }

  get #subject(): string {
    return `agent "${this.name}"`;
  }

  #startFailure({ code, message, retryable }: NotStarted): FailureRecord {
    const isMissing = code === 'PROGRAM_NOT_FOUND';
    return {
      code: isMissing ? 'AGENT_NOT_FOUND' : 'AGENT_NOT_STARTED',
      message: `${this.#subject}: ${message}`,
      retryable,
    };
  }

  #resultOf(end: ProcessEnd, signal: AbortSignal): AgentResult {
    const evidence = evidenceOf(end);
    if (end.stopped === 'output-limit') {
      const message = `${this.#subject} printed more than ${this.#options.limitBytes ?? 16 * 2 ** 20} bytes and was stopped; let it print less or raise limitBytes`;
      return failed('AGENT_OUTPUT_TOO_LARGE', message, false, evidence);
    }
    if (end.stopped !== undefined) {
      return { outcome: 'failed', error: abortFailure(this.#subject, signal, evidence) };
    }
    if (this.#options.result === 'exit-code') {
      return this.#endedBadly(end, evidence) ?? { outcome: 'succeeded', output: null, evidence };
    }
    const parsed = parseAnswer(end.stdout.text);
    if ('answer' in parsed) return this.#resultOfAnswer(parsed.answer, end, evidence);
    const start = end.stdout.text.trimStart().slice(0, 200);
    const cut = end.stdout.truncated ? ` (its middle was left out; raise keepBytes)` : '';
    const message = `${this.#subject}: its output is not an answer: ${parsed.invalid}${cut}; it starts: ${start}`;
    return (
      this.#endedBadly(end, evidence) ?? failed('AGENT_OUTPUT_INVALID', message, true, evidence)
    );
  }

  #resultOfAnswer(answer: CommandAnswer, end: ProcessEnd, evidence: JsonObject): AgentResult {
    switch (answer.status) {
      case 'succeeded':
        return (
          this.#endedBadly(end, evidence, ' although it said that it had succeeded') ?? {
            outcome: 'succeeded',
            output: answer.output,
            evidence,
          }
        );
      case 'rejected':
        return { outcome: 'rejected', reason: answer.reason, output: answer.output, evidence };
      case 'failed': {
        const message = answer.error?.message ?? answer.reason ?? `${this.#subject} failed`;
        const { retryAfterMs } = answer;
        return {
          ...failed(answer.error?.code ?? 'AGENT_FAILED', message, answer.retryable, evidence),
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        };
      }
    }
  }

  #endedBadly(end: ProcessEnd, evidence: JsonObject, although = ''): AgentResult | undefined {
    if (end.exitCode === 0) return undefined;
    const lastWords = tailOf(withoutFrames(end.stderr.text.trim()), 300);
    const said = lastWords === '' ? '' : `; its last words: ${lastWords}`;
    if (end.exitCode === undefined) {
      const message = `${this.#subject} was killed by ${end.signal ?? 'a signal'}${although}${said}`;
      return failed('AGENT_KILLED', message, true, evidence);
    }
    const { result = 'json', retryableExitCodes = [75] } = this.#options;
    const retryable = result === 'json' || retryableExitCodes.includes(end.exitCode);
    const message = `${this.#subject} exited with code ${end.exitCode}${although}${said}`;
    return failed('AGENT_EXIT', message, retryable, evidence);
  }
}

/** What went wrong stands above the frames of its stack, which would be all that is left of it. */
function withoutFrames(said: string): string {
  const isFrame = /^\s+at \S|^Node\.js v\d/;
  const lines = said.split('\n').filter((line) => !isFrame.test(line));
  return lines.join('\n').trim() || said;
}

/** By the name that OpenTelemetry's tools look for in the environment. */
function traced(
  env: Readonly<Record<string, string>>,
  { traceparent }: AgentRequest,
): Readonly<Record<string, string>> {
  return traceparent === undefined ? env : { ...env, TRACEPARENT: traceparent };
}

function failed(
  code: string,
  message: string,
  retryable: boolean,
  details: JsonObject,
): Extract<AgentResult, { readonly outcome: 'failed' }> {
  return { outcome: 'failed', error: { code, message, retryable, details } };
}
