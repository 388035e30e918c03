import { type Claim, prove } from '../check/claim.ts';
import type { CheckOptions } from '../check/check-policy.ts';
import { ProofError } from '../check/proof-error.ts';

export type ClaimReport =
  | {
      readonly claim: string;
      readonly holds: true;
      readonly runs: number;
      readonly steps: number;
      readonly laws: number;
    }
  | {
      readonly claim: string;
      readonly holds: false;
      readonly law: string;
      readonly proof: string;
      readonly message: string;
    };

/** Tries every claim among a module's exports, in order of their names. */
export async function proveExports(
  exported: Readonly<Record<string, unknown>>,
  options: CheckOptions,
): Promise<readonly ClaimReport[]> {
  const reports: ClaimReport[] = [];
  for (const [name, value] of Object.entries(exported)) {
    if (!isClaim(value)) continue;
    try {
      const { runs, steps, laws } = await prove(value, { name, ...options });
      reports.push({ claim: name, holds: true, runs, steps, laws: laws.length });
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      const { law, proof, message } = error;
      reports.push({ claim: name, holds: false, law, proof, message });
    }
  }
  return reports;
}

export function reportText(reports: readonly ClaimReport[]): string {
  return reports
    .map((report) =>
      report.holds
        ? `✓ ${report.claim}: ${report.runs} runs, ${report.steps} steps, ${report.laws} laws\n`
        : `✗ ${report.message}\n`,
    )
    .join('\n');
}

function isClaim(value: unknown): value is Claim {
  return typeof value === 'object' && value !== null && 'create' in value && 'rules' in value;
}
