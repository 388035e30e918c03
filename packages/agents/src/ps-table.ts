import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ProcessEntry } from './process-entry.ts';

const run = promisify(execFile);

/** pid, ppid, pgid, state, five words of start time, then the command line with the environment behind it. */
const line = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+\S+\s+\d+)\s+(.*)$/;

/**
 * The processes as `ps` lists them, for systems without /proc. macOS shows the environment of the
 * user's own processes only, and of none that it protects.
 *
 * Does not go through runProcess, which itself ends with a look at this table.
 */
export async function listWithPs(
  flags: string = process.platform === 'darwin' ? '-axEww' : 'axeww',
): Promise<readonly ProcessEntry[]> {
  const columns = 'pid=,ppid=,pgid=,stat=,lstart=,command=';
  const { stdout } = await run('ps', [flags, '-o', columns], {
    env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
    maxBuffer: 64 * 2 ** 20,
  });
  return stdout.split('\n').flatMap((text) => {
    const [, pid, parentId, groupId, state, startedAt, command = ''] = line.exec(text) ?? [];
    if (startedAt === undefined || state?.startsWith('Z') === true) return [];
    const entry: ProcessEntry = {
      pid: Number(pid),
      parentId: Number(parentId),
      groupId: Number(groupId),
      sessionId: undefined,
      startedAt: Date.parse(startedAt),
      environmentValue: (name) => valueIn(command, name),
      commandLine: () => command.replace(/ [A-Za-z_][A-Za-z0-9_]*=.*$/, ''),
      // The list is a few ms old, and a second `ps` would be as old when it answers.
      isStillThere: () => true,
    };
    return [entry];
  });
}

/** Nothing marks the end of a value, which may hold spaces, but the name of the next variable. */
function valueIn(command: string, name: string): string | undefined {
  const at = command.lastIndexOf(` ${name}=`);
  if (at === -1) return undefined;
  const value = command.slice(at + name.length + 2);
  const end = value.search(/ [A-Za-z_][A-Za-z0-9_]*=/);
  return end === -1 ? value : value.slice(0, end);
}
