import { expect } from 'vitest';

/** In the evidence of every process, where the system tells. */
export const resources: object =
  process.platform === 'linux'
    ? { resources: expect.objectContaining({ cpuMs: expect.any(Number) as number }) as object }
    : {};
