import { Call, type CallOptions, type Next, type Operation, TimeoutError } from '@chimera/policy';
import { timeout } from '../check/rules.ts';
import type { World } from '../world/world.ts';
import type { Mutant } from './mutant.ts';
import { RefusedError } from './refused-error.ts';
import { SpecimenTimeout } from './specimen-timeout.ts';

const rules = timeout({ afterMs: 100 });

type Specimen = new (...made: ConstructorParameters<typeof SpecimenTimeout>) => SpecimenTimeout;

function mutant(name: string, breaks: string, says: string, Made: Specimen): Mutant {
  const create = (world: World) => new Made(rules, world);
  return { name: `timeout/${name}`, says, breaks, kind: 'timeout', rules, create };
}

/** Shared by all policies, as it should not be. */
let callsOfAll = 0;

export const timeoutMutants: readonly Mutant[] = [
  mutant(
    'never-strikes',
    'timeout-1',
    'has no timer',
    class extends SpecimenTimeout {
      override arm(): () => void {
        return () => {};
      }
    },
  ),
  mutant(
    'strikes-late',
    'timeout-1',
    'strikes 1 ms too late',
    class extends SpecimenTimeout {
      override arm(strike: () => void): () => void {
        const timer = this.world.clock.setTimer(strike, this.rules.afterMs + 1);
        return () => timer.cancel();
      }
    },
  ),
  mutant(
    'waits-for-the-operation',
    'timeout-1',
    'tells the operation, and waits for it to end',
    class extends SpecimenTimeout {
      override strike(): void {}
    },
  ),
  mutant(
    'blames-the-timeout',
    'timeout-2',
    'answers every failure as a timeout',
    class extends SpecimenTimeout {
      override failure(): unknown {
        return new TimeoutError('specimen', this.rules.afterMs);
      }
    },
  ),
  mutant(
    'answers-in-the-end',
    'timeout-2',
    'holds results back until the time is up',
    class extends SpecimenTimeout {
      override async attempt<T>(call: Call<T>, next: Next): Promise<T> {
        const value = await next(call);
        await new Promise<void>((resolve) => {
          this.world.clock.setTimer(resolve, this.rules.afterMs / 2);
        });
        return value;
      }
    },
  ),
  mutant(
    'strikes-early',
    'timeout-3',
    'strikes 1 ms too early',
    class extends SpecimenTimeout {
      override arm(strike: () => void): () => void {
        const timer = this.world.clock.setTimer(strike, this.rules.afterMs - 1);
        return () => timer.cancel();
      }
    },
  ),
  mutant(
    'one-timer-for-all',
    'timeout-3',
    'counts the time from when the call before began',
    class extends SpecimenTimeout {
      #before = 0;

      override arm(strike: () => void): () => void {
        const { clock } = this.world;
        const now = clock.monotonic();
        const due = this.#before > now ? this.#before : now + this.rules.afterMs;
        this.#before = due;
        const timer = clock.setTimer(strike, due - now);
        return () => timer.cancel();
      }
    },
  ),
  mutant(
    'does-not-tell',
    'timeout-4',
    'answers, and lets the operation run on without a word',
    class extends SpecimenTimeout {
      override stop(): void {}
    },
  ),
  mutant(
    'calls-twice',
    'timeout-5',
    'calls an operation that fails once more',
    class extends SpecimenTimeout {
      override attempt<T>(call: Call<T>, next: Next): Promise<T> {
        return next(call).catch(() => next(call));
      }
    },
  ),
  mutant(
    'wall-clock',
    'timeout-6',
    'waits for an instant of the wall clock',
    class extends SpecimenTimeout {
      override arm(strike: () => void): () => void {
        const { clock } = this.world;
        const until = clock.now() + this.rules.afterMs;
        const look = () => {
          if (clock.now() >= until) strike();
          else timer = clock.setTimer(look, this.rules.afterMs / 4);
        };
        let timer = clock.setTimer(look, this.rules.afterMs / 4);
        return () => timer.cancel();
      }
    },
  ),
  mutant(
    'loses-failures',
    'call-1',
    'never answers a call that fails in time',
    class extends SpecimenTimeout {
      override attempt<T>(call: Call<T>, next: Next): Promise<T> {
        const lost = () => new Promise<T>(() => {});
        return next(call).catch(lost);
      }

      override arm(strike: () => void): () => void {
        const timer = this.world.clock.setTimer(strike, this.rules.afterMs);
        timer.unref?.();
        return () => timer.cancel();
      }

      override strike(): void {}
    },
  ),
  mutant(
    'leaves-its-timer',
    'call-2',
    'leaves the timer running when the operation has ended',
    class extends SpecimenTimeout {
      override arm(strike: () => void): () => void {
        super.arm(strike);
        return () => {};
      }
    },
  ),
  mutant(
    'leaves-its-listener',
    'call-2',
    "leaves a listener on its caller's signal",
    class extends SpecimenTimeout {
      override execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
        options?.signal?.addEventListener('abort', () => {});
        return super.execute(operation, options);
      }
    },
  ),
  mutant(
    'refuses-afterwards',
    'call-3',
    'calls the operation, and says that it has refused to',
    class extends SpecimenTimeout {
      override failure(): unknown {
        return new RefusedError();
      }
    },
  ),
  mutant(
    'abort-is-timeout',
    'call-4',
    'tells a caller who gives up that the time is up',
    class extends SpecimenTimeout {
      override execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
        return super.execute(operation, options).catch((error: unknown) => {
          throw options?.signal?.aborted === true ? new TimeoutError('specimen', 0) : error;
        });
      }
    },
  ),
  mutant(
    'keeps-its-caller-waiting',
    'call-4',
    'answers a caller who gives up when the operation has ended',
    class extends SpecimenTimeout {
      override execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
        const call = new Call(operation, 1, undefined, options?.signal, undefined);
        return this.run(call, (each) => Promise.resolve(each.operation(each)));
      }
    },
  ),
  mutant(
    'wraps-results',
    'call-5',
    'answers with a copy of the result',
    class extends SpecimenTimeout {
      override async attempt<T>(call: Call<T>, next: Next): Promise<T> {
        return { ...(await next(call)) };
      }
    },
  ),
  mutant(
    'deaf-operation',
    'call-6',
    'does not tell the operation when its caller gives up',
    class extends SpecimenTimeout {
      override attempt<T>(call: Call<T>, next: Next): Promise<T> {
        return next(new Call(call.operation, 1, undefined, undefined, undefined));
      }
    },
  ),
  mutant(
    'shares-its-state',
    'call-7',
    'counts calls in a variable of its module, and forgives every third call 50 ms',
    class extends SpecimenTimeout {
      override arm(strike: () => void): () => void {
        callsOfAll += 1;
        const extraMs = callsOfAll % 3 === 0 ? 50 : 0;
        const timer = this.world.clock.setTimer(strike, this.rules.afterMs + extraMs);
        return () => timer.cancel();
      }
    },
  ),
];
