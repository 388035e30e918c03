import { didYouMean } from './did-you-mean.ts';
import { DefinitionError, type DefinitionIssue } from './definition-error.ts';
import type { WorkflowDefinition } from './definition.ts';

/** Levels of children below a workflow. */
export const maxNesting = 5;

/**
 * Refuses a definition whose children are unknown, contain it, or nest deeper than five levels.
 *
 * @throws {DefinitionError} with one issue per child that is wrong.
 */
export function checkChildren(
  definition: WorkflowDefinition,
  known: ReadonlyMap<string, WorkflowDefinition>,
): void {
  const fine = new Map<string, number>();
  const issues = childrenOf(definition).flatMap(({ path, workflow }): DefinitionIssue[] => {
    if (!known.has(workflow)) {
      const rule = `must be a known workflow${didYouMean(workflow, [...known.keys()])}`;
      return [{ path, rule, value: workflow }];
    }
    const chain = wrongChain([definition.name, workflow], known, fine);
    if (chain === undefined) return [];
    const rule =
      chain.length > maxNesting + 1
        ? `must not nest deeper than ${maxNesting} levels, ${chain.join(' → ')} does`
        : `must not contain a workflow in itself, ${chain.join(' → ')} does`;
    return [{ path, rule, value: workflow }];
  });
  if (issues.length > 0) throw new DefinitionError(issues);
}

/**
 * A chain of children that comes back to one of its own, or is too long. In `fine` is, by name, the
 * longest chain that nothing was wrong below: as long as that, it need not be gone down again. (One
 * that came back to a name above would have come back to itself below.)
 */
function wrongChain(
  chain: readonly string[],
  known: ReadonlyMap<string, WorkflowDefinition>,
  fine: Map<string, number>,
): readonly string[] | undefined {
  const last = chain.at(-1) ?? '';
  if (chain.length <= (fine.get(last) ?? 0)) return undefined;
  if (chain.indexOf(last) < chain.length - 1 || chain.length > maxNesting + 1) return chain;
  const definition = known.get(last);
  for (const { workflow } of definition === undefined ? [] : childrenOf(definition)) {
    const wrong = wrongChain([...chain, workflow], known, fine);
    if (wrong !== undefined) return wrong;
  }
  fine.set(last, chain.length);
  return undefined;
}

function childrenOf({ phases }: WorkflowDefinition) {
  return phases.flatMap(({ children }, phase) =>
    (children?.start ?? []).map(({ workflow }, index) => ({
      path: `phases[${phase}].children.start[${index}].workflow`,
      workflow,
    })),
  );
}
