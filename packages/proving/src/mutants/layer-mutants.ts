import type { LayersUnderTest } from '../conformance/layer-laws.ts';
import type { ContractMutant } from './contract-mutant.ts';
import { SpecimenLayers } from './specimen-layers.ts';

/** Layers of retries with one mistake each. */
export const layerMutants: readonly ContractMutant<LayersUnderTest>[] = [
  {
    name: 'layers/counts-retries',
    breaks: 'retry-10',
    says: 'takes its number of attempts for one of retries',
    create: () =>
      new (class extends SpecimenLayers {
        protected override tries(attempts: number): number {
          return attempts + 1;
        }
      })(),
  },
];
