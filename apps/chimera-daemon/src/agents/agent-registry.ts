import { resolve } from 'node:path';
import {
  type Agent,
  ChecksAgent,
  CommandAgent,
  defaultEnvironmentNames,
  type GitWorkspaces,
  loadModuleAgent,
} from '@chimera/agents';
import { CircuitBreaker, type CircuitBreakerEvent } from '@chimera/circuit-breaker';
import type { AgentStatus } from '@chimera/client';
import type { Clock } from '@chimera/policy';
import type { PhaseDefinition } from '@chimera/workflow';
import { placed } from '../config/placed.ts';
import type { AgentConfig, Config } from '../config/schema.ts';
import { defined } from '../defined.ts';
import { AgentGates, type ClosedGate } from './agent-gates.ts';
import type { PhaseAgent } from '../executor-pool/phase-runner.ts';
import { RedactingAgent } from './redacting-agent.ts';
import { secretsOf } from './secrets-of.ts';

export interface AgentRegistryDeps {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workspaces: GitWorkspaces;
  /** Value of `CHIMERA_RUN` in every child process: how leftovers of a crash are found. */
  readonly marker: string;
  /** An agent asked to be left alone. */
  readonly onGateClosed: (agent: string, gate: ClosedGate) => void;
  readonly onBreakerEvent: (agent: string, event: CircuitBreakerEvent) => void;
  /** The agent works again: what was parked for it need not wait any longer. */
  readonly onBreakerClosed: (agent: string) => void;
}

const refusals: ReadonlySet<CircuitBreaker['status']> = new Set([
  'open',
  'half-open',
  'forced-open',
]);

/** The configured agents, each behind its own breaker, and the daemon's own checks. */
export class AgentRegistry {
  readonly #agents: ReadonlyMap<string, PhaseAgent & { readonly breaker: CircuitBreaker }>;
  readonly #checks: PhaseAgent;
  readonly gates: AgentGates;

  private constructor(
    agents: ReadonlyMap<string, PhaseAgent & { breaker: CircuitBreaker }>,
    checks: Agent,
    gates: AgentGates,
  ) {
    this.gates = gates;
    this.#agents = agents;
    this.#checks = { agent: checks, breaker: undefined };
  }

  /** Throws when a module agent cannot be loaded. `directory`: what relative paths are relative to. */
  static async load(
    config: Config,
    directory: string,
    deps: AgentRegistryDeps,
  ): Promise<AgentRegistry> {
    const agents = new Map<string, PhaseAgent & { breaker: CircuitBreaker }>();
    const secrets = secretsOf(config, deps.environment);
    for (const [name, agentConfig] of Object.entries(config.agents)) {
      const breaker = new CircuitBreaker(
        // A probe is bounded by its phase's timeout; the breaker need not have an opinion of its own.
        { name, ...config.breaker, ...defined(agentConfig.breaker ?? {}), probeTimeout: '7d' },
        { clock: deps.clock },
      );
      breaker.subscribe((event) => {
        deps.onBreakerEvent(name, event);
        if (event.type === 'closed') deps.onBreakerClosed(name);
      });
      const agent = await createAgent(name, agentConfig, directory, deps);
      agents.set(name, { agent: new RedactingAgent(agent, secrets), breaker });
    }
    const { clock, environment, marker, workspaces } = deps;
    return new AgentRegistry(
      agents,
      new RedactingAgent(new ChecksAgent({ workspaces, environment, marker, clock }), secrets),
      new AgentGates({ clock, onClosed: deps.onGateClosed }),
    );
  }

  get names(): readonly string[] {
    return [...this.#agents.keys()];
  }

  /** Undefined when the agent is not configured. */
  forPhase({ agent }: PhaseDefinition): PhaseAgent | undefined {
    return agent === undefined ? this.#checks : this.#agents.get(agent);
  }

  get breakers(): readonly CircuitBreaker[] {
    return [...this.#agents.values()].map(({ breaker }) => breaker);
  }

  /** Agents whose breaker lets nothing through now, or only its probes, or whose provider limits the rate. */
  refusing(): ReadonlySet<string> {
    const found = [...this.#agents].filter(([, { breaker }]) => refusals.has(breaker.status));
    return new Set([...found.map(([name]) => name), ...this.gates.names]);
  }

  statuses(): readonly AgentStatus[] {
    return [...this.#agents].map(([name, { breaker }]) => ({
      name,
      breaker: breaker.status,
      retryAfterMs: breaker.retryAfterMs,
      rateLimitedUntil: this.gates.closed(name)?.until ?? null,
    }));
  }
}

async function createAgent(
  name: string,
  config: AgentConfig,
  directory: string,
  { clock, environment, marker }: AgentRegistryDeps,
): Promise<Agent> {
  if (config.type === 'module') {
    return loadModuleAgent(resolve(directory, config.module), config.export, name);
  }
  return new CommandAgent({
    name,
    command: inDirectory(config.command, directory),
    ...(config.cwd === undefined ? {} : { cwd: resolve(directory, config.cwd) }),
    env: config.env,
    allowEnv: [...defaultEnvironmentNames, ...config.inheritEnv],
    environment,
    marker,
    result: config.result,
    killAfterMs: config.killAfter,
    keepBytes: config.keepBytes,
    limitBytes: config.limitBytes,
    clock,
  });
}

function inDirectory(
  [program, ...rest]: readonly [string, ...string[]],
  directory: string,
): [string, ...string[]] {
  return [placed(program, directory), ...rest.map((word) => placed(word, directory))];
}
