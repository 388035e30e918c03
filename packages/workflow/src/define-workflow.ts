import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from './canonical-json.ts';
import { DefinitionError } from './definition-error.ts';
import { graphIssues, phaseIssues, referenceIssues } from './definition-rules.ts';
import { inputIssues } from './input-rules.ts';
import { type PhaseShape, readableReferences, readShape } from './definition-schema.ts';
import type { PhaseDefinition, WorkflowDefinition } from './definition.ts';

/**
 * Turns the written form of a workflow (see `WorkflowInput`; also what a YAML or JSON parser
 * returns) into a definition: checked, with all defaults filled in, frozen, and hashed with
 * SHA-256 over its canonical JSON, so that the same definition has the same hash everywhere.
 *
 * @throws {DefinitionError} naming path, rule and value of everything that is wrong: of its form and
 * of phases that nobody has, or when the form is right of all that its parts mean to each other.
 */
export function defineWorkflow(raw: unknown): WorkflowDefinition {
  try {
    return defined(raw);
  } catch (error) {
    // Of an overflown stack: whoever wrote it hears of the definition, not of the parser.
    if (!(error instanceof RangeError)) throw error;
    const rule = 'must be a tree: it contains itself, or is nested too deep';
    throw new DefinitionError([{ path: '', rule, value: undefined }]);
  }
}

function defined(raw: unknown): WorkflowDefinition {
  const read = readShape(raw);
  if ('issues' in read)
    throw new DefinitionError([...read.issues, ...referenceIssues(readableReferences(raw))]);
  const { name, description, start, timeout, phases: shapes } = read.shape;
  const phases = shapes.map((shape, index) =>
    withDefaults(shape, shapes[index + 1]?.name ?? 'completed'),
  );
  const draft = {
    name,
    description,
    start: start ?? phases[0]?.name ?? '',
    phases,
    // Left out rather than undefined: definitions without it keep the hash that they have.
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  };
  const misnamed = referenceIssues(draft);
  // A way that ends in a name that nobody has would be blamed on all that lies behind it.
  const isGraph = misnamed.length === 0;
  const issues = [
    ...phaseIssues(draft),
    ...misnamed,
    ...(isGraph ? graphIssues(draft) : []),
    ...inputIssues(draft, isGraph),
  ];
  if (issues.length > 0) throw new DefinitionError(issues);
  return frozen({ ...draft, hash: hashOf(draft) });
}

function withDefaults(shape: PhaseShape, next: string): PhaseDefinition {
  return {
    ...shape,
    agent: shape.agent,
    action: shape.action ?? shape.name,
    checks: shape.checks.map((check) => ({
      ...check,
      timeoutMs: check.timeoutMs ?? shape.timeoutMs,
    })),
    onSuccess: shape.onSuccess ?? next,
  };
}

function hashOf(draft: Omit<WorkflowDefinition, 'hash'>): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(draft))));
}

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) frozen(inner as object);
  return Object.freeze(value);
}
