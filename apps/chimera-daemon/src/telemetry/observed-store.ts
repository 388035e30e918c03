import type { Listener } from '@chimera/policy';
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
  | { readonly type: 'recovered'; readonly records: readonly WorkflowRecord[] };

/** The same store; `tell` hears what its writers did, after the commit. */
export function observeStore(store: WorkflowStore, tell: Listener<StoreNews>): WorkflowStore {
  const heard: Pick<WorkflowStore, 'apply' | 'claim' | 'recover' | 'submit'> = {
    submit: async (workflows) => {
      const submitted = await store.submit(workflows);
      tell({ type: 'submitted', workflows, submitted });
      return submitted;
    },
    claim: async (request) => {
      const claims = await store.claim(request);
      if (claims.length > 0) tell({ type: 'claimed', claims });
      return claims;
    },
    apply: async (request) => {
      const applied = await store.apply(request);
      tell({ type: 'applied', request, applied });
      return applied;
    },
    recover: async (request) => {
      const records = await store.recover(request);
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
