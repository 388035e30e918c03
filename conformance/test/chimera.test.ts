import { describe, expect, test } from 'vitest';
import { chimera } from '../adapters/chimera.ts';
import { play } from '../play.ts';
import { readScenarios } from '../read-scenarios.ts';

describe.each(readScenarios())('$id: $title', ({ cases }) => {
  test.each(cases)('$case', async (played) => {
    expect(await play(played, chimera)).toEqual({ result: 'pass' });
  });
});
