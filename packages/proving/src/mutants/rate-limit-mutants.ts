import type { Call, Next } from '@chimera/policy';
import { rateLimit } from '../check/rules.ts';
import { type Subject, subjectOf } from '../check/subject.ts';
import type { World } from '../world/world.ts';
import type { Mutant } from './mutant.ts';
import { type BucketMemory, SpecimenRateLimit } from './specimen-rate-limit.ts';

const rules = rateLimit({ max: 3, perMs: 1_000 });

type Specimen = new (...made: ConstructorParameters<typeof SpecimenRateLimit>) => SpecimenRateLimit;

/** A limit of the class, and how it is stored. */
export function rateLimitSubject(Made: Specimen, world: World, memory?: BucketMemory): Subject {
  const made = new Made(rules, world);
  if (memory !== undefined) made.remember(memory);
  return {
    ...subjectOf(made),
    snapshot: () => made.memory(),
    restart: (stored) => rateLimitSubject(Made, world, stored as BucketMemory),
  };
}

function mutant(name: string, breaks: string, says: string, Made: Specimen): Mutant {
  const create = (world: World) => rateLimitSubject(Made, world);
  return { name: `rate-limit/${name}`, says, breaks, kind: 'rate-limit', rules, create };
}

export const rateLimitMutants: readonly Mutant[] = [
  mutant(
    'one-too-many',
    'rate-limit-1',
    'lets a call through on an empty bucket',
    class extends SpecimenRateLimit {
      override take(): boolean {
        this.tokens -= 1;
        return this.tokens >= -1;
      }
    },
  ),
  mutant(
    'deep-bucket',
    'rate-limit-1',
    'saves up twice as many calls as it may',
    class extends SpecimenRateLimit {
      override most(): number {
        return 2 * this.rules.max;
      }
    },
  ),
  mutant(
    'fixed-windows',
    'rate-limit-1',
    'counts in windows that begin anew: twice the limit around their ends',
    class extends SpecimenRateLimit {
      override refill(): void {
        const { max, perMs } = this.rules;
        const windows = (at: number) => Math.floor(at / perMs);
        if (windows(this.now()) > windows(this.lookedAt)) this.tokens = max;
        this.lookedAt = this.now();
      }
    },
  ),
  mutant(
    'rounds-up',
    'rate-limit-1',
    'rounds what it has earned up, at every look',
    class extends SpecimenRateLimit {
      override earned(ms: number): number {
        return Math.ceil(super.earned(ms));
      }
    },
  ),
  mutant(
    'too-fast',
    'rate-limit-1',
    'earns calls at twice the rate',
    class extends SpecimenRateLimit {
      override earned(ms: number): number {
        return 2 * super.earned(ms);
      }
    },
  ),
  mutant(
    'rounds-down',
    'rate-limit-2',
    'loses the fraction that it has earned, at every look',
    class extends SpecimenRateLimit {
      override earned(ms: number): number {
        return Math.floor(super.earned(ms));
      }
    },
  ),
  mutant(
    'charges-refusals',
    'rate-limit-2',
    'a call that is refused costs a token too',
    class extends SpecimenRateLimit {
      override refuse<T>(call: Call<T>, next: Next): Promise<T> {
        const refusal = super.refuse(call, next);
        this.tokens -= 1;
        return refusal;
      }
    },
  ),
  mutant(
    'never-refills',
    'rate-limit-2',
    'earns nothing',
    class extends SpecimenRateLimit {
      override earned(): number {
        return 0;
      }
    },
  ),
  mutant(
    'starts-empty',
    'rate-limit-2',
    'has no tokens to begin with',
    class extends SpecimenRateLimit {
      override tokens = 0;
    },
  ),
  mutant(
    'comes-too-soon',
    'rate-limit-3',
    'tells callers to come again 1 ms before there is room',
    class extends SpecimenRateLimit {
      override waitMs(): number {
        return Math.max(0, super.waitMs() - 1);
      }
    },
  ),
  mutant(
    'tells-seconds',
    'rate-limit-3',
    'tells seconds where ms are meant',
    class extends SpecimenRateLimit {
      override waitMs(): number {
        return super.waitMs() / 1_000;
      }
    },
  ),
  mutant(
    'makes-wait',
    'rate-limit-4',
    'lets calls wait that it should refuse',
    class extends SpecimenRateLimit {
      override refuse<T>(call: Call<T>, next: Next): Promise<T> {
        return new Promise((resolve) => {
          this.world.clock.setTimer(() => resolve(this.run(call, next)), this.waitMs());
        });
      }
    },
  ),
  mutant(
    'wall-clock',
    'rate-limit-5',
    'measures with the wall clock',
    class extends SpecimenRateLimit {
      override now(): number {
        return this.world.clock.now();
      }
    },
  ),
  mutant(
    'full-on-restart',
    'rate-limit-6',
    'has a full bucket when it is taken up again',
    class extends SpecimenRateLimit {
      override remember(): void {}
    },
  ),
];
