import { type Duration, durationOption } from '@chimera/policy';
import { measureBy, type Measure } from './instrumented.ts';
import { recipeFor, type WrapperOptions } from './recipe.ts';

export interface MemoryOptions extends WrapperOptions {
  /** Bytes in use now, such as `() => process.memoryUsage().heapUsed`: of the process, whatever else it does. */
  readonly memory: () => number;
  /** How often to look while a call goes on. Default '100ms'. */
  readonly sampleEvery?: Duration;
}

/** The most memory seen during the latest call, in bytes: gauge `NAME.memory.peak`. */
export function measureMemory(name: string, options: MemoryOptions): Measure {
  const sampleEveryMs = durationOption(
    'measureMemory',
    'sampleEvery',
    options.sampleEvery ?? 100,
    1,
  );
  const memory = { name: `${name}.memory.peak`, read: options.memory, sampleEveryMs };
  return measureBy({ ...recipeFor('measureMemory', { name }, options), memory });
}
