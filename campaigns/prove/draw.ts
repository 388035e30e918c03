import { seededRandom } from '@chimera/policy';

/** A number from 0 to 1 for this purpose, the same in every run of the seed, whatever else is drawn. */
export function draw(seed: number, ...purpose: readonly (string | number)[]): number {
  let hash = seed ^ 0x811c9dc5;
  for (const letter of purpose.join(' ')) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return seededRandom(hash >>> 0)();
}
