import type { GitWorkspaces } from '@chimera/agents';
import type { Clock } from '@chimera/policy';
import type { WorkflowStore } from '@chimera/workflow-store';
import { AgentRegistry } from './agents/agent-registry.ts';
import { withoutAgents } from './agents/without-agents.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { breakerDecisions } from './control/breaker-decisions.ts';
import type { DecisionLog } from './control/decision-log.ts';
import type { Logger } from './log.ts';
import type { DaemonTelemetry } from './telemetry/daemon-telemetry.ts';
import { wakeWaiting } from './wake-waiting.ts';

export interface WireAgentsDeps {
  readonly store: WorkflowStore;
  readonly workspaces: GitWorkspaces;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Value of `CHIMERA_RUN` in every child process. */
  readonly marker: string;
  readonly telemetry: Pick<DaemonTelemetry, 'breakerEvent'>;
  readonly decisions: DecisionLog;
  /** The breakers have taken up what they were before: what they tell from here on happens now. */
  readonly isRestored: () => boolean;
  /** Work that waited for an agent can start. */
  readonly onWoken: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The configured agents; what their breakers and gates do is counted, logged, and wakes what waited. */
export function wireAgents(
  loaded: Pick<LoadedConfig, 'config' | 'definitions' | 'directory' | 'file'>,
  deps: WireAgentsDeps,
): Promise<AgentRegistry> {
  const { config, directory } = loaded;
  const { clock, environment, isRestored, log, marker, store, telemetry, workspaces } = deps;
  const decideOnBreakers = breakerDecisions(deps.decisions, isRestored);
  if (Object.keys(config.agents).length === 0)
    log.warn({ component: 'daemon' }, withoutAgents(loaded));
  return AgentRegistry.load(config, directory, {
    clock,
    environment,
    workspaces,
    marker,
    onGateClosed: (agent, { because, until }) =>
      log.warn(
        { component: 'rate-limit', agent, until },
        `its provider limits the rate; its work waits: ${because}`,
      ),
    onBreakerEvent: (agent, event) => {
      if (isRestored()) telemetry.breakerEvent(agent, event);
      decideOnBreakers(agent, event);
    },
    onBreakerClosed: (agent) => {
      wakeWaiting(store, agent, clock).then(deps.onWoken, (error: unknown) =>
        log.error(
          { err: error, component: 'circuit-breaker', agent },
          'waiting workflows were not woken',
        ),
      );
    },
  });
}
