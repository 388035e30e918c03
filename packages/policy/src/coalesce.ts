import { Call } from './call.ts';
import type { CallOptions, Operation } from './operation.ts';
import { executeUnder, type Next, type Policy } from './policy.ts';

/** One run that several calls wait for. */
interface SharedRun {
  readonly call: Call<unknown>;
  readonly result: Promise<unknown>;
  waiting: number;
}

export interface CoalesceOptions {
  /** Named in reports. Default 'coalesce'. */
  readonly name?: string;
}

/**
 * Calls with the same `key` that overlap share one run of the first one's operation, and its result
 * (Go's singleflight). A caller that aborts leaves alone; when the last one has left, the run is
 * aborted. The run has no deadline: each caller has its own. Calls without a key are not shared.
 */
export class Coalesce implements Policy {
  readonly #name: string;
  readonly #runs = new Map<string, SharedRun>();

  constructor(options: CoalesceOptions = {}) {
    this.#name = options.name ?? 'coalesce';
  }

  /** Runs that are shared now. */
  get size(): number {
    return this.#runs.size;
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
    return executeUnder(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T> {
    const { askedFor: key } = call;
    if (key === undefined) return next(call);
    if (call.aborted) return Promise.reject(call.abortReason);
    const running = this.#runs.get(key);
    if (running !== undefined) {
      const reason = `"${key}" is already running`;
      call.trail?.push({ policy: this.#name, action: 'join', reason });
    }
    // Same key, same thing: that is what a caller says by giving the key.
    return this.#wait(call, key, running ?? this.#begin(call, key, next)) as Promise<T>;
  }

  #begin<T>(call: Call<T>, key: string, next: Next): SharedRun {
    // Within a call of its own, it belongs to no caller and can be aborted all the same.
    const { operation, attempt, trail } = call;
    const shared = new Call(operation, attempt, undefined, undefined, trail, key).child();
    const run: SharedRun = { call: shared, result: next(shared), waiting: 0 };
    this.#runs.set(key, run);
    return run;
  }

  #wait(call: Call<unknown>, key: string, run: SharedRun): Promise<unknown> {
    run.waiting += 1;
    return new Promise((resolve, reject) => {
      const stop = call.onAbort((reason) => {
        this.#leave(key, run, reason);
        reject(reason);
      });
      run.result.then(
        (value) => {
          stop();
          this.#end(key, run);
          resolve(value);
        },
        (error: unknown) => {
          stop();
          this.#end(key, run);
          reject(error);
        },
      );
    });
  }

  #leave(key: string, run: SharedRun, reason: unknown): void {
    run.waiting -= 1;
    if (run.waiting > 0) return;
    this.#end(key, run);
    run.call.abort(reason);
  }

  #end(key: string, run: SharedRun): void {
    if (this.#runs.get(key) === run) this.#runs.delete(key);
  }
}
