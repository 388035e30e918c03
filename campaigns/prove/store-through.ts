import type { WorkflowStore } from '@chimera/workflow-store';

type Method = (this: object, ...given: unknown[]) => Promise<unknown>;

const calls: readonly string[] = ['submit', 'claim', 'apply', 'renew', 'recover'];

/** The store with something around the calls that write; everything else is the store's own. */
export function storeThrough(
  store: WorkflowStore,
  around: (call: string, run: () => Promise<unknown>) => Promise<unknown>,
): WorkflowStore {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method = value as Method;
      // On the store itself, for the sake of its private fields.
      if (!calls.includes(String(name))) return method.bind(target);
      return (...given: unknown[]) => around(String(name), () => method.apply(target, given));
    },
  });
}
