import { DaemonError } from '@chimera/client';
import { InvalidArgumentError } from 'commander';

/**
 * The answer of a list. Only the daemon knows what a cursor looks like: one that it refuses was
 * typed wrongly, as any other flag may be.
 */
export async function ofTypedCursor<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof DaemonError && error.code === 'INVALID_CURSOR')) throw error;
    throw new InvalidArgumentError(`--${error.message}`);
  }
}
