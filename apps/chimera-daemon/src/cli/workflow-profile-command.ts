import type { WorkflowProfileView } from '@chimera/client';
import type { Command } from 'commander';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { columns, oneLine, printJson, printLines } from './output.ts';
import { writeOutput } from './output-file.ts';
import { workflowId } from './workflow-id.ts';

export function workflowProfileCommand(program: Command): void {
  clientCommand(
    program,
    'profile-workflow <id>',
    'show where the time of one workflow went: queue, slots, agents, database, waits',
  )
    .option('--speedscope <file>', 'write it as a flame graph, for speedscope.app')
    .action(async (given: string, flags: ClientFlags & { readonly speedscope?: string }) => {
      const client = clientFor(flags);
      const id = await workflowId(client, given);
      if (flags.speedscope !== undefined)
        await writeOutput('--speedscope', flags.speedscope, async () =>
          JSON.stringify(await client.workflowFlame(id)),
        );
      const profile = await client.workflowProfile(id);
      if (flags.json) return printJson(profile);
      printLines(profileLines(profile));
    });
}

function profileLines(profile: WorkflowProfileView): readonly string[] {
  const { isMeasured, parts, totalsMs, wallMs } = profile;
  const totals = Object.entries(totalsMs).map(([kind, ms]) => [kind, took(ms), share(ms, wallMs)]);
  const rows = parts.map(({ agent, attempt, endedAt, kind, phase, reason, startedAt }) => [
    `+${took(startedAt - profile.startedAt)}`,
    took(endedAt - startedAt),
    oneLine(phase),
    attempt === null ? '' : `attempt ${attempt}`,
    oneLine([kind, kind === 'agent' ? agent : reason].filter(Boolean).join(' ')),
  ]);
  return [
    ...columns([['total', took(wallMs), '100 %'], ...totals]),
    ...columns([['AT', 'TOOK', 'PHASE', 'ATTEMPT', 'WHAT'], ...rows]),
    ...(isMeasured
      ? []
      : ['of some attempts only begin and end are known: all of them counts as their agents’']),
  ];
}

function took(ms: number): string {
  return `${Math.round(ms)} ms`;
}

function share(ms: number, wallMs: number): string {
  return wallMs === 0 ? '-' : `${Math.round((100 * ms) / wallMs)} %`;
}
