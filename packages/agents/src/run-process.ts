import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type Clock, durationOption, integerOption, systemClock } from '@chimera/policy';
import { BoundedOutput, type CapturedOutput } from './bounded-output.ts';
import { type KilledProcess, killProcesses } from './kill-processes.ts';
import { familyOf, processMarker, runMarker } from './process-family.ts';
import { startOf } from './process-table.ts';
import { type ResourceUse, ResourceWatch } from './resource-watch.ts';
import { type NotStarted, startFailure } from './start-failure.ts';

export interface ProcessOptions {
  /** Program and arguments; no shell. The program is looked up in the PATH of `env`. */
  readonly command: readonly [string, ...string[]];
  /** Default: the working directory of this process. */
  readonly cwd?: string | undefined;
  /** The whole environment: nothing is inherited. `CHIMERA_PROCESS` is added, and `CHIMERA_RUN` when there is a marker. */
  readonly env: Readonly<Record<string, string>>;
  /** Value of `CHIMERA_RUN`, by which {@link killLeftovers} finds what a crashed run left behind. */
  readonly marker?: string | undefined;
  /** Written to stdin, which is then closed. Default: nothing. */
  readonly stdin?: string;
  /** Aborting it kills the process and everything it started. */
  readonly signal?: AbortSignal;
  /** Kills the process and everything it started after so many ms. Default: no limit. */
  readonly timeoutMs?: number;
  /** From SIGTERM to SIGKILL, in ms. Default 5 000. */
  readonly killAfterMs?: number;
  /** How long others may hold the output open after the process itself has exited, in ms. Default 250. */
  readonly drainMs?: number;
  /** Bytes kept of each of stdout and stderr: half from the start, half from the end. Default 1 MiB. */
  readonly keepBytes?: number;
  /** Bytes of stdout and stderr together beyond which the process is killed. Default 16 MiB. */
  readonly limitBytes?: number;
  /** Gets every chunk as it arrives, also what is not kept. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void;
  readonly clock?: Clock;
}

/** Why a process was killed instead of ending by itself. */
export type StopCause = 'timeout' | 'aborted' | 'output-limit';

export interface ProcessEnd {
  readonly started: true;
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** Undefined when it ended by itself. */
  readonly stopped: StopCause | undefined;
  readonly stdout: CapturedOutput;
  readonly stderr: CapturedOutput;
  readonly durationMs: number;
  /** Of itself and what it started; undefined where the system does not tell (only Linux does). */
  readonly resources: ResourceUse | undefined;
  /** Itself, when it was stopped, and what it had started and left running. */
  readonly killed: readonly KilledProcess[];
  /** What could not be killed. */
  readonly survivors: readonly KilledProcess[];
}

export type ProcessResult = ProcessEnd | NotStarted;

/**
 * Runs a program in a process group of its own, and settles when it and everything that it
 * started is gone: on timeout, abort and too much output SIGTERM, then SIGKILL, to the whole
 * family, and when it has exited by itself the same to what it left behind. Settling waits for the
 * process, not for its pipes, which a grandchild may hold open for ever.
 *
 * A program that cannot be started is a value too. Rejects only for wrong options (RangeError).
 * POSIX systems only: Windows has no process groups.
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessResult> {
  const { clock = systemClock, signal } = options;
  const killAfterMs = durationOption('agents', 'killAfterMs', options.killAfterMs ?? 5_000);
  const drainMs = durationOption('agents', 'drainMs', options.drainMs ?? 250);
  if (options.timeoutMs !== undefined) durationOption('agents', 'timeoutMs', options.timeoutMs);
  const limitBytes = integerOption('agents', 'limitBytes', options.limitBytes ?? 16 * 2 ** 20, 0);
  const keepBytes = integerOption('agents', 'keepBytes', options.keepBytes ?? 2 ** 20, 0, 2 ** 30);
  const startedAt = clock.monotonic();
  if (signal?.aborted === true) return abortedBeforeStart(options.command[0]);

  const token = randomUUID();
  const child = await startChild(options, token);
  if ('started' in child) return child;
  const { pid, process: leader } = child;

  const watch = new ResourceWatch(pid, clock);
  let hasExited = false;
  const exited = eventOf(leader, 'exit').then(() => {
    hasExited = true;
  });
  const closed = eventOf(leader, 'close');
  const stop = new StopRequest();
  const onAbort = () => stop.make('aborted');
  listenForAbort(signal, onAbort);
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : clock.setTimer(() => stop.make('timeout'), options.timeoutMs);

  let printedBytes = 0;
  const capture = (stream: 'stdout' | 'stderr'): BoundedOutput => {
    const output = new BoundedOutput(keepBytes);
    leader[stream].on('data', (chunk: Buffer) => {
      output.write(chunk);
      printedBytes += chunk.length;
      if (printedBytes > limitBytes) stop.make('output-limit');
      options.onOutput?.(stream, chunk);
    });
    // It ends with the process, which has not been reaped yet.
    leader[stream].once('end', () => watch.look());
    leader[stream].on('error', ignore);
    return output;
  };
  const stdout = capture('stdout');
  const stderr = capture('stderr');
  // A child need not read its input (EPIPE). One buffer, written as fast as the child takes it.
  leader.stdin.on('error', ignore);
  leader.stdin.end(Buffer.from(options.stdin ?? ''));

  await Promise.race([exited, stop.made]);
  timer?.cancel();
  if (!hasExited) watch.look();
  const resources = watch.stop();
  signal?.removeEventListener('abort', onAbort);
  if (hasExited) await Promise.race([closed, after(clock, drainMs, closed)]);
  const family = familyOf({ pid, startedAt: child.startedAt, token, isReaped: () => hasExited });
  const group = { id: pid, isOurs: () => !hasExited };
  const report = await killProcesses(family, { clock, killAfterMs, group });
  await Promise.race([closed, after(clock, drainMs, closed)]);
  for (const pipe of leader.stdio) pipe?.destroy();
  leader.unref();

  return {
    started: true,
    exitCode: leader.exitCode ?? undefined,
    signal: leader.signalCode ?? undefined,
    stopped: stop.cause,
    stdout: stdout.captured(),
    stderr: stderr.captured(),
    durationMs: clock.monotonic() - startedAt,
    resources,
    ...report,
  };
}

/** Also for one that has come since it was looked at: microtasks have run. */
function listenForAbort(signal: AbortSignal | undefined, onAbort: () => void): void {
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
}

/** The first reason to stop a process is the one that is told. */
class StopRequest {
  cause: StopCause | undefined = undefined;
  readonly made: Promise<void>;
  #resolve: (() => void) | undefined;

