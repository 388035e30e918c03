import type { Adapter } from './adapter.ts';
import type { Finding } from './findings.ts';
import { type CaseResult, play } from './play.ts';
import type { Scenario } from './scenario-schema.ts';

export interface Scoreboard {
  readonly libraries: readonly { readonly library: string; readonly version: string }[];
  readonly rows: readonly Row[];
}

export interface Row {
  readonly id: string;
  readonly subject: string;
  readonly title: string;
  readonly cells: Readonly<Record<string, Cell>>;
}

/** One scenario and one library: it fails when a case does, and passes when one does and none fails. */
export interface Cell {
  readonly result: CaseResult['result'];
  readonly cases: readonly ({ readonly case: string } & CaseResult)[];
  /** What was found behind the failure, by hand; absent when nobody has looked yet. */
  readonly because?: string;
}

export async function scoreboard(
  scenarios: readonly Scenario[],
  adapters: readonly Adapter[],
  findings: readonly Finding[],
): Promise<Scoreboard> {
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    const cells: Record<string, Cell> = {};
    for (const adapter of adapters) {
      cells[adapter.library] = await cellOf(scenario, adapter, findings);
    }
    const { id, subject, title } = scenario;
    rows.push({ id, subject, title, cells });
  }
  return { libraries: adapters.map(({ library, version }) => ({ library, version })), rows };
}

export async function cellOf(
  scenario: Scenario,
  adapter: Adapter,
  findings: readonly Finding[],
): Promise<Cell> {
  const cases: Cell['cases'][number][] = [];
  for (const each of scenario.cases) {
    cases.push({ case: each.case, ...(await play(each, adapter)) });
  }
  const results = new Set(cases.map(({ result }) => result));
  const result = results.has('FAIL') ? 'FAIL' : results.has('pass') ? 'pass' : 'n/a';
  const finding = findings.find(
    ({ library, scenario: id }) => library === adapter.library && id === scenario.id,
  );
  return result === 'FAIL' && finding !== undefined
    ? { result, cases, because: finding.because }
    : { result, cases };
}
