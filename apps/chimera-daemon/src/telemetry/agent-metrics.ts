import { type Exemplar, exponentialBuckets, type MetricsRegistry } from '@chimera/telemetry';
import type { Json } from '@chimera/workflow';
import { z } from 'zod';
import type { AgentCall } from '../executor-pool/agent-call.ts';
import { type AgentUsage, usageOf } from './agent-usage.ts';
import { perPair } from '../per-value.ts';
import { longBuckets } from './long-buckets.ts';
import { callExemplar } from './phase-scope.ts';

/** OpenTelemetry's advice for `gen_ai.client.token.usage`. */
const tokenBuckets = exponentialBuckets(1, 4, 14);
/** From 4 MiB to 16 GiB. */
const memoryBuckets = exponentialBuckets(2 ** 22, 4, 7);
/** Models are named by agents: enough for those there are, not for names made up at each call. */
const mostModels = 200;

/** Counts what agents do, and what they say that it took. */
export function agentMetrics(registry: MetricsRegistry): (call: AgentCall) => void {
  const jobs = registry.counter({
    name: 'chimera_agent_jobs_total',
    help: 'Calls of agents that ended, by their outcome.',
    labels: ['agent', 'outcome'],
  });
  const execution = registry.histogram({
    name: 'chimera_agent_execution_seconds',
    help: 'From asking an agent to its answer.',
    unit: 'seconds',
    labels: ['agent', 'outcome'],
    buckets: longBuckets,
  });
  const queued = registry.histogram({
    name: 'chimera_agent_queue_seconds',
    help: 'From the moment at which a phase could be claimed until its agent was asked.',
    unit: 'seconds',
    labels: ['agent'],
    buckets: longBuckets,
  });
  const exits = registry.counter({
    name: 'chimera_agent_exits_total',
    help: 'Ends of command agents, by exit code, or by the signal that ended them.',
    labels: ['agent', 'exit'],
  });
  const errors = registry.counter({
    name: 'chimera_agent_errors_total',
    help: 'Failures of agents by their code; those that an agent makes up itself are other.',
    labels: ['agent', 'error_type'],
  });
  const modelLabels = ['agent', 'gen_ai_provider_name', 'gen_ai_request_model'] as const;
  const tokens = registry.histogram({
    name: 'gen_ai_client_token_usage',
    help: 'Tokens of one call of an agent, as it reports them; cached ones are part of input.',
    labels: [...modelLabels, 'gen_ai_token_type'],
    buckets: tokenBuckets,
    maxSeries: 3 * mostModels,
  });
  const cost = registry.counter({
    name: 'chimera_agent_cost_usd_total',
    help: 'What calls of agents cost, as they report it, in US dollars.',
    labels: modelLabels,
    maxSeries: mostModels,
  });

  const cpu = registry.counter({
    name: 'chimera_agent_cpu_seconds_total',
    help: 'CPU time of command agents and the processes that they started.',
    unit: 'seconds',
    labels: ['agent'],
  });
  const memory = registry.histogram({
    name: 'chimera_agent_peak_memory_bytes',
    help: 'Most resident memory at once of a command agent and the processes that it started, by call.',
    unit: 'bytes',
    labels: ['agent'],
    buckets: memoryBuckets,
  });

  const used = (call: AgentCall, usage: AgentUsage): void => {
    const { model = 'unknown', provider = 'unknown' } = usage;
    const labels = {
      agent: call.agent,
      gen_ai_provider_name: provider,
      gen_ai_request_model: model,
    };
    const counts = {
      input: usage.input_tokens,
      output: usage.output_tokens,
      cache_read: usage.cache_read_input_tokens,
    };
    for (const [gen_ai_token_type, count] of Object.entries(counts)) {
      if (count !== undefined)
        tokens.bind({ ...labels, gen_ai_token_type }).observe(count, exemplarOf, call);
    }
    if (usage.cost_usd !== undefined) cost.bind(labels).add(usage.cost_usd, exemplarOf, call);
  };

  // Counted of each call: bound once.
  const series = perPair((agent: string, outcome: string) => ({
    jobs: jobs.bind({ agent, outcome }),
    execution: execution.bind({ agent, outcome }),
    queued: queued.bind({ agent }),
  }));

  return (call) => {
    const { agent, durationMs, interruption, queuedMs, result } = call;
    // What was ended because nobody wants it any more says nothing about the agent.
    const isCancelled = result.outcome === 'failed' && interruption === 'cancelled';
    const of = series(agent, isCancelled ? 'cancelled' : result.outcome);
    of.jobs.add(1, exemplarOf, call);
    of.execution.observe(durationMs / 1_000, exemplarOf, call);
    of.queued.observe(queuedMs / 1_000, exemplarOf, call);
    if (result.outcome === 'failed' && !isCancelled) {
      const { code } = result.error;
      const error_type = ours.has(code) ? code : 'other';
      errors.bind({ agent, error_type }).add(1, exemplarOf, call);
    }
    const process = processOf(result.outcome === 'failed' ? result.error.details : result.evidence);
    if (process !== undefined) {
      exits.bind({ agent, exit: exitOf(process) }).add();
      const { cpuMs, peakMemoryBytes } = process.resources ?? {};
      if (cpuMs !== undefined) cpu.bind({ agent }).add(cpuMs / 1_000, exemplarOf, call);
      if (peakMemoryBytes !== undefined)
        memory.bind({ agent }).observe(peakMemoryBytes, exemplarOf, call);
    }
    const usage = usageOf(result);
    if (usage !== undefined) used(call, usage);
  };
}

function exemplarOf({ claim }: AgentCall): Exemplar {
  return callExemplar(claim);
}

/** What is kept of a process: see `evidenceOf` of the agents. */
const ended = z.object({
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  resources: z.object({ cpuMs: z.number(), peakMemoryBytes: z.number().optional() }).optional(),
});

/** Codes of our own agents are few; what an agent makes up may be different each time. */
const ours: ReadonlySet<string> = new Set([
  'AGENT_ABORTED',
  'AGENT_EXIT',
  'AGENT_FAILED',
  'AGENT_KILLED',
  'AGENT_NOT_FOUND',
  'AGENT_NOT_STARTED',
  'AGENT_OUTPUT_INVALID',
  'AGENT_OUTPUT_TOO_LARGE',
  'AGENT_THREW',
  'AGENT_TIMEOUT',
  'CHECKS_BROKEN',
  'CHECKS_MISSING',
  'CHECKS_WITHOUT_WORKSPACE',
  'CHECK_NOT_STARTED',
]);

function processOf(evidence: Json | undefined): z.output<typeof ended> | undefined {
  // What other agents leave is none, and to be told so by a schema is slow.
  if (typeof evidence !== 'object' || evidence === null || !('exitCode' in evidence)) return;
  return ended.safeParse(evidence).data;
}

function exitOf({ exitCode, signal }: z.output<typeof ended>): string {
  return exitCode === null ? (signal ?? 'unknown') : String(exitCode);
}
