import { ChimeraClient, DaemonError } from '@chimera/client';
import type { Json } from '@chimera/workflow';
import { expect, test } from 'vitest';

const circle: { self?: Json } = {};
circle.self = circle as Json;

test.each([
  ['a BigInt', 1n as unknown as Json, 'Do not know how to serialize a BigInt'],
  ['a circle', circle as Json, 'Converting circular structure to JSON'],
])('a request with %s is refused as what it is, and not sent', async (_, value, why) => {
  let sent = 0;
  const fetch = () => {
    sent += 1;
    return Promise.reject(new Error('not now'));
  };
  const client = new ChimeraClient({ fetch });
  const submitted = client.submit({ definition: 'standard', input: { value } });
  const failure: unknown = await submitted.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DaemonError);
  expect(failure).toMatchObject({ code: 'INVALID_REQUEST', status: 0 });
  expect(String(failure)).toContain(why);
  expect(String(failure)).not.toContain('\n');
  expect(sent).toBe(0);
});
