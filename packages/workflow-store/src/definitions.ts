import type { WorkflowDefinition } from '@chimera/workflow';
import type { DefinitionTable } from './tables.ts';
import { StoreError } from './store-error.ts';
import { parseStored } from './stored-json.ts';

/** All definitions of the store, in memory: they are few, small and never change. */
export class Definitions {
  readonly #path: string;
  readonly #byHash = new Map<string, WorkflowDefinition>();
  readonly #committed = new Set<string>();

  constructor(path: string, rows: readonly DefinitionTable[]) {
    this.#path = path;
    for (const { hash, name, body } of rows) {
      const parsed = parseStored('definition', body);
      if ('problem' in parsed)
        throw new StoreError(
          'ROW_CORRUPT',
          path,
          `definition "${name}" (${hash}) cannot be read: ${parsed.problem}; restore a backup`,
        );
      this.#byHash.set(hash, parsed.value);
      this.#committed.add(hash);
    }
  }

  get(hash: string): WorkflowDefinition | undefined {
    return this.#byHash.get(hash);
  }

  /** Of all versions that there have been under this name. */
  hashesOf(name: string): readonly string[] {
    return [...this.#byHash.values()].filter((each) => each.name === name).map(({ hash }) => hash);
  }

  /** False while no transaction that wrote it is known to be committed. */
  isCommitted(hash: string): boolean {
    return this.#committed.has(hash);
  }

  /** Later operations of the same transaction need it before it is committed. */
  remember(definition: WorkflowDefinition): void {
    this.#byHash.set(definition.hash, definition);
  }

  committed({ hash }: Pick<WorkflowDefinition, 'hash'>): void {
    this.#committed.add(hash);
  }

  of(workflowId: string, hash: string): WorkflowDefinition {
    const definition = this.#byHash.get(hash);
    if (definition !== undefined) return definition;
    throw new StoreError(
      'ROW_CORRUPT',
      this.#path,
      `workflow ${workflowId} cannot be run: its definition ${hash} is missing; restore a backup`,
      { workflowId },
    );
  }
}