  constructor() {
    this.made = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  make(cause: StopCause): void {
    this.cause ??= cause;
    this.#resolve?.();
  }
}

interface StartedChild {
  readonly process: ChildProcessWithoutNullStreams;
  readonly pid: number;
  readonly startedAt: number | undefined;
}

async function startChild(
  options: ProcessOptions,
  token: string,
): Promise<StartedChild | NotStarted> {
  const [program, ...args] = options.command;
  const marker = options.marker === undefined ? {} : { [runMarker]: options.marker };
  const env: Record<string, string> = { ...options.env, ...marker, [processMarker]: token };
  try {
    const child = spawn(program, args, { cwd: options.cwd, env, detached: true, stdio: 'pipe' });
    if (child.pid !== undefined) {
      return { process: child, pid: child.pid, startedAt: startOf(child.pid) };
    }
    const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
    return startFailure(program, options.cwd, env['PATH'], error);
  } catch (error) {
    return startFailure(program, options.cwd, env['PATH'], error as NodeJS.ErrnoException);
  }
}

function abortedBeforeStart(program: string): NotStarted {
  const message = `"${program}" was not started: aborted before`;
  return { started: false, code: 'ABORTED', message, retryable: true };
}

function eventOf(child: ChildProcessWithoutNullStreams, event: 'exit' | 'close'): Promise<void> {
  return new Promise((resolve) => {
    child.once(event, () => resolve());
  });
}

/** Resolves after `delayMs`; its timer is given up when `other` settles first. */
function after(clock: Clock, delayMs: number, other: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(resolve, delayMs);
    void other.then(() => timer.cancel());
  });
}

function ignore(): void {
  return undefined;
}
