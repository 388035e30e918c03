import { expect, test } from 'vitest';
import { findRepositories } from '../src/repositories.ts';

test.each([import.meta.filename, '/nowhere/at/all', import.meta.dirname])(
  'there are no repositories in %s',
  async (path) => {
    expect(await findRepositories(path)).toEqual([]);
  },
);
