import type { Call, Next } from '@chimera/policy';
import { retry, type RetryRules } from '../check/rules.ts';
import type { World } from '../world/world.ts';
import type { Mutant } from './mutant.ts';
import { SpecimenRetry } from './specimen-retry.ts';

const standard = retry({
  maxRetries: 3,
  baseMs: 1_000,
  capMs: 3_000,
  jitter: 'equal',
  heedsDeadline: true,
  hintCapMs: 5_000,
});
/** Without what would be a reason to give up. */
const plain = retry({ maxRetries: 3, baseMs: 1_000, capMs: 3_000 });
const budgeted = retry({ ...plain, budget: { burst: 2, share: 0.1 } });

export const retrySpecimenRules: readonly RetryRules[] = [standard, plain, budgeted];

type Specimen = new (...made: ConstructorParameters<typeof SpecimenRetry>) => SpecimenRetry;

function mutant(
  name: string,
  breaks: string,
  says: string,
  Made: Specimen,
  rules: RetryRules = standard,
): Mutant {
  const create = (world: World) => new Made(rules, world);
  return { name: `retry/${name}`, says, breaks, kind: 'retry', rules, create };
}

export const retryMutants: readonly Mutant[] = [
  mutant(
    'one-too-many',
    'retry-1',
    'takes the number of retries for the number of the last retry, from 0',
    class extends SpecimenRetry {
      override goesOn(...[attempt, ...rest]: Parameters<SpecimenRetry['goesOn']>): boolean {
        return super.goesOn(attempt - 1, ...rest);
      }
    },
  ),
  mutant(
    'retries-the-final',
    'retry-1',
    'tries again after an error that is final',
    class extends SpecimenRetry {
      override isFinal(): boolean {
        return false;
      }
    },
  ),
  mutant(
    'retries-success',
    'retry-1',
    'makes sure of a success by a second attempt',
    class extends SpecimenRetry {
      override async attempt<T>(call: Call<T>, next: Next): Promise<T> {
        await super.attempt(call, next);
        return next(call);
      }
    },
  ),
  mutant(
    'no-cap',
    'retry-2',
    'its delays grow without a cap',
    class extends SpecimenRetry {
      override bounds(attempt: number): readonly [number, number] {
        const most = this.rules.baseMs * 2 ** (attempt - 1);
        return [most / 2, most];
      }
    },
  ),
  mutant(
    'starts-doubled',
    'retry-2',
    'counts the first delay as the second',
    class extends SpecimenRetry {
      override bounds(attempt: number): readonly [number, number] {
        return super.bounds(attempt + 1);
      }
    },
    plain,
  ),
  mutant(
    'linear',
    'retry-2',
    'its delays stay the same',
    class extends SpecimenRetry {
      override bounds(): readonly [number, number] {
        return super.bounds(1);
      }
    },
    plain,
  ),
  mutant(
    'jitter-above',
    'retry-2',
    'spreads upwards from the delay, not within it',
    class extends SpecimenRetry {
      override bounds(attempt: number): readonly [number, number] {
        const [, most] = super.bounds(attempt);
        return [most, most * 1.5];
      }
    },
  ),
  mutant(
    'no-delay',
    'retry-2',
    'does not wait at all',
    class extends SpecimenRetry {
      override sleep(): Promise<void> {
        return Promise.resolve();
      }
    },
  ),
  mutant(
    'deadline-blind',
    'retry-3',
    'does not look at the deadline',
    class extends SpecimenRetry {
      override goesOn(...[attempt, error, ms]: Parameters<SpecimenRetry['goesOn']>): boolean {
        return super.goesOn(attempt, error, ms);
      }
    },
  ),
  mutant(
    'deadline-before-the-delay',
    'retry-3',
    'looks at the deadline before the delay, not after it',
    class extends SpecimenRetry {
      override goesOn(...[attempt, error, , until]: Parameters<SpecimenRetry['goesOn']>): boolean {
        return super.goesOn(attempt, error, 0, until);
      }
    },
  ),
  mutant(
    'outlives-its-caller',
    'retry-4',
    'sleeps on when its caller gives up, and tries again',
    class extends SpecimenRetry {
      override sleep(ms: number): Promise<void> {
        return new Promise((resolve) => {
          this.world.clock.setTimer(resolve, ms);
        });
      }

      override attempt<T>(call: Call<T>, next: Next): Promise<T> {
        if (!call.aborted) return super.attempt(call, next);
        return Promise.resolve(call.operation(call));
      }
    },
  ),
  mutant(
    'first-error',
    'retry-5',
    'answers with the first error',
    class extends SpecimenRetry {
      override failure(errors: readonly unknown[]): unknown {
        return errors[0];
      }
    },
  ),
  mutant(
    'wraps-errors',
    'call-5',
    'answers with an error of its own, without the cause',
    class extends SpecimenRetry {
      override failure(errors: readonly unknown[]): unknown {
        return new Error(`gave up after ${errors.length} attempts`);
      }
    },
  ),
  mutant(
    'overlaps',
    'retry-6',
    'gives an attempt up after 50 ms, and leaves it running',
    class extends SpecimenRetry {
      override attempt<T>(call: Call<T>, next: Next): Promise<T> {
        const late = new Promise<T>((_resolve, reject) => {
          this.world.clock.setTimer(() => reject(new Error('too slow')), 50);
        });
        return Promise.race([super.attempt(call, next), late]);
      }
    },
  ),
  mutant(
    'spends-without-counting',
    'retry-7',
    'its budget knows the calls, and not the retries',
    class extends SpecimenRetry {
      override mayRetry(): boolean {
        return true;
      }
    },
    budgeted,
  ),
  mutant(
    'budget-of-retries',
    'retry-7',
    'counts retries among the calls that earn budget',
    class extends SpecimenRetry {
      override mayRetry(): boolean {
        return this.retries <= 2 + 0.1 * (this.calls + this.retries);
      }
    },
    budgeted,
  ),
  mutant(
    'deaf',
    'retry-9',
    'does not wait for as long as the error asks',
    class extends SpecimenRetry {
      override asked(): number {
        return 0;
      }
    },
  ),
  mutant(
    'hint-in-seconds',
    'retry-9',
    'takes the ms that an error asks for as seconds, and cuts them to ms again',
    class extends SpecimenRetry {
      override asked(error: unknown): number {
        return super.asked(error) / 1_000;
      }
    },
  ),
  mutant(
    'gives-up-early',
    'retry-11',
    'counts the first call among the retries',
    class extends SpecimenRetry {
      override goesOn(...[attempt, ...rest]: Parameters<SpecimenRetry['goesOn']>): boolean {
        return super.goesOn(attempt + 1, ...rest);
      }
    },
    plain,
  ),
  mutant(
    'sleeps-for-nothing',
    'retry-12',
    'waits once more before it gives up',
    class extends SpecimenRetry {
      override failure(errors: readonly unknown[]): unknown {
        return new Promise((resolve) => {
          this.world.clock.setTimer(() => resolve(errors.at(-1)), 100);
        });
      }
    },
  ),
  mutant(
    'wall-clock',
    'retry-13',
    'sleeps until an instant of the wall clock',
    class extends SpecimenRetry {
      override async sleep<T>(ms: number, call: Call<T>): Promise<void> {
        const until = this.world.clock.now() + ms;
        while (this.world.clock.now() < until) await super.sleep(100, call);
      }
    },
  ),
];
