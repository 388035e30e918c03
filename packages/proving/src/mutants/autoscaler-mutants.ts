import type { AutoscalerUnderTest, LoadSeen } from '../conformance/autoscaler-under-test.ts';
import type { ContractMutant } from './contract-mutant.ts';
import { SpecimenAutoscaler, SpecimenFollower, type Way } from './specimen-autoscaler.ts';

function mutant(
  name: string,
  breaks: string,
  says: string,
  Made: new () => AutoscalerUnderTest,
): ContractMutant<AutoscalerUnderTest> {
  return { name: `autoscaler/${name}`, says, breaks, create: () => new Made() };
}

/** Autoscalers with one mistake each; every law of theirs has one that it finds. */
export const autoscalerMutants: readonly ContractMutant<AutoscalerUnderTest>[] = [
  mutant(
    'no-ceiling',
    'autoscaler-1',
    'keeps its minimum and forgets its maximum',
    class extends SpecimenAutoscaler {
      protected override bound(size: number): number {
        return Math.max(this.min, size);
      }
    },
  ),
  mutant(
    'early',
    'autoscaler-2',
    'decides again a second before it may',
    class extends SpecimenAutoscaler {
      protected override pause(): number {
        return this.cooldownMs - 1_000;
      }
    },
  ),
  mutant(
    'leaps',
    'autoscaler-2',
    'doubles, however large a step it promised',
    class extends SpecimenAutoscaler {
      protected override grown(size: number): number {
        return size * 2;
      }
    },
  ),
  mutant(
    'thresholds-cross',
    'autoscaler-3',
    'shrinks at a load at which it then grows again',
    class extends SpecimenAutoscaler {
      protected override wants(seen: LoadSeen): Way | undefined {
        return super.wants(seen) ?? (seen.running / seen.size <= 0.8 ? 'down' : undefined);
      }
    },
  ),
  mutant(
    'frightened',
    'autoscaler-4',
    'takes a long queue for a fault, and does not grow',
    class extends SpecimenAutoscaler {
      protected override wants(seen: LoadSeen): Way | undefined {
        return seen.queued >= 5 ? undefined : super.wants(seen);
      }
    },
  ),
  mutant(
    'waits-for-a-queue',
    'autoscaler-5',
    'grows only once something is queued',
    class extends SpecimenAutoscaler {
      protected override wants(seen: LoadSeen): Way | undefined {
        const way = super.wants(seen);
        return way === 'up' && seen.queued === 0 ? undefined : way;
      }
    },
  ),
  mutant(
    'nervous',
    'autoscaler-6',
    'grows before its threshold is reached',
    class extends SpecimenAutoscaler {
      protected override wants(seen: LoadSeen): Way | undefined {
        return seen.running / seen.size >= 0.7 ? 'up' : super.wants(seen);
      }
    },
  ),
  mutant(
    'overcorrects',
    'autoscaler-7',
    'corrects four times as much as the lateness of its slots allows',
    class extends SpecimenFollower {
      protected override correction(amiss: number): number {
        return 4 * super.correction(amiss);
      }
    },
  ),
  mutant(
    'cuts-to-the-least',
    'autoscaler-8',
    'shrinks to its minimum, whatever still runs',
    class extends SpecimenAutoscaler {
      protected override cut(): number {
        return this.min;
      }
    },
  ),
  mutant(
    'trusts-everything',
    'autoscaler-9',
    'takes what is not known for a number',
    class extends SpecimenAutoscaler {
      protected override isKnown(): boolean {
        return true;
      }
    },
  ),
  mutant(
    'slow',
    'autoscaler-10',
    'waits for four cooldowns between two steps',
    class extends SpecimenAutoscaler {
      protected override pause(): number {
        return 4 * this.cooldownMs;
      }
    },
  ),
];
