import type { WorkflowDefinition } from '@chimera/workflow';
import { RisingNumbers } from './rising-numbers.ts';
import type { DefinitionTable } from './tables.ts';
import { StoreError } from './store-error.ts';
import { parseStored } from './stored-json.ts';
import type { WorkflowRow } from './workflow-columns.ts';

/** All definitions of the store, in memory: they are few, small and never change. */
export class Definitions {
  readonly #path: string;
  readonly #byHash = new Map<string, WorkflowDefinition>();
  readonly #byKey = new Map<number, WorkflowDefinition>();
  readonly #keys = new Map<string, number>();
  readonly #numbers: RisingNumbers;
  readonly #committed = new Set<string>();

  constructor(path: string, rows: readonly DefinitionTable[]) {
    this.#path = path;
    this.#numbers = new RisingNumbers(Math.max(0, ...rows.map(({ key }) => key)));
    for (const { key, hash, name, body } of rows) {
      const parsed = parseStored('definition', body);
      if ('problem' in parsed)
        throw new StoreError(
          'ROW_CORRUPT',
          path,
          `definition "${name}" (${hash}) cannot be read: ${parsed.problem}; restore a backup`,
        );
      this.#keep(parsed.value, hash, key);
      this.#committed.add(hash);
    }
  }

  get(hash: string): WorkflowDefinition | undefined {
    return this.#byHash.get(hash);
  }

  /** Undefined where a row is damaged. */
  at(key: number): WorkflowDefinition | undefined {
    return this.#byKey.get(key);
  }

  /** Of all versions that there have been under this name. */
  hashesOf(name: string): readonly string[] {
    return [...this.#byHash.values()].filter((each) => each.name === name).map(({ hash }) => hash);
  }

  /** False while no transaction that wrote it is known to be committed. */
  isCommitted(hash: string): boolean {
    return this.#committed.has(hash);
  }

  /** Later operations of the same transaction need it before it is committed. Returns its key. */
  remember(definition: WorkflowDefinition): number {
    const { hash } = definition;
    const key = this.#keys.get(hash) ?? this.#numbers.next();
    this.#keep(definition, hash, key);
    return key;
  }

  /** Of one that was remembered. */
  keyOf(hash: string): number {
    const key = this.#keys.get(hash);
    if (key === undefined) throw new Error(`workflow-store: the definition ${hash} has no key`);
    return key;
  }

  committed({ hash }: Pick<WorkflowDefinition, 'hash'>): void {
    this.#committed.add(hash);
  }

  of(workflowId: string, hash: string): WorkflowDefinition {
    const definition = this.#byHash.get(hash);
    if (definition !== undefined) return definition;
    throw this.#missing(workflowId, hash);
  }

  /** @throws StoreError ROW_CORRUPT */
  ofRow({
    definition_key: key,
    id,
  }: Pick<WorkflowRow, 'definition_key' | 'id'>): WorkflowDefinition {
    const definition = this.#byKey.get(key);
    if (definition !== undefined) return definition;
    throw this.#missing(id, String(key));
  }

  #keep(definition: WorkflowDefinition, hash: string, key: number): void {
    this.#byHash.set(hash, definition);
    this.#byKey.set(key, definition);
    this.#keys.set(hash, key);
  }

  #missing(workflowId: string, which: string): StoreError {
    return new StoreError(
      'ROW_CORRUPT',
      this.#path,
      `workflow ${workflowId} cannot be run: its definition ${which} is missing; restore a backup`,
      { workflowId },
    );
  }
}
