import { Session } from 'node:inspector/promises';
import type { Clock } from '@chimera/policy';
import { cpuIntervalUs, cpuPprof } from './cpu-pprof.ts';
import { heapIntervalBytes, heapPprof } from './heap-pprof.ts';

/** A profile is being taken: a second one would measure the first. */
export class ProfilerBusyError extends Error {
  override readonly name = 'ProfilerBusyError';
  readonly code = 'PROFILER_BUSY';
  readonly retryAfterMs: number;

  constructor(kind: string, retryAfterMs: number) {
    super(
      `a ${kind} profile is being taken; ask again in ${Math.ceil(retryAfterMs / 1_000)} s, one at a time`,
    );
    this.retryAfterMs = retryAfterMs;
  }
}

export interface ProfileRequest {
  readonly seconds: number;
  /** pprof: gzipped `profile.proto`; chrome: JSON that DevTools loads. */
  readonly format: 'chrome' | 'pprof';
  /** Whoever asked has gone: the profile ends now, and the next one may be taken. */
  readonly signal: AbortSignal;
}

/** Takes profiles of this process, one at a time. Rejects with {@link ProfilerBusyError}. */
export class Profiler {
  readonly #clock: Clock;
  #running: { readonly kind: string; readonly endsAt: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Where the CPU's time goes. */
  cpu({ format, seconds, signal }: ProfileRequest): Promise<Uint8Array> {
    return this.#alone('cpu', seconds, async (session, startedAt) => {
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: cpuIntervalUs });
      await forgetOptimisedCode(session);
      await session.post('Profiler.start');
      await this.#wait(seconds * 1_000, signal);
      const { profile } = await session.post('Profiler.stop');
      return format === 'pprof' ? cpuPprof(profile, startedAt) : asJson(profile);
    });
  }

  /** What is allocated meanwhile and stays. */
  heap({ format, seconds, signal }: ProfileRequest): Promise<Uint8Array> {
    return this.#alone('heap', seconds, async (session, startedAt) => {
      const samplingInterval = heapIntervalBytes;
      await session.post('HeapProfiler.startSampling', { samplingInterval });
      await this.#wait(seconds * 1_000, signal);
      const { profile } = await session.post('HeapProfiler.stopSampling');
      const durationMs = this.#clock.now() - startedAt;
      return format === 'pprof' ? heapPprof(profile, startedAt, durationMs) : asJson(profile);
    });
  }

  async #alone(
    kind: string,
    seconds: number,
    take: (session: Session, startedAt: number) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const now = this.#clock.monotonic();
    if (this.#running !== undefined)
      throw new ProfilerBusyError(this.#running.kind, Math.max(1_000, this.#running.endsAt - now));
    this.#running = { kind, endsAt: now + seconds * 1_000 };
    const session = new Session();
    try {
      session.connect();
      return await take(session, this.#clock.now());
    } finally {
      session.disconnect();
      this.#running = undefined;
    }
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimer(resolve, ms);
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
    await promise;
    timer.cancel();
  }
}

/**
 * What V8 optimised before a profile does not know which functions it inlined, and their time would
 * be their callers'. Counting calls makes V8 begin anew (some ten ms), and it notes them then.
 */
async function forgetOptimisedCode(session: Session): Promise<void> {
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await session.post('Profiler.stopPreciseCoverage');
}

function asJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
