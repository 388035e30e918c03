import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Row } from './rows.ts';
import { scenarios } from './scenarios.ts';

/** Where, when and how much of it a scenario was measured. */
interface Setting extends Machine {
  /** ISO date. */
  readonly measuredOn: string;
  readonly rounds: number;
  readonly workflows: number;
  readonly warmUpSeconds: number;
  readonly backlog: number;
}

const folder = join(import.meta.dirname, '../results');

/**
 * In the place of what is there of this scenario: each is measured with all of its candidates in one
 * run, and a run of them all takes an hour that may be interrupted.
 */
export function storeResults(scenario: string, rows: readonly Row[], setting: Setting): void {
  mkdirSync(folder, { recursive: true });
  const others = read<readonly Row[]>('engine', []).filter((row) => nameOf(row) !== scenario);
  store('engine', inOrder([...others, ...rows], nameOf));
  const settings = { ...read<Record<string, Setting>>('engine-machine', {}), [scenario]: setting };
  const ordered = inOrder(Object.entries(settings), ([name]) => name);
  store('engine-machine', Object.fromEntries(ordered));
}

/** Of the scenario that a row is about: what is told of it follows after a comma. */
function nameOf(row: Row): string {
  return scenarios.find(({ name }) => `${row.scenario},`.startsWith(`${name},`))?.name ?? '';
}

function inOrder<Each>(all: readonly Each[], name: (each: Each) => string): readonly Each[] {
  const place = (each: Each) => scenarios.findIndex((scenario) => scenario.name === name(each));
  return all.toSorted((left, right) => place(left) - place(right));
}

function read<Stored>(name: string, none: Stored): Stored {
  const path = join(folder, `${name}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Stored) : none;
}

function store(name: string, value: unknown): void {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(value, undefined, 2)}\n`);
}
