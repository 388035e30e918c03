import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatedFiles } from '../generated-files.ts';

test.each(Object.entries(generatedFiles()))(
  '%s is what `pnpm run generate` writes',
  (path, content) => {
    expect(readFileSync(join(import.meta.dirname, '..', path), 'utf8')).toBe(content);
  },
);
