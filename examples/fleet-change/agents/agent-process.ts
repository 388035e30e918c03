import { text } from 'node:stream/consumers';
import type { AgentRequest } from '@chimera/agents';

/** What an agent process prints as its last line. */
export type Verdict =
  | { readonly status: 'succeeded'; readonly output: unknown }
  | { readonly status: 'rejected'; readonly reason: string; readonly output: unknown }
  | {
      readonly status: 'failed';
      readonly error: { code: string; message: string };
      readonly retryable: boolean;
    };

/** Reads the request from standard input, answers on standard output. */
export async function answer(work: (request: AgentRequest) => Promise<Verdict>): Promise<void> {
  const verdict = await work(JSON.parse(await text(process.stdin)) as AgentRequest);
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
}

/** The worktree that the daemon made for this workflow; it is also the working directory. */
export function workspaceOf(request: AgentRequest): NonNullable<AgentRequest['workspace']> {
  if (request.workspace === undefined) throw new Error('the workflow names no repository');
  return request.workspace;
}

/** Asks a service; one that is down or overloaded is worth another try. */
export async function ask(
  url: string,
  body: unknown,
): Promise<Verdict | { readonly answer: unknown }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.ok) return { answer: await response.json() };
    return unavailable(`${url} answered ${response.status}`);
  } catch (error) {
    return unavailable(`${url} cannot be reached: ${String(error)}`);
  }
}

function unavailable(message: string): Verdict {
  return { status: 'failed', error: { code: 'SERVICE_UNAVAILABLE', message }, retryable: true };
}
