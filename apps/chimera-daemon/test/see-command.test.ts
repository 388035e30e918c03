import { expect, test } from 'vitest';
import { seeCommand } from '../src/cli/see-command.ts';

const id = '01a202b4-1b94-7000-a67c-bf16b83fcd10';

test.for<[string, string]>([
  ['GET /api/workflows', 'chimera list'],
  [`GET /api/workflows/${id}`, `chimera show ${id}`],
  ['GET /api/dead-letters', 'chimera dlq list'],
  [`GET /api/dead-letters?workflow=${id}`, `chimera dlq list --workflow ${id}`],
  [`GET /api/dead-letters/${id}`, `chimera dlq show ${id}`],
  ['GET /api/dead-letters/groups', 'chimera dlq groups'],
  [
    'GET /api/dead-letters/redrive, or end it with POST /api/dead-letters/redrive/stop',
    'chimera dlq redrive --status, or end it with --stop',
  ],
])('what is seen by %s over HTTP is seen by %s here', ([route, command]) => {
  expect(seeCommand(`it is not so; see: ${route}`)).toBe(`it is not so; see: ${command}`);
});

test('a refusal that names no route, or one of no command, stays as it is', () => {
  for (const message of ['it is not so', 'it is not so; see: GET /api/clouds', 'no x; see: y'])
    expect(seeCommand(message)).toBe(message);
});
