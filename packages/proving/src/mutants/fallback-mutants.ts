import type { Ask, FallbacksUnderTest } from '../conformance/fallbacks-under-test.ts';
import type { ContractMutant } from './contract-mutant.ts';
import { SpecimenFallbacks, StaleAnswer } from './specimen-fallbacks.ts';

function mutant(
  name: string,
  breaks: string,
  says: string,
  Made: new () => FallbacksUnderTest,
): ContractMutant<FallbacksUnderTest> {
  return { name: `fallbacks/${name}`, says, breaks, create: () => new Made() };
}

/** Fallbacks with one mistake each; every law of theirs has one that it finds. */
export const fallbackMutants: readonly ContractMutant<FallbacksUnderTest>[] = [
  mutant(
    'backwards',
    'degradation-2',
    'asks who stands in last first',
    class extends SpecimenFallbacks {
      protected override order(): readonly number[] {
        return [0, 2, 1];
      }
    },
  ),
  mutant(
    'insistent',
    'degradation-2',
    'asks who stands in twice',
    class extends SpecimenFallbacks {
      protected override order(): readonly number[] {
        return [0, 1, 1, 2];
      }
    },
  ),
  mutant(
    'forgetful',
    'degradation-3',
    'tells nobody what went wrong before',
    class extends SpecimenFallbacks {
      protected override handedOn(): unknown {
        return undefined;
      }
    },
  ),
  mutant(
    'patient',
    'degradation-4',
    'gives each of them the time that there is for all',
    class extends SpecimenFallbacks {
      protected override patience(): number {
        return super.patience() * (this.alternatives + 1);
      }
    },
  ),
  mutant(
    'evergreen',
    'degradation-7',
    'gives an old answer as if it were new',
    class extends SpecimenFallbacks {
      protected override staleAnswer(value: unknown): unknown {
        return value;
      }
    },
  ),
  mutant(
    'flattering',
    'degradation-7',
    'says that every answer is of this instant',
    class extends SpecimenFallbacks {
      protected override staleAnswer(value: unknown): unknown {
        return new StaleAnswer(value, 0);
      }
    },
  ),
  mutant(
    'nostalgic',
    'degradation-7',
    'gives an old answer however old it is',
    class extends SpecimenFallbacks {
      protected override mayGive(): boolean {
        return true;
      }
    },
  ),
  mutant(
    'hedging',
    'degradation-9',
    'asks who stands in without waiting for what may work',
    class extends SpecimenFallbacks {
      protected override chain(ask: Ask): Promise<unknown> {
        const hedge = ask(1, undefined);
        return super.chain(ask).catch(() => hedge);
      }
    },
  ),
];
