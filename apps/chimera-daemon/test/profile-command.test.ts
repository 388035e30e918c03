import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ChimeraClient } from '@chimera/client';
import { Profile } from 'pprof-format';
import { expect, onTestFinished, test } from 'vitest';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';
import { selfTimesByName } from './self-times.ts';

const token = 'token-of-the-administrator';

const files = {
  'chimera.yaml': `
http: { adminTokenFile: token }
agents: { hot: { type: module, module: hot.mjs } }
workflows: [work.yaml]
`,
  token: `${token}\n`,
  'work.yaml': `
name: work
phases: [{ name: do, stage: implementation, agent: hot, timeout: 60s }]
`,
  // It burns the CPU in slices, as long as it may, and lets the daemon answer between them.
  'hot.mjs': `
import { setImmediate } from 'node:timers/promises';
function plantedHotFunction() {
  let sum = 0;
  for (let i = 0; i < 2e6; i += 1) sum += Math.sqrt(i % 1000);
  return sum;
}
export const run = async (request, { signal }) => {
  while (!signal.aborted) {
    plantedHotFunction();
    await setImmediate();
  }
};
`,
};

test('an administrator sees in a profile which function of the daemon is hot', async () => {
  const directory = newDirectory(files);
  const daemon = await startedDaemon(directory);
  onTestFinished(() => void daemon.signal('SIGKILL'));
  const { id } = await daemon.client.submit({ definition: 'work', input: {} });

  const words = ['profile', '--url', daemon.url, '--token-file', 'token', '--seconds', '1'];
  const profiled = await chimera(words, directory);
  expect(profiled).toMatchObject({ exitCode: 0, stderr: '' });
  const file = join(realpathSync(directory), 'cpu.pb.gz');
  expect(profiled.stdout.replace(/\d+ bytes/, 'N bytes')).toBe(
    `${file} (N bytes); read it with: go tool pprof -top ${file}\n`,
  );
  const profile = Profile.decode(gunzipSync(readFileSync(join(directory, 'cpu.pb.gz'))));
  expect(selfTimesByName(profile)[0]?.[0]).toBe('plantedHotFunction');

  const chrome = await chimera([...words, '--chrome', '-o', 'a.cpuprofile'], directory);
  expect(chrome).toMatchObject({ exitCode: 0, stderr: '' });
  expect(chrome.stdout).toContain(join(realpathSync(directory), 'a.cpuprofile'));
  expect(readFileSync(join(directory, 'a.cpuprofile'), 'utf8')).toContain('plantedHotFunction');

  const full = await chimera([
    'profile-workflow',
    id,
    '--url',
    daemon.url,
    '--speedscope',
    '/dev/full',
  ]);
  expect([full.exitCode, full.stderr]).toEqual([
    1,
    'chimera: --speedscope: /dev/full could not be written (no space left on device, ENOSPC); make room there, or name another file, and ask again\n',
  ]);

  const resources = await chimera(
    ['resources', '--url', daemon.url, '--token-file', 'token'],
    directory,
  );
  expect(resources.stdout).toMatch(/^ +\d+ {2}TCP/m);

  const refused = await chimera(['profile', '--url', daemon.url, '-o', 'no.pb.gz'], directory);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('set CHIMERA_HTTP_ADMIN_TOKEN');
  expect(existsSync(join(directory, 'no.pb.gz'))).toBe(false);
  const stranger = new ChimeraClient({ url: daemon.url, token: `${token}!` });
  await expect(stranger.activeResources()).rejects.toMatchObject({
    code: 'NOT_ADMIN',
    status: 401,
    message: expect.stringContaining('another one than was given') as string,
  });
  await daemon.client.cancel(id);
}, 60_000);

test('a token that is too short is refused, and not shown', async () => {
  const directory = newDirectory({ 'chimera.yaml': 'http: { adminToken: hunter2 }' });
  const { exitCode, stderr } = await chimera(['start', '--port', '0'], directory);
  expect([exitCode, stderr]).toEqual([
    2,
    'chimera.yaml: http.adminToken must have at least 16 characters, got "[redacted]"\n',
  ]);
});

test('a file without a token stops the start', async () => {
  const directory = newDirectory({ 'chimera.yaml': 'http: { adminTokenFile: nowhere }' });
  const { exitCode, stderr } = await chimera(['start', '--port', '0'], directory);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(
    /^chimera\.yaml: http\.adminTokenFile must name a file that can be read \(no such file or directory, ENOENT\), got/,
  );
});

test('a token is what a header can carry, whoever names it', async () => {
  const words = 'the token of two\nlines and more';
  const directory = newDirectory({
    'chimera.yaml': `http: { adminToken: ${JSON.stringify(words)} }`,
    'file.yaml': 'http: { adminTokenFile: token }',
    token: words,
  });
  const started = await chimera(['start', '--port', '0'], directory);
  expect([started.exitCode, started.stderr]).toEqual([
    2,
    'chimera.yaml: http.adminToken must be one line of printable ASCII, got "[redacted]"\n',
  ]);
  const withFile = await chimera(['start', '--port', '0', '-c', 'file.yaml'], directory);
  expect([withFile.exitCode, withFile.stderr]).toEqual([
    2,
    `file.yaml: http.adminTokenFile must name a file with a token of one line of printable ASCII, got "${join(directory, 'token')}"\n`,
  ]);
  const asked = await chimera(['resources', '--token-file', 'token'], directory);
  expect([asked.exitCode, asked.stderr]).toEqual([
    2,
    'chimera: the token must be one line of printable ASCII; see --token-file and CHIMERA_HTTP_ADMIN_TOKEN\n',
  ]);
});
