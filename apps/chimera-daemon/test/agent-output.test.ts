import { join } from 'node:path';
import { type AgentRequest, GitWorkspaces } from '@chimera/agents';
import { systemClock } from '@chimera/policy';
import { expect, test } from 'vitest';
import { AgentRegistry } from '../src/agents/agent-registry.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { newDirectory } from './chimera-process.ts';

const answer = JSON.stringify({ status: 'succeeded', output: 'x'.repeat(1_000) });

async function answered(bounds: string): Promise<unknown> {
  const command = ['{node}', '-e', `process.stdout.write(${JSON.stringify(answer)})`];
  const directory = newDirectory({
    'chimera.yaml': `agents: { chatty: { type: command, command: ${JSON.stringify(command)}${bounds} } }`,
  });
  const { config } = loadConfig({
    file: join(directory, 'chimera.yaml'),
    environment: {},
    set: [],
  });
  const deps = { clock: systemClock, environment: process.env, marker: 'a-test' };
  const agents = await AgentRegistry.load(config, directory, {
    ...deps,
    workspaces: new GitWorkspaces({ ...deps, directory }),
    onGateClosed: () => undefined,
    onBreakerEvent: () => undefined,
    onBreakerClosed: () => undefined,
  });
  const phase = { name: 'talk', stage: 'planning', agent: 'chatty', timeoutMs: 60_000 };
  const chatty = agents.forPhase(phase as Parameters<AgentRegistry['forPhase']>[0]);
  return chatty?.agent.run({} as AgentRequest, { signal: new AbortController().signal });
}

test('how much an agent may print is what its settings say, as its refusal advises', async () => {
  expect(await answered('')).toMatchObject({ outcome: 'succeeded' });
  expect(await answered(', limitBytes: 1024')).toMatchObject({
    error: {
      code: 'AGENT_OUTPUT_TOO_LARGE',
      message:
        'agent "chatty" printed more than 1024 bytes and was stopped; let it print less or raise limitBytes',
    },
  });
  expect(await answered(', keepBytes: 1024')).toMatchObject({
    error: {
      code: 'AGENT_OUTPUT_INVALID',
      message: expect.stringContaining('(its middle was left out; raise keepBytes)') as string,
    },
  });
  expect(await answered(', keepBytes: 4096')).toMatchObject({ outcome: 'succeeded' });
});
