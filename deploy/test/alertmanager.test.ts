import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

test('tickets come in one message an hour, pages at once and each for itself', () => {
  const file = join(import.meta.dirname, '../alertmanager/alertmanager.yml');
  const { route } = parse(readFileSync(file, 'utf8')) as { route: object };
  expect(route).toMatchObject({
    receiver: 'tickets',
    group_by: ['job'],
    group_interval: '1h',
    routes: [
      {
        receiver: 'pages',
        matchers: ['severity="page"'],
        group_by: ['alertname', 'job'],
        group_wait: '5s',
      },
    ],
  });
});
