import type { DegradationUnderTest } from '../conformance/degradation-under-test.ts';
import type { ContractMutant } from './contract-mutant.ts';
import { SpecimenDegradation } from './specimen-degradation.ts';

function mutant(
  name: string,
  breaks: string,
  says: string,
  Made: new () => DegradationUnderTest,
): ContractMutant<DegradationUnderTest> {
  return { name: `degradation/${name}`, says, breaks, create: () => new Made() };
}

/** Ways to give up with one mistake each; every law of theirs has one that it finds. */
export const degradationMutants: readonly ContractMutant<DegradationUnderTest>[] = [
  mutant(
    'disbelieving',
    'degradation-1',
    'takes a strain near 1 for a broken sensor',
    class extends SpecimenDegradation {
      protected override levelInto(strain: number): number {
        return strain > 0.97 ? 0 : super.levelInto(strain);
      }
    },
  ),
  mutant(
    'brave',
    'degradation-1',
    'never gives up all that it says it would',
    class extends SpecimenDegradation {
      protected override levelInto(strain: number): number {
        return Math.min(1, super.levelInto(strain));
      }
    },
  ),
  mutant(
    'flapping',
    'degradation-5',
    'recovers as soon as the strain has gone',
    class extends SpecimenDegradation {
      protected override dwell(): number {
        return 0;
      }
    },
  ),
  mutant(
    'early',
    'degradation-5',
    'recovers a second before it may',
    class extends SpecimenDegradation {
      protected override dwell(): number {
        return this.dwellMs - 1_000;
      }
    },
  ),
  mutant(
    'marked',
    'degradation-6',
    'never gives back the last of what it has given up',
    class extends SpecimenDegradation {
      protected override best(): number {
        return Math.min(1, this.level);
      }
    },
  ),
  mutant(
    'all-or-nothing',
    'degradation-8',
    'lets nothing start at its worst level',
    class extends SpecimenDegradation {
      protected override floor(): number {
        return this.level === this.worst ? Infinity : super.floor();
      }
    },
  ),
  mutant(
    'adding-up',
    'degradation-10',
    'takes one cause that is told twice for two',
    class extends SpecimenDegradation {
      protected override joined(one: number, other: number): number {
        return Math.min(this.worst, one + other);
      }
    },
  ),
  mutant(
    'last-word',
    'degradation-10',
    'goes by the cause that it heard last',
    class extends SpecimenDegradation {
      protected override joined(one: number, other: number): number {
        return other === 0 ? one : other;
      }
    },
  ),
  mutant(
    'averaging',
    'degradation-10',
    'goes by what its causes come to on average',
    class extends SpecimenDegradation {
      protected override joined(one: number, other: number): number {
        return Math.round((one + other) / 2);
      }
    },
  ),
];
