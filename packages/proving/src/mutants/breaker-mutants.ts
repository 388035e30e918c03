import type { Call, Next } from '@chimera/policy';
import { breaker, type BreakerRules } from '../check/rules.ts';
import { type Subject, subjectOf } from '../check/subject.ts';
import type { World } from '../world/world.ts';
import type { Mutant } from './mutant.ts';
import {
  type BreakerMemory,
  SpecimenBreaker,
  type Ticket,
  type Verdict,
} from './specimen-breaker.ts';

const standard = breaker({ failuresInARow: 2, openForMs: 30_000, probes: 2 });

type Specimen = new (...made: ConstructorParameters<typeof SpecimenBreaker>) => SpecimenBreaker;

/** A breaker of the class, and how it is stored. */
export function breakerSubject(
  Made: Specimen,
  world: World,
  rules: BreakerRules = standard,
  memory?: BreakerMemory,
): Subject {
  const made = new Made(rules, world);
  if (memory !== undefined) made.remember(memory);
  return {
    ...subjectOf(made),
    snapshot: () => made.memory(),
    restart: (stored) => breakerSubject(Made, world, rules, stored as BreakerMemory),
  };
}

function mutant(name: string, breaks: string, says: string, Made: Specimen): Mutant {
  const create = (world: World) => breakerSubject(Made, world);
  return { name: `breaker/${name}`, says, breaks, kind: 'breaker', rules: standard, create };
}

