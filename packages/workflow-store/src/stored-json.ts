import type {
  Artifact,
  DeathCause,
  FailureRecord,
  Feedback,
  Json,
  JsonObject,
  PhaseChildren,
  WaitReason,
  WorkflowDefinition,
  WorkflowState,
} from '@chimera/workflow';
import { z } from 'zod';
import type { AttemptEvidence } from './workflow-record.ts';

/** A workflow's state as its hot row keeps it: without the lists that grow. */
export type StateRow = WorkflowState extends infer State
  ? State extends WorkflowState
    ? Omit<State, 'artifacts' | 'feedback'>
    : never
  : never;

// JSON.parse has made it: it is JSON.
const json = z.custom<Json>((value) => value !== undefined);
const object = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);
const count = z.number().int().min(0);

const failure: z.ZodType<FailureRecord> = z.looseObject({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  details: json.exactOptional(),
  get cause() {
    return failure.exactOptional();
  },
});

const waitReason: z.ZodType<WaitReason> = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('retry'), error: failure }),
  z.looseObject({ kind: z.literal('breaker-open'), agent: z.string() }),
  z.looseObject({ kind: z.literal('limit'), limit: z.string() }),
  z.looseObject({ kind: z.literal('gate'), gate: z.string() }),
  z.looseObject({ kind: z.literal('children'), pending: count, done: count, failed: count }),
]);

const deathCause: z.ZodType<DeathCause> = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('failed'), error: failure }),
  z.looseObject({ kind: z.literal('rejected'), reason: z.string(), output: json }),
  z.looseObject({ kind: z.literal('rework-exhausted'), reason: z.string(), output: json }),
  z.looseObject({ kind: z.literal('recoveries-exhausted'), recoveries: count }),
  z.looseObject({
    kind: z.literal('timed-out'),
    timeoutMs: z.number(),
    lastError: failure.exactOptional(),
  }),
]);

const progress = {
  phase: z.string(),
  visits: z.record(z.string(), count),
  attempts: count,
  retries: count,
  recoveries: count,
  requeues: count.exactOptional(),
  deadline: z.number().exactOptional(),
  children: z
    .looseObject({
      count,
      completed: z.array(count),
      failed: z.array(count),
      decided: z.boolean(),
      started: count.exactOptional(),
    })
    .exactOptional(),
};

// Loose: a field that a later version of the machine adds survives being read and written here.
const state: z.ZodType<StateRow> = z.discriminatedUnion('status', [
  z.looseObject({
    ...progress,
    status: z.literal('queued'),
    reason: z.enum([
      'new',
      'next-phase',
      'rework',
      'shutdown',
      'recovered',
      'woken',
      'requeued',
      'children-ended',
    ]),
  }),
  z.looseObject({
    ...progress,
    status: z.literal('running'),
    cancelRequested: z.boolean(),
    cancelReason: z.string().exactOptional(),
    timedOut: z.literal(true).exactOptional(),
  }),
  z.looseObject({
    ...progress,
    status: z.literal('waiting'),
    until: z.number(),
    reason: waitReason,
  }),
  z.looseObject({ ...progress, status: z.literal('completed') }),
  z.looseObject({ ...progress, status: z.literal('dead'), cause: deathCause }),
  z.looseObject({ ...progress, status: z.literal('cancelled'), reason: z.string() }),
]);

const artifact: z.ZodType<Artifact> = z.looseObject({
  phase: z.string(),
  visit: count,
  output: json,
});

const feedback: z.ZodType<Feedback> = z.looseObject({
  fromPhase: z.string(),
  visit: count,
  reason: z.string(),
  output: json,
});

const children: z.ZodType<PhaseChildren> = z.looseObject({
  forEach: z.union([z.string(), z.array(json)]).exactOptional(),
  start: z.array(
    z.looseObject({
      workflow: z.string(),
      input: object,
      inputFrom: z.record(z.string(), z.string()).exactOptional(),
    }),
  ),
  join: z.union([z.enum(['all', 'any']), z.looseObject({ atLeast: count })]),
  maxParallel: count.exactOptional(),
});

