import type { Call, Next } from '@chimera/policy';

/** What a policy below throws instead of rejecting becomes a rejection: it must not cost others their permit or turn. */
export function runSafely<T>(call: Call<T>, next: Next): Promise<T> {
  try {
    return next(call);
  } catch (error) {
    return Promise.reject(error);
  }
}
