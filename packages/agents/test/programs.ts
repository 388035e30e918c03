import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listProcesses } from '../src/process-table.ts';

/** A folder of small programs, and the socket by which they tell the test what they have done. */
export class Programs {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'chimera-agents-'));
  /** PATH of this test run, so that programs find `node` and `git`. */
  readonly env: Record<string, string> = { PATH: process.env['PATH'] ?? '' };
  readonly #server: Server;
  readonly #sockets = new Map<string, Socket>();
  readonly #waiting = new Map<string, (socket: Socket) => void>();

  constructor() {
    this.#server = createServer((socket) => {
      socket.once('data', (line) => {
        const name = line.toString().trim();
        this.#sockets.set(name, socket);
        this.#waiting.get(name)?.(socket);
      });
      socket.on('error', () => undefined);
    });
    this.#server.listen(this.socketPath);
    this.env['TEST_SOCKET'] = this.socketPath;
  }

  get socketPath(): string {
    return join(this.directory, 'socket');
  }

  /** Writes a Node program; `say(text)` in it opens a line to the test, which breaks when the program dies. */
  write(name: string, source: string): readonly [string, ...string[]] {
    const path = join(this.directory, name);
    const say = `const say = (text) => require('node:net').connect(process.env.TEST_SOCKET).on('error', () => {}).write(text + '\\n');`;
    writeFileSync(path, `${say}\n${source}\n`);
    return [process.execPath, path];
  }

  /** Resolves when a program has said so. */
  async heard(text: string): Promise<Socket> {
    return (
      this.#sockets.get(text) ??
      new Promise((resolve) => {
        this.#waiting.set(text, resolve);
      })
    );
  }

  /** Resolves when the program that said so is dead. */
  async ended(text: string): Promise<void> {
    const socket = await this.heard(text);
    if (socket.closed) return;
    await new Promise((resolve) => {
      socket.once('close', resolve);
    });
  }

  /** Forgets what was said, so that it can be said again. */
  forget(): void {
    this.#sockets.clear();
    this.#waiting.clear();
  }

  /** The living processes that carry this value in this variable. */
  async carriersOf(name: string, value: string): Promise<readonly number[]> {
    const table = await listProcesses();
    return table
      .filter((entry) => entry.environmentValue(name) === value)
      .map((entry) => entry.pid);
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets.values()) socket.destroy();
    this.#server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A promise and what resolves it. */
export class Moment {
  readonly reached: Promise<void>;
  #resolve: (() => void) | undefined;

  constructor() {
    this.reached = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  reach(): void {
    this.#resolve?.();
  }
}
