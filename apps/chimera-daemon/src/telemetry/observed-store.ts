import type { Listener } from '@chimera/policy';
import type { WorkflowEvent } from '@chimera/workflow';
import type {
  Applied,
  ApplyRequest,
  Claim,
  NewWorkflow,
  Submitted,
  WorkflowRecord,
  WorkflowStore,
} from '@chimera/workflow-store';

/** What was committed. */
export type StoreNews =
  | {
      readonly type: 'submitted';
      readonly workflows: readonly NewWorkflow[];
      readonly submitted: readonly Submitted[];
    }
  | { readonly type: 'claimed'; readonly claims: readonly Claim[] }
  /** `applied` is undefined when the token was stale. */
  | {
      readonly type: 'applied';
      readonly request: ApplyRequest;
      readonly applied: Applied | undefined;
    }
  /** Parents and children that moved with another: started, stopped, or told of an end. */
  | {
      readonly type: 'moved';
      readonly by: WorkflowEvent;
      readonly records: readonly WorkflowRecord[];
    }
  /** A write failed: nothing of it was done. */
  | { readonly type: 'refused'; readonly error: unknown }
  | { readonly type: 'recovered'; readonly records: readonly WorkflowRecord[] };

/** The same store; `tell` hears what its writers did, after the commit. */
export function observeStore(store: WorkflowStore, tell: Listener<StoreNews>): WorkflowStore {
  const done = <Result>(write: Promise<Result>): Promise<Result> =>
    write.catch((error: unknown) => {
      tell({ type: 'refused', error });
      throw error;
    });
  const heard: Pick<WorkflowStore, 'apply' | 'claim' | 'recover' | 'stopChildren' | 'submit'> = {
    submit: async (workflows) => {
      const submitted = await done(store.submit(workflows));
      tell({ type: 'submitted', workflows, submitted });
      return submitted;
    },
    claim: async (request) => {
      const claims = await done(store.claim(request));
      if (claims.length > 0) tell({ type: 'claimed', claims });
      return claims;
    },
    apply: async (request) => {
      const applied = await done(store.apply(request));
      tell({ type: 'applied', request, applied });
      if (applied !== undefined && applied.others.length > 0)
        tell({ type: 'moved', by: request.event, records: applied.others });
      return applied;
    },
    stopChildren: async () => {
      const records = await done(store.stopChildren());
      const [first] = records;
      if (first === undefined) return records;
      const reason = 'their parents do not wait for them any more';
      tell({
        type: 'moved',
        by: { type: 'cancel-requested', at: first.updatedAt, reason },
        records,
      });
      return records;
    },
    recover: async (request) => {
      const records = await done(store.recover(request));
      if (records.length > 0) tell({ type: 'recovered', records });
      return records;
    },
  };
  const bound = new Map<PropertyKey, unknown>(Object.entries(heard));
  return new Proxy(store, {
    // Its fields are private to the class: methods have to be called on itself.
    get: (target, name) => {
      const known = bound.get(name);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method: unknown = value.bind(target);
      bound.set(name, method);
      return method;
    },
  });
}
