import { didYouMean } from './did-you-mean.ts';
import type { DefinitionIssue } from './definition-error.ts';
import { type References, unlimitedVisits } from './definition-schema.ts';
import type { PhaseDefinition, WorkflowDefinition } from './definition.ts';
import { reachableFrom } from './ways-to-completion.ts';

type Draft = Omit<WorkflowDefinition, 'hash'>;

/** `constructor`: visits are counted in a plain object, which has that key from birth. */
const takenNames = new Set(['completed', 'dead', 'constructor']);

/** What is wrong with single phases, whatever the others are. */
export function phaseIssues({ phases }: Pick<Draft, 'phases'>): readonly DefinitionIssue[] {
  return phases.flatMap(({ agent, checks, children, name, retry }, index) => {
    const path = `phases[${index}]`;
    const given = { agent, checks: checks[0], children };
    const doing = Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : key));
    const issues: DefinitionIssue[] = [];
    const add = (rule: string) => issues.push({ path, rule, value: undefined });
    if (doing.length === 0)
      add(`must have an agent, checks or children, phase "${name}" has none of them`);
    if (doing.length > 1)
      add(
        `must have one of agent, checks and children, phase "${name}" has ${doing.join(' and ')}`,
      );
    if (retry.capMs < retry.baseMs) {
      const rule = `must be at least base (${retry.baseMs} ms)`;
      issues.push({ path: `${path}.retry.cap`, rule, value: retry.capMs });
    }
    return issues;
  });
}

/** What is wrong with the phases' names and their references to each other. */
export function referenceIssues({ start, phases }: References): readonly DefinitionIssue[] {
  const given = phases.map(({ name }) => name);
  const names = given.filter((name) => name !== undefined);
  // What leads to a name that is wrong is right once that is.
  const isResolvable = names.length > 0 && names.length === phases.length;
  const issues: DefinitionIssue[] = [];
  const add = (path: string, rule: string, value: unknown) => issues.push({ path, rule, value });
  const resolve = (path: string, target: string | undefined, end: string | undefined) => {
    if (!isResolvable || target === undefined || target === end || names.includes(target)) return;
    const known = end === undefined ? names : [...names, end];
    const rule = end === undefined ? 'a phase' : `a phase or "${end}"`;
    add(path, `must be ${rule}${didYouMean(target, known)}`, target);
  };

  resolve('start', start, undefined);
  for (const [index, { name, onRejected, onSuccess }] of phases.entries()) {
    const at = `phases[${index}]`;
    if (name === undefined) continue;
    const first = given.indexOf(name);
    if (first !== index) add(`${at}.name`, `must be unique, phases[${first}] has it`, name);
    if (takenNames.has(name)) add(`${at}.name`, 'must not be a reserved word', name);
    resolve(`${at}.onSuccess`, onSuccess, 'completed');
    resolve(`${at}.onRejected`, onRejected, 'dead');
  }
  return issues;
}

/** What is wrong with the graph of phases; every reference resolves by now. */
export function graphIssues({ start, phases }: Draft): readonly DefinitionIssue[] {
  const fromStart = reachableFrom(phases, start);
  const issues: DefinitionIssue[] = [];
  const add = (path: string, rule: string) => issues.push({ path, rule, value: undefined });
  for (const [index, { name }] of phases.entries()) {
    const path = `phases[${index}]`;
    if (!fromStart.has(name))
      add(path, `must be reachable from "${start}", nothing leads from there to phase "${name}"`);
    if (!reachableFrom(phases, name).has('completed'))
      add(path, `must have a way to "completed", phase "${name}" has none`);
  }
  return [...issues, ...unboundedCycles(phases)];
}

function unboundedCycles(phases: readonly PhaseDefinition[]): readonly DefinitionIssue[] {
  const unlimited = new Map(
    phases
      .filter(({ maxVisits }) => maxVisits >= unlimitedVisits)
      .map(({ name, onSuccess, onRejected }) => [name, [onSuccess, onRejected]]),
  );
  const reported = new Set<string>();
  const issues: DefinitionIssue[] = [];
  for (const name of unlimited.keys()) {
    const cycle = reported.has(name) ? undefined : shortestCycle(unlimited, name);
    if (cycle === undefined) continue;
    for (const member of cycle) reported.add(member);
    issues.push({
      path: 'phases',
      rule: `must bound every cycle, phase cycle ${[...cycle, name].join(' → ')} has no bound: set maxVisits on one of them`,
      value: 'unlimited',
    });
  }
  return issues;
}

/** The phases of the shortest way from one back to itself, or undefined when there is none; ends of edges that are no keys lead nowhere. */
function shortestCycle(
  edges: ReadonlyMap<string, readonly string[]>,
  from: string,
): readonly string[] | undefined {
  const ways: (readonly string[])[] = [[from]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const target of edges.get(way.at(-1) ?? from) ?? []) {
      if (target === from) return way;
      if (seen.has(target)) continue;
      seen.add(target);
      ways.push([...way, target]);
    }
  }
  return undefined;
}
