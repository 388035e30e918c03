import { type Claim, prove } from '../check/claim.ts';
import type { CheckOptions } from '../check/check-policy.ts';
import { ProofError } from '../check/proof-error.ts';
import { harmText } from '../search/harm-text.ts';
import type { HarmClaim } from '../search/no-harm.ts';
import { searchHarm } from '../search/search-harm.ts';

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
      readonly holds: true;
      readonly traces: number;
      readonly simulations: number;
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
    if (isHarmClaim(value)) reports.push(await searched(name, value, options));
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
    .map((report) => {
      if (!report.holds) return `✗ ${report.message}\n`;
      return 'traces' in report
        ? `✓ ${report.claim}: no harm found in ${report.traces} traces, ${report.simulations} simulations\n`
        : `✓ ${report.claim}: ${report.runs} runs, ${report.steps} steps, ${report.laws} laws\n`;
    })
    .join('\n');
}

async function searched(
  claim: string,
  { search }: HarmClaim,
  { runs, seed }: CheckOptions,
): Promise<ClaimReport> {
  const found = await searchHarm({
    ...search,
    ...(runs !== undefined && { evaluations: runs }),
    ...(seed !== undefined && { seed }),
  });
  const { finding, searched: by } = found;
  if (finding === undefined) {
    return { claim, holds: true, traces: by.evaluations, simulations: by.simulations };
  }
  const message = `${claim} does harm\n\n${harmText(found)}`;
  return { claim, holds: false, law: 'harm', proof: finding.proof, message };
}

function isHarmClaim(value: unknown): value is HarmClaim {
  if (typeof value !== 'object' || value === null || !('search' in value)) return false;
  return typeof value.search === 'object' && value.search !== null;
}

function isClaim(value: unknown): value is Claim {
  return typeof value === 'object' && value !== null && 'create' in value && 'rules' in value;
}
