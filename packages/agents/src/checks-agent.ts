import { createHash } from 'node:crypto';
import type { Clock } from '@chimera/policy';
import type { Check, JsonObject } from '@chimera/workflow';
import { abortFailure } from './abort-failure.ts';
import type { Agent, AgentContext, AgentRequest, AgentResult } from './agent.ts';
import { type EnvironmentOptions, selectEnvironment } from './environment.ts';
import { failureFrom } from './failure-from.ts';
import type { GitWorkspaces } from './git-workspaces.ts';
import { evidenceOf } from './process-evidence.ts';
import { type ProcessEnd, runProcess } from './run-process.ts';
import type { NotStarted } from './start-failure.ts';
import { WorkspaceError } from './workspace-error.ts';

export interface ChecksAgentOptions extends EnvironmentOptions {
  /** Default `checks`. */
  readonly name?: string;
  /** Run when the request brings none of its own. */
  readonly checks?: readonly Check[];
  readonly workspaces: Pick<GitWorkspaces, 'cleanCheckout'>;
  /** Value of `CHIMERA_RUN`, by which leftovers of a crashed run are found. */
  readonly marker?: string;
  readonly clock?: Clock;
}

/**
 * The daemon's own validation: runs the phase's checks, one after the other and all of them, in a
 * clean checkout of the workflow's branch. What an agent says about its work is not looked at.
 *
 * All exit with 0: succeeded. One does not, runs out of time or prints without end: rejected, with
 * a reason that names it. One cannot be started, or there is nothing to check: failed. Output and
 * evidence are the same: `{ commit, checks: [{ name, passed, exitCode, durationMs, stdoutTail,
 * stderrTail, outputSha256, … }] }`; the hash is that of stdout's bytes followed by stderr's.
 */
export class ChecksAgent implements Agent {
  readonly name: string;
  readonly #options: ChecksAgentOptions;
  readonly #env: Readonly<Record<string, string>>;

  constructor(options: ChecksAgentOptions) {
    this.name = options.name ?? 'checks';
    this.#options = options;
    this.#env = selectEnvironment(options);
  }

  async run(request: AgentRequest, context: AgentContext): Promise<AgentResult> {
    const checks = request.checks ?? this.#options.checks ?? [];
    const { workspace } = request;
    if (checks.length === 0) {
      return failed('CHECKS_MISSING', `phase "${request.phase}" has no checks; define one or more`);
    }
    if (workspace === undefined) {
      const message = `phase "${request.phase}" has nothing to check: the workflow's input names no repository`;
      return failed('CHECKS_WITHOUT_WORKSPACE', message);
    }
    try {
      await using checkout = await this.#options.workspaces.cleanCheckout(
        workspace,
        context.signal,
      );
      return await this.#runAll(checks, checkout.directory, checkout.commit, context.signal);
    } catch (error) {
      if (context.signal.aborted) return this.#aborted(context.signal);
      if (error instanceof WorkspaceError) return { outcome: 'failed', error: failureFrom(error) };
      return { outcome: 'failed', error: failureFrom(error, { code: 'CHECKS_BROKEN' }) };
    }
  }

  async #runAll(
    checks: readonly Check[],
    directory: string,
    commit: string,
    signal: AbortSignal,
  ): Promise<AgentResult> {
    const records: JsonObject[] = [];
    const complaints: string[] = [];
    for (const check of checks) {
      const { end, outputSha256 } = await this.#runOne(check, directory, signal);
      if (signal.aborted) return this.#aborted(signal, { commit, checks: records });
      if (!end.started) {
        const details = { commit, checks: records };
        const message = `check "${check.name}": ${end.message}`;
        const { retryable } = end;
        return {
          outcome: 'failed',
          error: { code: 'CHECK_NOT_STARTED', message, retryable, details },
        };
      }
      const complaint = complaintAbout(check, end);
      if (complaint !== undefined) complaints.push(`${check.name} ${complaint}`);
      const passed = complaint === undefined;
      records.push({ name: check.name, passed, ...evidenceOf(end), outputSha256 });
    }
    const evidence = { commit, checks: records };
    return complaints.length === 0
      ? { outcome: 'succeeded', output: evidence, evidence }
      : {
          outcome: 'rejected',
          reason: `${complaints.length} of ${checks.length} checks failed: ${complaints.join('; ')}`,
          output: evidence,
          evidence,
        };
  }

  async #runOne(
    check: Check,
    cwd: string,
    signal: AbortSignal,
  ): Promise<{ readonly end: ProcessEnd | NotStarted; readonly outputSha256: string }> {
    const hash = createHash('sha256');
    const errorOutput: Uint8Array[] = [];
    const end = await runProcess({
      command: check.command,
      cwd,
      env: this.#env,
      marker: this.#options.marker,
      timeoutMs: check.timeoutMs,
      signal,
      onOutput: (stream, chunk) => {
        if (stream === 'stdout') hash.update(chunk);
        else errorOutput.push(chunk);
      },
      ...(this.#options.clock === undefined ? {} : { clock: this.#options.clock }),
    });
    for (const chunk of errorOutput) hash.update(chunk);
    return { end, outputSha256: hash.digest('hex') };
  }

  #aborted(signal: AbortSignal, details?: JsonObject): AgentResult {
    return { outcome: 'failed', error: abortFailure(`agent "${this.name}"`, signal, details) };
  }
}

/** What is wrong with how a check ended; undefined when it passed. */
function complaintAbout(check: Check, end: ProcessEnd): string | undefined {
  switch (end.stopped) {
    case 'timeout':
      return `did not finish within ${check.timeoutMs} ms`;
    case 'output-limit':
      return 'printed too much and was stopped';
    case 'aborted':
    case undefined:
      if (end.exitCode === 0) return undefined;
      return end.exitCode === undefined
        ? `was killed by ${end.signal ?? 'a signal'}`
        : `exited with code ${end.exitCode}`;
  }
}

function failed(code: string, message: string): AgentResult {
  return { outcome: 'failed', error: { code, message, retryable: false } };
}