export const breakerMutants: readonly Mutant[] = [
  mutant(
    'stale-permit',
    'breaker-4',
    'counts a result whatever generation let its call through',
    class extends SpecimenBreaker {
      override isCurrent(): boolean {
        return true;
      }
    },
  ),
  mutant(
    'stale-failure',
    'breaker-4',
    'a late failure opens a half-open circuit; only late successes are dropped',
    class extends SpecimenBreaker {
      override settle(ticket: Ticket, verdict: Verdict): void {
        if (verdict === 'failure' && this.phase === 'half-open') this.open(this.now());
        else super.settle(ticket, verdict);
      }
    },
  ),
  mutant(
    'opens-early',
    'breaker-5',
    'opens one failure before its threshold',
    class extends SpecimenBreaker {
      override trips(): boolean {
        return this.inARow + 1 >= (this.rules.failuresInARow ?? Infinity);
      }
    },
  ),
  mutant(
    'opens-late',
    'breaker-5',
    'opens when the threshold is exceeded, not when it is reached',
    class extends SpecimenBreaker {
      override trips(): boolean {
        return this.inARow > (this.rules.failuresInARow ?? Infinity);
      }
    },
  ),
  mutant(
    'counts-all-failures',
    'breaker-5',
    'a success does not begin the count of failures anew',
    class extends SpecimenBreaker {
      override settleClosed(verdict: Verdict): void {
        if (verdict === 'failure') super.settleClosed(verdict);
      }
    },
  ),
  mutant(
    'excluded-is-failure',
    'breaker-5',
    'an error that says nothing counts as a failure',
    class extends SpecimenBreaker {
      override verdictOf(): Verdict {
        return 'failure';
      }
    },
  ),
  mutant(
    'impatient',
    'breaker-2',
    'lets a probe through after half of the open time',
    class extends SpecimenBreaker {
      override opensUntil(): number {
        return this.openedAt + this.rules.openForMs / 2;
      }
    },
  ),
  mutant(
    'reopens-for-nothing',
    'breaker-12',
    'a failed probe opens it again, but the open time runs from the first opening',
    class extends SpecimenBreaker {
      override open(at: number): void {
        const first = this.openedAt;
        const isAgain = this.phase === 'half-open';
        super.open(at);
        if (isAgain) this.openedAt = first;
      }
    },
  ),
  mutant(
    'floods-probes',
    'breaker-3',
    'lets every call through while half-open',
    class extends SpecimenBreaker {
      override hasRoom(): boolean {
        return true;
      }
    },
  ),
  mutant(
    'one-probe-more',
    'breaker-3',
    'lets one probe more through than it may',
    class extends SpecimenBreaker {
      override hasRoom(): boolean {
        return this.probes.length + this.succeeded <= this.rules.probes;
      }
    },
  ),
  mutant(
    'keeps-places',
    'breaker-8',
    'a probe that is aborted, or says nothing, keeps its place',
    class extends SpecimenBreaker {
      override settleProbe(ticket: Ticket, verdict: Verdict): void {
        if (verdict !== 'ignored') super.settleProbe(ticket, verdict);
      }
    },
  ),
  mutant(
    'hangs-with-its-probe',
    'breaker-6',
    'a probe that hangs never expires',
    class extends SpecimenBreaker {
      override expire(): void {}
    },
  ),
  mutant(
    'never-closes',
    'breaker-6',
    'waits for one success more than there can be',
    class extends SpecimenBreaker {
      override enter(phase: BreakerMemory['phase']): void {
        if (phase !== 'closed') super.enter(phase);
      }
    },
  ),
  mutant(
    'closes-at-first-success',
    'breaker-13',
    'one probe that succeeds closes it, whatever the others do',
    class extends SpecimenBreaker {
      override settleProbe(ticket: Ticket, verdict: Verdict): void {
        super.settleProbe(ticket, verdict);
        if (verdict === 'success') this.enter('closed');
      }
    },
  ),
  mutant(
    'excluded-closes',
    'breaker-13',
    'a probe that says nothing counts as a success',
    class extends SpecimenBreaker {
      override settleProbe(ticket: Ticket, verdict: Verdict): void {
        super.settleProbe(ticket, verdict === 'ignored' ? 'success' : verdict);
      }
    },
  ),
  mutant(
    'refusals-prolong',
    'breaker-12',
    'each call that it refuses begins the open time anew',
    class extends SpecimenBreaker {
      override refuse<T>(call: Call<T>, next: Next): Promise<T> {
        if (this.phase === 'open') this.openedAt = this.now();
        return super.refuse(call, next);
      }
    },
  ),
  mutant(
    'skips-half-open',
    'breaker-1',
    'closes when the open time is over, without a probe',
    class extends SpecimenBreaker {
      override expire(): void {
        if (this.phase === 'open' && this.now() >= this.opensUntil()) this.enter('closed');
      }
    },
  ),
  mutant(
    'probes-instead-of-opening',
    'breaker-1',
    'goes from closed to half-open on failures',
    class extends SpecimenBreaker {
      override open(at: number): void {
        if (this.phase === 'closed') this.enter('half-open');
        else super.open(at);
      }
    },
  ),
  mutant(
    'tries-twice',
    'breaker-7',
    'calls an operation that fails a second time',
    class extends SpecimenBreaker {
      override follow<T>(ticket: Ticket, call: Call<T>, next: Next): Promise<T> {
        return super.follow(ticket, call, (each) => next(each).catch(() => next(each)));
      }
    },
  ),
  mutant(
    'answers-late',
    'breaker-7',
    'answers 1 ms after the operation has ended',
    class extends SpecimenBreaker {
      override async follow<T>(ticket: Ticket, call: Call<T>, next: Next): Promise<T> {
        const value = await super.follow(ticket, call, next);
        await new Promise<void>((resolve) => {
          this.world.clock.setTimer(resolve, 1);
        });
        return value;
      }
    },
  ),
  mutant(
    'queues-behind-probes',
    'breaker-11',
    'lets calls wait for the probes, without a bound',
    class extends SpecimenBreaker {
      override refuse<T>(call: Call<T>, next: Next): Promise<T> {
        if (this.phase !== 'half-open') return super.refuse(call, next);
        return new Promise((resolve) => {
          this.world.clock.setTimer(() => resolve(this.run(call, next)), 1_000);
        });
      }
    },
  ),
  mutant(
    'forgets-on-restart',
    'breaker-9',
    'is closed when it is taken up again',
    class extends SpecimenBreaker {
      override remember(): void {}
    },
  ),
  mutant(
    'forgets-the-count',
    'breaker-9',
    'forgets the failures in a row when it is stored',
    class extends SpecimenBreaker {
      override memory(): BreakerMemory {
        return { ...super.memory(), inARow: 0 };
      }
    },
  ),
  mutant(
    'wall-clock',
    'breaker-10',
    'measures the open time with the wall clock',
    class extends SpecimenBreaker {
      override now(): number {
        return this.world.clock.now();
      }
    },
  ),
];