const definition: z.ZodType<WorkflowDefinition> = z.looseObject({
  name: z.string(),
  description: z.string(),
  start: z.string(),
  hash: z.string(),
  timeoutMs: z.number().exactOptional(),
  phases: z.array(
    z
      .looseObject({
        name: z.string(),
        stage: z.enum(['planning', 'implementation', 'validation']),
        agent: z.string().optional(),
        action: z.string(),
        input: object,
        inputFrom: z.record(z.string(), z.string()).exactOptional(),
        checks: z.array(
          z.looseObject({
            name: z.string(),
            command: z.tuple([z.string()], z.string()),
            timeoutMs: z.number(),
          }),
        ),
        children: children.exactOptional(),
        timeoutMs: z.number(),
        retry: z.looseObject({
          maxRetries: z.number(),
          baseMs: z.number(),
          factor: z.number(),
          capMs: z.number(),
          jitter: z.number(),
        }),
        onSuccess: z.string(),
        onRejected: z.string(),
        maxVisits: z.number(),
      })
      .transform((phase) => ({ ...phase, agent: phase.agent })),
  ),
});

const labels = z.record(z.string(), z.string());

const claim: z.ZodType<ClaimData> = z.looseObject({
  token: count,
  phase: z.string(),
  visit: count,
  attempt: count,
  agent: z.string().exactOptional(),
  holder: z.string(),
});

const evidence: z.ZodType<AttemptEvidence> = z.looseObject({
  agent: z.string(),
  startedAt: z.number(),
  details: json,
});

/** What an event added to its workflow's lists. */
export interface AddedData {
  readonly artifacts?: readonly Artifact[];
  readonly feedback?: readonly Feedback[];
}

const added: z.ZodType<AddedData> = z.looseObject({
  artifacts: z.array(artifact).exactOptional(),
  feedback: z.array(feedback).exactOptional(),
});

export interface StoredShapes {
  state: StateRow;
  input: JsonObject;
  added: AddedData;
  labels: Readonly<Record<string, string>>;
  definition: WorkflowDefinition;
  'event data': JsonObject;
  claim: ClaimData;
  evidence: AttemptEvidence;
  /** Of a kept state: its form is its owner's. */
  body: Json;
  pending: readonly number[];
  active: readonly string[];
  spared: readonly number[];
}

/** What the event of a claim says of the phase run that it begins. */
export interface ClaimData {
  readonly token: number;
  readonly phase: string;
  readonly visit: number;
  readonly attempt: number;
  readonly agent?: string;
  readonly holder: string;
}

const shapes: { readonly [Name in keyof StoredShapes]: z.ZodType<StoredShapes[Name]> } = {
  state,
  input: object,
  added,
  labels,
  definition,
  'event data': object,
  claim,
  evidence,
  body: json,
  pending: z.array(z.number()),
  active: z.array(z.string()),
  spared: z.array(count),
};

/** The value behind a JSON column, or the reason why it is none. */
export function parseStored<Name extends keyof StoredShapes>(
  name: Name,
  text: string,
): { readonly value: StoredShapes[Name] } | { readonly problem: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { problem: `its ${name} is not JSON: ${(error as Error).message}` };
  }
  const checked = checkedAs(name, parsed);
  if (checked === undefined) return { problem: `its ${name} is nested too deep` };
  if (checked.success) return { value: checked.data };
  const [issue] = checked.error.issues;
  const path = z.core.toDotPath(issue?.path ?? []);
  return { problem: `its ${name} has ${path}: ${issue?.message ?? ''}` };
}

/** Undefined where the stack ends before the value does: causes of failures are as deep as an agent says. */
function checkedAs<Name extends keyof StoredShapes>(name: Name, value: unknown) {
  try {
    return shapes[name].safeParse(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}
