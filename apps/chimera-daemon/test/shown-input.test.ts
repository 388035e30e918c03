import { expect, test } from 'vitest';
import { shownInput } from '../src/dead-letters/shown-input.ts';

test('an input is shown without its secrets, however deep, and else as it is', () => {
  const shown = shownInput({
    feature: 'search',
    apiKey: 'hunter2hunter2',
    password: 12_345_678,
    maxTokens: 4_000,
    token: null,
    remotes: [{ url: 'https://ada:hunter2@example.org/shop.git', credentials: { user: 'ada' } }],
    note: 'use Bearer abcdefgh12345678, please',
    isUrgent: true,
  });
  expect(shown).toEqual({
    feature: 'search',
    apiKey: '[redacted]',
    password: '[redacted]',
    maxTokens: 4_000,
    token: null,
    remotes: [{ url: 'https://[redacted]@example.org/shop.git', credentials: '[redacted]' }],
    note: 'use [redacted], please',
    isUrgent: true,
  });
});
