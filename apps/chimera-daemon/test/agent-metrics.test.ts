import { VirtualClock } from '@chimera/policy';
import { MetricsRegistry } from '@chimera/telemetry';
import type { JsonObject } from '@chimera/workflow';
import type { Claim } from '@chimera/workflow-store';
import { expect, test } from 'vitest';
import { agentMetrics } from '../src/telemetry/agent-metrics.ts';

/** What is exposed after a call of a command agent that left this evidence. */
async function exposed(evidence: JsonObject, outcome: 'failed' | 'succeeded'): Promise<string[]> {
  const registry = new MetricsRegistry({}, { clock: new VirtualClock() });
  const error = { code: 'AGENT_EXIT', message: 'no', retryable: true, details: evidence };
  agentMetrics(registry)({
    agent: 'coder',
    claim: { record: { id: 'w', runAt: 0 }, token: 1 } as Claim,
    queuedMs: 2_000,
    startedAt: 2_000,
    durationMs: 1,
    interruption: undefined,
    result: outcome === 'failed' ? { outcome, error } : { outcome, output: null, evidence },
  });
  let text = '';
  for await (const chunk of registry.expose({ format: 'prometheus' })) text += chunk;
  return text.split('\n').filter((line) => line.includes('agent="coder"'));
}

test.each(['failed', 'succeeded'] as const)(
  'counts what a process took that %s',
  async (outcome) => {
    const resources = { cpuMs: 1_230, peakMemoryBytes: 300 * 2 ** 20 };
    const lines = await exposed({ exitCode: 1, signal: null, resources }, outcome);
    expect(lines).toContain('chimera_agent_cpu_seconds_total{agent="coder"} 1.23');
    expect(lines).toContain('chimera_agent_peak_memory_bytes_sum{agent="coder"} 314572800');
    expect(lines).toContain('chimera_agent_exits_total{agent="coder",exit="1"} 1');
    expect(lines).toContain('chimera_agent_queue_seconds_sum{agent="coder"} 2');
  },
);

test('counts nothing that is not known', async () => {
  const lines = await exposed(
    { exitCode: null, signal: 'SIGKILL', resources: { cpuMs: 10 } },
    'failed',
  );
  expect(lines).toContain('chimera_agent_exits_total{agent="coder",exit="SIGKILL"} 1');
  expect(lines.filter((line) => line.includes('memory'))).toEqual([]);
  const none = await exposed({ words: 'of an agent of its own kind' }, 'succeeded');
  expect(none.filter((line) => /exits|cpu|memory/.test(line))).toEqual([]);
});
