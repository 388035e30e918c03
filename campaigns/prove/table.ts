import type { Verdict } from '@chimera/proving/history';
import { proofLaws } from './proof-laws.ts';

/** By law: how often it was looked at, how often it was broken, and what it says. */
export function table({ checked, violations }: Verdict): readonly string[] {
  return proofLaws.map(({ id, prose }) => {
    const times = checked[id] ?? 0;
    const broken = violations.filter(({ law }) => law === id).length;
    const word = broken > 0 ? 'BROKEN' : times > 0 ? 'held' : 'unseen';
    const count = broken > 0 ? `${broken} of ${times}` : String(times);
    return `${word.padEnd(7)}${id.padEnd(12)}${count.padStart(12)}  ${prose}`;
  });
}
