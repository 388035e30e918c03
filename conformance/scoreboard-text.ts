import type { Cell, Row, Scoreboard } from './scoreboard.ts';

/** The scoreboard for a terminal: the table, the totals, every deviation, and what did not apply. */
export function scoreboardText(board: Scoreboard): string {
  return [
    ...table(board),
    '',
    ...totals(board),
    '',
    ...deviations(board),
    '',
    ...notApplicable(board),
    '',
  ].join('\n');
}

function table({ libraries, rows }: Scoreboard): string[] {
  const names = libraries.map(({ library }) => library);
  const idWidth = Math.max(...rows.map(({ id }) => id.length), 'scenario'.length);
  const widths = names.map((name) => Math.max(name.length, 'pass 2/3'.length));
  const line = (first: string, cells: readonly string[], last: string) =>
    [first.padEnd(idWidth), ...cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)), last].join(
      '  ',
    );
  const body = rows.map(({ id, title, cells }) =>
    line(
      id,
      names.map((name) => cellText(cells[name])),
      title,
    ),
  );
  const rule = '-'.repeat(idWidth + widths.reduce((sum, width) => sum + width + 2, 0));
  return [line('scenario', names, ''), rule, ...body];
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  if (cell.result !== 'pass') return cell.result;
  const passed = cell.cases.filter(({ result }) => result === 'pass').length;
  return passed === cell.cases.length ? 'pass' : `pass ${passed}/${cell.cases.length}`;
}

function totals({ libraries, rows }: Scoreboard): string[] {
  const count = (library: string, wanted: Cell['result']) =>
    rows.filter(({ cells }) => cells[library]?.result === wanted).length;
  return libraries.map(({ library, version }) => {
    const [pass, fail, none] = (['pass', 'FAIL', 'n/a'] as const).map((wanted) =>
      count(library, wanted),
    );
    return `${library} (${version}): ${pass} pass, ${fail} fail, ${none} do not apply`;
  });
}

function deviations({ libraries, rows }: Scoreboard): string[] {
  return libraries.flatMap(({ library }) => {
    const failed = rows.filter(({ cells }) => cells[library]?.result === 'FAIL');
    if (failed.length === 0) return [];
    return [
      `What ${library} did instead:`,
      ...failed.flatMap((row) => deviation(row, library)),
      '',
    ];
  });
}

function deviation({ id, cells }: Row, library: string): string[] {
  const cell = cells[library];
  const lines = (cell?.cases ?? []).flatMap((each) =>
    each.result === 'FAIL' ? [`  ${id}, ${each.case}, step ${each.step}: ${each.did}`] : [],
  );
  return [...lines, `    ${cell?.because ?? 'nobody has looked into this one yet'}`];
}

/** A partial pass is in the table; here are the rows of which nothing applied. */
function notApplicable({ libraries, rows }: Scoreboard): string[] {
  return libraries.flatMap(({ library }) => {
    const reasons = new Map<string, string[]>();
    for (const { id, cells } of rows) {
      const cell = cells[library];
      const [first] = cell?.cases ?? [];
      if (cell?.result !== 'n/a' || first?.result !== 'n/a') continue;
      reasons.set(first.reason, [...(reasons.get(first.reason) ?? []), id]);
    }
    if (reasons.size === 0) return [];
    const lines = [...reasons].map(([reason, ids]) => `  ${reason}: ${ids.join(', ')}`);
    return [`What does not apply to ${library}:`, ...lines, ''];
  });
}
