import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ChimeraClient } from '@chimera/client';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { adminTokenForm } from '../admin-token-form.ts';
import { systemReason } from '../system-reason.ts';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { printJson, printLines } from './output.ts';
import { writeOutput } from './output-file.ts';
import { seconds } from './seconds.ts';

interface AdminFlags extends ClientFlags {
  readonly tokenFile?: string;
}

interface ProfileFlags extends AdminFlags {
  readonly seconds: number;
  readonly heap?: boolean;
  readonly chrome?: boolean;
  readonly out?: string;
}

export function profileCommands(program: Command): void {
  adminCommand(program, 'profile', 'take a profile of a running daemon, and write it to a file')
    .option('--seconds <seconds>', 'how long to look', seconds, 10)
    .option('--heap', 'what it allocates and keeps, instead of where the CPU time goes')
    .option('--chrome', "for Chrome's developer tools, instead of for go tool pprof")
    .option('-o, --out <file>', 'default cpu.pb.gz, heap.pb.gz, cpu.cpuprofile or heap.heapprofile')
    .action(async (flags: ProfileFlags) => {
      const client = adminClient(flags);
      const kind = flags.heap ? 'heap' : 'cpu';
      const chromeEnding = flags.heap ? 'heapprofile' : 'cpuprofile';
      const file = resolve(flags.out ?? `${kind}.${flags.chrome ? chromeEnding : 'pb.gz'}`);
      const profile = await writeOutput('--out', file, () => taken(client, flags));
      if (flags.json) return printJson({ file, bytes: profile.length });
      const reader = flags.chrome
        ? "load it in Chrome's developer tools"
        : `read it with: go tool pprof -top ${file}`;
      printLines([`${file} (${profile.length} bytes); ${reader}`]);
    });

  adminCommand(program, 'resources', 'show what a running daemon has open').action(
    async (flags: AdminFlags) => {
      const resources = await adminClient(flags).activeResources();
      if (flags.json) return printJson(resources);
      const counts = Object.entries(resources.counts).toSorted(([, a], [, b]) => b - a);
      printLines(counts.map(([kind, count]) => `${String(count).padStart(6)}  ${kind}`));
    },
  );
}

function taken(
  client: ChimeraClient,
  { chrome, heap, seconds }: ProfileFlags,
): Promise<Uint8Array> {
  return heap
    ? client.heapProfile({ seconds, format: chrome ? 'heapprofile' : 'pprof' })
    : client.cpuProfile({ seconds, format: chrome ? 'cpuprofile' : 'pprof' });
}

/** The token is no flag: everybody on the machine sees those. */
function adminCommand(program: Command, signature: string, description: string): Command {
  return clientCommand(program, signature, description).addOption(
    new Option('--token-file <file>', 'file with the token; default CHIMERA_HTTP_ADMIN_TOKEN'),
  );
}

function adminClient({ tokenFile, ...flags }: AdminFlags): ChimeraClient {
  const given = tokenFile === undefined ? process.env.CHIMERA_HTTP_ADMIN_TOKEN : tokenIn(tokenFile);
  const token = given?.trim();
  if (token !== undefined && !adminTokenForm.test(token))
    throw new InvalidArgumentError(
      'the token must be one line of printable ASCII; see --token-file and CHIMERA_HTTP_ADMIN_TOKEN',
    );
  return clientFor({ ...flags, ...(token ? { token } : {}) });
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidArgumentError(
      `--token-file must be a file that can be read, got ${file} (${systemReason(error)}); name another, or let this user read it`,
    );
  }
}
