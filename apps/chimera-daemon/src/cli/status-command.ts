import type { AgentStatus, DaemonStatus } from '@chimera/client';
import type { Command } from 'commander';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { waitText } from '../duration-text.ts';
import { limitLine } from './limit-line.ts';
import { columns, instant, oneLine, printJson, printLines } from './output.ts';
import { pauseLine } from './pool-commands.ts';

export function statusCommand(program: Command): void {
  clientCommand(program, 'status', 'show pool, agents, breakers and counts').action(
    async (flags: ClientFlags) => {
      const status = await clientFor(flags).status();
      if (flags.json) return printJson(status);
      printLines(statusLines(status));
    },
  );
}

function autoscalerLine({ enabled, lastDecision }: DaemonStatus['autoscaler']): string {
  if (!enabled) return 'off: autoscaler.enabled is false, the baseline stays as it is';
  if (lastDecision === null) return 'has not resized yet';
  const { at, from, reason, to } = lastDecision;
  return `${from} → ${to} at ${instant(at)}: ${oneLine(reason)}`;
}

function modeLine({
  cpu,
  enabled,
  memory,
  mode,
  priorityFloor,
  ...why
}: DaemonStatus['degradation']): string {
  if (!enabled) return 'not watched: degradation.enabled is false';
  const cause = why.reason === null ? '' : ` since ${instant(why.since)}: ${oneLine(why.reason)}`;
  const floor = priorityFloor > 0 ? `only priority ${priorityFloor} and up, ` : '';
  return `${mode}${cause} (${floor}memory ${percent(memory)}, cpu ${percent(cpu)})`;
}

function percent(share: number | null): string {
  return share === null ? 'unknown' : `${Math.round(share * 100)} %`;
}

function agentLine({ breaker, rateLimitedUntil, retryAfterMs }: AgentStatus): string {
  const probes = retryAfterMs > 0 ? `; probes in ${waitText(retryAfterMs)}` : '';
  const limited =
    rateLimitedUntil === null ? '' : `; rate limited until ${instant(rateLimitedUntil)}`;
  return `${breaker}${probes}${limited}`;
}

function statusLines(status: DaemonStatus): readonly string[] {
  const { agents, autoscaler, deadLetters, degradation, limits, pool, workflows } = status;
  return columns([
    ['node', `${status.node} (pid ${status.pid}, ${status.state}, version ${status.version})`],
    [
      'pool',
      `${pool.running} of ${pool.target} slots run (baseline ${pool.size})${pauseLine(status)}`,
    ],
    ['autoscaler', autoscalerLine(autoscaler)],
    ['mode', modeLine(degradation)],
    [
      'workflows',
      Object.entries(workflows)
        .map(([name, count]) => `${count} ${name}`)
        .join(', '),
    ],
    ['dead letters', `${deadLetters.open} open`],
    ...limits.map((limit) => ['limit', limitLine(limit)]),
    ...agents.map((agent) => [`agent ${agent.name}`, agentLine(agent)]),
  ]);
}
