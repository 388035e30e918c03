import type { AgentResult } from '@chimera/agents';
import type { Json } from '@chimera/workflow';
import { z } from 'zod';

const count = z.number().min(0).optional().catch(undefined);
const name = z.string().min(1).max(100).optional().catch(undefined);

/** By the names of OpenTelemetry's `gen_ai.usage.*`, which model providers use in their answers. */
const usage = z.object({
  model: name,
  provider: name,
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cost_usd: count,
});

export type AgentUsage = z.output<typeof usage>;

const reporting = z.object({ usage });

/** What an agent says that its work took: `usage` in its output, its evidence or its error's details. */
export function usageOf(result: AgentResult): AgentUsage | undefined {
  if (result.outcome === 'failed') return usageIn(result.error.details);
  return usageIn(result.output) ?? usageIn(result.evidence);
}

function usageIn(place: Json | undefined): AgentUsage | undefined {
  // Most say nothing, and to be told so by a schema is slow.
  if (typeof place !== 'object' || place === null || !('usage' in place)) return undefined;
  return reporting.safeParse(place).data?.usage;
}
