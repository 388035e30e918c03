import type { DecisionView } from '@chimera/client';
import { type Command, Option } from 'commander';
import { decisionSubject } from '../control/decision-subject.ts';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { columns, instant, oneLine, printJson, printLines } from './output.ts';

const kinds: readonly DecisionView['kind'][] = ['autoscaler', 'degradation', 'breaker'];

export function decisionCommands(program: Command): void {
  clientCommand(program, 'decisions', 'show why pool, mode and breakers changed, newest first')
    .addOption(new Option('-k, --kind <kind>').choices(kinds))
    .option('-n, --limit <n>', 'at most this many', Number, 50)
    .action(async (flags: ClientFlags & { kind?: DecisionView['kind']; limit: number }) => {
      const decisions = await clientFor(flags).decisions({
        limit: flags.limit,
        ...(flags.kind === undefined ? {} : { kind: flags.kind }),
      });
      if (flags.json) return printJson(decisions);
      const rows = decisions.map((decision) => [
        instant(decision.at),
        decision.kind,
        decisionSubject(decision),
        oneLine(decision.reason),
      ]);
      printLines(columns([['AT', 'BY', 'CHANGE', 'WHY'], ...rows]));
    });
}
