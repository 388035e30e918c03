import { closeSync, openSync, readSync } from 'node:fs';
import type { AgentLine } from '@chimera/proving/history';

/** The agents' journal, read as it grows. */
export class AgentJournal {
  readonly lines: AgentLine[] = [];
  readonly #path: string;
  #read = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** What was appended since. */
  readOn(): readonly AgentLine[] {
    const text = this.#rest + this.#appended();
    const complete = text.split('\n');
    this.#rest = complete.pop() ?? '';
    const lines = complete.map(parseLine);
    this.lines.push(...lines);
    return lines;
  }

  #appended(): string {
    const file = openSync(this.#path, 'r');
    try {
      const chunks: Buffer[] = [];
      for (;;) {
        const chunk = Buffer.alloc(65_536);
        const bytes = readSync(file, chunk, 0, chunk.length, this.#read);
        if (bytes === 0) return Buffer.concat(chunks).toString();
        this.#read += bytes;
        chunks.push(chunk.subarray(0, bytes));
      }
    } finally {
      closeSync(file);
    }
  }
}

function parseLine(line: string): AgentLine {
  const [what, idempotencyKey, pid, instance] = line.split(' ');
  if (
    (what !== 'started' && what !== 'ended') ||
    idempotencyKey === undefined ||
    pid === undefined ||
    instance === undefined
  )
    throw new Error(`the agents' journal has a line that no agent writes: ${line}`);
  return { what, idempotencyKey, pid: Number(pid), instance };
}
