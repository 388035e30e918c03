import type { DecisionView } from '@chimera/client';
import { type Command, Option } from 'commander';
import { decisionSubject } from '../control/decision-subject.ts';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { wholeNumber } from './whole-number.ts';
import { columns, instant, oneLine, printJson, printLines } from './output.ts';

const kinds: readonly DecisionView['kind'][] = ['autoscaler', 'degradation', 'breaker'];

interface DecisionFlags extends ClientFlags {
  readonly kind?: DecisionView['kind'];
  readonly changes?: boolean;
  readonly limit: number;
}

export function decisionCommands(program: Command): void {
  clientCommand(
    program,
    'decisions',
    'show why pool, mode and breakers changed or did not, newest first',
  )
    .addOption(new Option('-k, --kind <kind>').choices(kinds))
    .option('-c, --changes', 'only what changed something')
    .option('-n, --limit <n>', 'at most this many', wholeNumber(1, 500), 50)
    .action(async (flags: DecisionFlags) => {
      const decisions = await clientFor(flags).decisions({
        limit: flags.limit,
        ...(flags.changes === true ? { changes: true } : {}),
        ...(flags.kind === undefined ? {} : { kind: flags.kind }),
      });
      if (flags.json) return printJson(decisions);
      const rows = decisions.map((decision) => [
        instant(decision.at),
        decision.level,
        decision.kind,
        decisionSubject(decision),
        signals(decision),
        oneLine(decision.reason),
      ]);
      printLines(columns([['AT', 'LEVEL', 'BY', 'CHANGE', 'SIGNALS', 'WHY'], ...rows]));
    });
}

/** `running 3, queued 50, memory 0.91` */
function signals({ signals: seen }: DecisionView): string {
  const shown = Object.entries(seen).map(
    ([name, value]) => `${name} ${Number(value.toPrecision(3))}`,
  );
  return shown.length === 0 ? '-' : shown.join(', ');
}
