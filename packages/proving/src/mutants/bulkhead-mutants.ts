import type { Call, Next, Timer } from '@chimera/policy';
import { bulkhead } from '../check/rules.ts';
import type { World } from '../world/world.ts';
import type { Mutant } from './mutant.ts';
import { RefusedError } from './refused-error.ts';
import { SpecimenBulkhead, type Waiter } from './specimen-bulkhead.ts';

const rules = bulkhead({ maxConcurrent: 2, maxQueue: 2, maxWaitMs: 500 });

type Specimen = new (...made: ConstructorParameters<typeof SpecimenBulkhead>) => SpecimenBulkhead;

function mutant(name: string, breaks: string, says: string, Made: Specimen): Mutant {
  const create = (world: World) => new Made(rules, world);
  return { name: `bulkhead/${name}`, says, breaks, kind: 'bulkhead', rules, create };
}

export const bulkheadMutants: readonly Mutant[] = [
  mutant(
    'one-too-many',
    'bulkhead-1',
    'lets one more run than there are places',
    class extends SpecimenBulkhead {
      override isFree(): boolean {
        return this.running <= this.rules.maxConcurrent;
      }
    },
  ),
  mutant(
    'frees-on-abort',
    'bulkhead-1',
    'gives the place of a call away when its caller gives up, while its work goes on',
    class extends SpecimenBulkhead {
      override hold<T>(call: Call<T>, next: Next): Promise<T> {
        let isHeld = true;
        const leave = () => {
          if (isHeld) this.leave();
          isHeld = false;
        };
        const stop = call.onAbort(leave);
        return next(call).finally(() => {
          stop();
          leave();
        });
      }
    },
  ),
  mutant(
    'loses-place-on-failure',
    'bulkhead-2',
    'keeps the place of a call that fails',
    class extends SpecimenBulkhead {
      override async hold<T>(call: Call<T>, next: Next): Promise<T> {
        const value = await next(call);
        this.leave();
        return value;
      }
    },
  ),
  mutant(
    'sleepy',
    'bulkhead-2',
    'looks only every 10 ms who is next',
    class extends SpecimenBulkhead {
      override leave(): void {
        this.running -= 1;
        this.world.clock.setTimer(() => this.admit(), 10);
      }
    },
  ),
  mutant(
    'wakes-the-gone',
    'bulkhead-2',
    'gives a free place to one who has left the queue, where it is lost',
    class extends SpecimenBulkhead {
      override forget(): void {}
    },
  ),
  mutant(
    'last-come-first-served',
    'bulkhead-3',
    'serves the latest first',
    class extends SpecimenBulkhead {
      override takeNext(): Waiter | undefined {
        return this.waiters.pop();
      }
    },
  ),
  mutant(
    'overtaken-on-arrival',
    'bulkhead-3',
    'the second who waits goes before the first',
    class extends SpecimenBulkhead {
      override takeNext(): Waiter | undefined {
        return this.waiters.splice(Math.min(1, this.waiters.length - 1), 1)[0];
      }
    },
  ),
  mutant(
    'runs-for-nobody',
    'bulkhead-4',
    'runs a call whose caller gave up while it waited',
    class extends SpecimenBulkhead {
      override abandon(): void {}

      override hold<T>(call: Call<T>, next: Next): Promise<T> {
        if (!call.aborted) return super.hold(call, next);
        return Promise.resolve(call.operation(call)).finally(() => this.leave());
      }
    },
  ),
  mutant(
    'refuses-early',
    'bulkhead-5',
    'refuses with one place of the queue left',
    class extends SpecimenBulkhead {
      override hasQueueRoom(): boolean {
        return this.waiters.length + 1 < this.rules.maxQueue;
      }
    },
  ),
  mutant(
    'counts-the-gone',
    'bulkhead-5',
    'who has left the queue still takes a place of it, until its turn comes',
    class extends SpecimenBulkhead {
      readonly #gone: Set<Waiter> = new Set();

      override forget(waiter: Waiter): void {
        this.#gone.add(waiter);
      }

      override takeNext(): Waiter | undefined {
        const next = super.takeNext();
        return next !== undefined && this.#gone.has(next) ? this.takeNext() : next;
      }
    },
  ),
  mutant(
    'unbounded-queue',
    'bulkhead-6',
    'lets everybody wait',
    class extends SpecimenBulkhead {
      override hasQueueRoom(): boolean {
        return true;
      }
    },
  ),
  mutant(
    'queue-off-by-one',
    'bulkhead-6',
    'lets one more wait than it may',
    class extends SpecimenBulkhead {
      override hasQueueRoom(): boolean {
        return this.waiters.length <= this.rules.maxQueue;
      }
    },
  ),
  mutant(
    'waits-for-ever',
    'bulkhead-7',
    'knows no longest wait',
    class extends SpecimenBulkhead {
      override expire(): undefined {
        return undefined;
      }
    },
  ),
  mutant(
    'waits-twice-as-long',
    'bulkhead-7',
    'waits twice for the longest wait',
    class extends SpecimenBulkhead {
      override expire(waiter: Waiter, ms: number): Timer | undefined {
        return super.expire(waiter, 2 * ms);
      }
    },
  ),
  mutant(
    'answers-late',
    'bulkhead-8',
    'answers 1 ms after the operation has ended',
    class extends SpecimenBulkhead {
      override async hold<T>(call: Call<T>, next: Next): Promise<T> {
        const value = await super.hold(call, next);
        await new Promise<void>((resolve) => {
          this.world.clock.setTimer(resolve, 1);
        });
        return value;
      }
    },
  ),
  mutant(
    'calls-twice',
    'bulkhead-8',
    'calls the operation once to see whether it works, and once for its result',
    class extends SpecimenBulkhead {
      override hold<T>(call: Call<T>, next: Next): Promise<T> {
        return super.hold(call, async (each) => {
          await next(each);
          return next(each);
        });
      }
    },
  ),
  mutant(
    'wall-clock',
    'bulkhead-9',
    'measures waits with the wall clock',
    class extends SpecimenBulkhead {
      override expire(waiter: Waiter, ms: number): Timer {
        const { clock } = this.world;
        const until = clock.now() + ms;
        const look = () => {
          if (clock.now() >= until) waiter.refuse(new RefusedError());
          else waiter.timer = clock.setTimer(look, ms / 4);
        };
        return clock.setTimer(look, ms / 4);
      }
    },
  ),
];
