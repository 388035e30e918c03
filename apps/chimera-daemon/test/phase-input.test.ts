import type { AgentRequest } from '@chimera/agents';
import { expect, test } from 'vitest';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const planAndCode = workflowOf([
  { name: 'plan', stage: 'planning', agent: 'planner', timeout: '10s' },
  {
    name: 'code',
    stage: 'implementation',
    agent: 'coder',
    timeout: '10s',
    input: { style: 'terse' },
    inputFrom: { ticket: '/input/ticket', file: '/outputs/plan/files/0' },
  },
]);

test('an agent gets what its phase takes from the submission and from the plan', async () => {
  const requests: AgentRequest[] = [];
  const daemon = await smallDaemon({
    agents: {
      planner: () => ({ files: ['a.ts'] }),
      coder: (request) => {
        requests.push(request);
        return null;
      },
    },
  });
  daemon.pool.start();
  const id = await daemon.submit(planAndCode, { ticket: 7 });
  await daemon.advance(10);
  expect((await daemon.state(id)).status).toBe('completed');
  expect(requests.map(({ phaseInput }) => phaseInput)).toEqual([
    { style: 'terse', ticket: 7, file: 'a.ts' },
  ]);
});

test('an agent finds the span of its call in the request, and in the JSON of it', async () => {
  const found: unknown[] = [];
  const daemon = await smallDaemon({
    agents: {
      planner: (request) => {
        const { traceparent } = request;
        found.push(traceparent, JSON.parse(JSON.stringify(request)));
        return { files: ['a.ts'] };
      },
      coder: () => null,
    },
  });
  daemon.pool.start();
  const id = await daemon.submit(planAndCode, { ticket: 7 });
  await daemon.advance(10);
  const [traceparent, json] = found;
  expect(traceparent).toMatch(new RegExp(`^00-${id.replaceAll('-', '')}-[0-9a-f]{16}-01$`));
  expect(json).toMatchObject({ traceparent, workflowId: id, phase: 'plan', attempt: 1 });
});

test('a phase whose input is not there is a dead letter at once, and its agent is not asked', async () => {
  const asked: string[] = [];
  const daemon = await smallDaemon({
    agents: {
      planner: () => ({ files: [] }),
      coder: ({ phase }) => {
        asked.push(phase);
        return null;
      },
    },
  });
  daemon.pool.start();
  const id = await daemon.submit(planAndCode, { ticket: 7 });
  await daemon.advance(60_000);
  const { items } = await daemon.deadLetters.list({ limit: 10 });
  expect(items).toMatchObject([
    {
      taskId: id,
      phase: 'code',
      error: {
        code: 'INPUT_MISSING',
        message:
          'phase "code" takes its input "file" from /outputs/plan/files/0, which is not there: /outputs/plan/files is []',
      },
    },
  ]);
  expect(asked).toEqual([]);
});
