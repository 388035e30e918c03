import { z } from 'zod';
import { adminTokenForm } from '../admin-token-form.ts';
import { logLevels } from '../log.ts';
import { autoscalerSection } from './autoscaler-section.ts';
import { degradationSection } from './degradation-section.ts';
import { count, duration, durationFrom, section } from './fields.ts';
import { limitsSection } from './limits-section.ts';
import { poolSection } from './pool-section.ts';
import { retentionSection } from './retention-section.ts';
import { scheduleSection } from './schedule-section.ts';

const argv = z.tuple([z.string().min(1)], z.string(), {
  error: 'must be a list of program and arguments (there is no shell), such as [node, agent.mjs]',
});

const breakerRules = {
  failureThreshold: count.min(1),
  openFor: duration,
  halfOpenProbes: count.min(1).max(1_000),
};

const breaker = section({
  failureThreshold: breakerRules.failureThreshold.default(5),
  openFor: breakerRules.openFor.prefault('60s'),
  halfOpenProbes: breakerRules.halfOpenProbes.default(3),
});

const agentBase = {
  /** Overrides of the `breaker` section for this agent; without defaults, which would override it too. */
  breaker: section(breakerRules).partial().optional(),
};

const commandAgent = section({
  type: z.literal('command'),
  /** Program and arguments, no shell; `{config}` stands for the config file's folder. */
  command: argv,
  /** Working directory; default the workflow's worktree, else the daemon's own. */
  cwd: z.string().optional(),
  /** Fixed variables. */
  env: z.record(z.string(), z.string()).default({}),
  /** Names copied from the daemon's environment, beside PATH, HOME, LANG, LC_ALL, TMPDIR, USER. */
  inheritEnv: z.array(z.string()).default([]),
  result: z.enum(['json', 'exit-code']).default('json'),
  /** From TERM to KILL. */
  killAfter: duration.prefault('5s'),
  /** Kept of each of its outputs, half from the start and half from the end: an answer fits into one half. */
  keepBytes: count
    .min(1_024)
    .max(2 ** 26)
    .default(2 ** 20),
  /** Output beyond it kills the program. */
  limitBytes: count.min(1_024).default(2 ** 24),
  ...agentBase,
});

const moduleAgent = section({
  type: z.literal('module'),
  /** Path of an ES module, relative to the config file. */
  module: z.string().min(1),
  export: z.string().default('run'),
  ...agentBase,
});

export const agentSchema = z.discriminatedUnion('type', [commandAgent, moduleAgent]);

export const configSchema = section({
  /** This daemon's name in leases and logs. */
  node: z.string().min(1).default('local'),
  database: section({
    path: z.string().min(1).default('.chimera/chimera.db'),
    /** `power-loss`: every acknowledged write is on the disk. `crash`: a power cut may lose the last ones. */
    durability: z.enum(['power-loss', 'crash']).default('power-loss'),
  }).prefault({}),
  http: section({
    host: z.string().min(1).default('127.0.0.1'),
    /** 0 takes any free port. */
    port: count.min(0).max(65_535).default(7717),
    bodyLimitBytes: count.min(1024).default(1_048_576),
    /** Who knows it may take profiles; without one nobody may. By the environment rather than here. */
    adminToken: z
      .string()
      .trim()
      .min(16, 'must have at least 16 characters')
      .regex(adminTokenForm, 'must be one line of printable ASCII')
      .optional(),
    /** A file that holds the token and nothing else, relative to the config file. */
    adminTokenFile: z.string().min(1).optional(),
  }).prefault({}),
  pool: poolSection.prefault({}),
  autoscaler: autoscalerSection.prefault({}),
  degradation: degradationSection.prefault({}),
  breaker: breaker.prefault({}),
  lease: section({
    /** A running workflow whose lease is older than this is taken for lost. */
    ttl: durationFrom(100, '100ms').prefault('30s'),
  }).prefault({}),
  shutdown: section({
    /** How long running phases may go on before their process groups are killed. */
    grace: duration.prefault('30s'),
  }).prefault({}),
  workspaces: section({
    directory: z.string().min(1).default('.chimera/workspaces'),
  }).prefault({}),
  limits: limitsSection.default([]),
  agents: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), agentSchema).default({}),
  deadLetters: section({
    /** So often may one workflow be requeued; 0 is never. */
    maxReplays: count.min(0).default(10),
  }).prefault({}),
  retention: retentionSection.prefault({}),
  /** Work that starts again and again. */
  schedules: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,99}$/), scheduleSection).default({}),
  /** Files with workflow definitions, relative to the config file. `standard` and `chimera` are built in. */
  workflows: z.array(z.string().min(1)).default([]),
  tracing: section({
    /** Where traces go, OTLP over HTTP, such as `http://127.0.0.1:4318`; default `OTEL_EXPORTER_OTLP_ENDPOINT`, else nowhere. */
    endpoint: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  }).prefault({}),
  log: section({
    level: z.enum(logLevels).default('info'),
  }).prefault({}),
});

export type Config = z.output<typeof configSchema>;
export type AgentConfig = z.output<typeof agentSchema>;
