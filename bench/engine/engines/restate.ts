import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type Engine, type EngineOptions, type Input, phases } from '../engine.ts';
import { load } from '../peers.ts';

interface Context {
  run<T>(name: string, action: () => Promise<T>): Promise<T>;
}

interface Sdk {
  service(definition: { name: string; handlers: Record<string, Handler> }): object;
  createEndpointHandler(options: { services: readonly object[] }): never;
}

type Handler = (context: Context, input: Input) => Promise<unknown>;

interface Clients {
  readonly rpc: { sendOpts(options: { idempotencyKey: string }): object };
  connect(options: { url: string }): {
    serviceSendClient(definition: object): {
      run(input: Input, options?: object): Promise<unknown>;
    };
  };
}

/** One handler with three durable steps, sent without waiting for its end; its own settings. */
export async function startRestate(options: EngineOptions): Promise<Engine> {
  const { address, onDone, packages, runPhase } = options;
  const [ingress = '', admin = ''] = address.split(' ');
  const sdk = await load<Sdk>(packages, '@restatedev/restate-sdk');
  const clients = await load<Clients>(packages, '@restatedev/restate-sdk-clients');
  const workflows = sdk.service({
    name: 'workflows',
    handlers: {
      run: async (context, input) => {
        for (const phase of phases) {
          await context.run(`phase-${phase}`, async () => {
            await runPhase(input.id, phase);
            return { ok: true };
          });
        }
        setImmediate(() => onDone(input.id));
        return { ok: true };
      },
    },
  });
  const server = createServer(sdk.createEndpointHandler({ services: [workflows] }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const registered = await post(`${admin}/deployments`, { uri: `http://127.0.0.1:${port}` });
  if (!registered.ok) throw new Error(`restate: ${await registered.text()}`);
  const client = clients.connect({ url: ingress }).serviceSendClient({ name: 'workflows' });
  const counted = async (where: string) => {
    const query = `select count(*) as n from sys_invocation where ${where}`;
    const answer = await post(`${admin}/query`, { query });
    const { rows } = (await answer.json()) as { rows: readonly { n: number }[] };
    return rows[0]?.n ?? 0;
  };
  return {
    submit: async (inputs) => {
      // What has completed is kept for a day when it has a key, and can be counted then.
      await Promise.all(
        inputs.map((input) =>
          client.run(input, clients.rpc.sendOpts({ idempotencyKey: String(input.id) })),
        ),
      );
    },
    finished: async () => {
      const { length } = phases;
      const isWhole = `status = 'completed' and completion_result = 'success'`;
      const query = `select count(*) as n from sys_journal where entry_type = 'Command: Run'`;
      const answer = await post(`${admin}/query`, { query });
      const { rows } = (await answer.json()) as { rows: readonly { n: number }[] };
      const whole = await counted(isWhole);
      const recorded = rows[0]?.n ?? 0;
      if (recorded < whole * length) throw new Error(`restate: ${recorded} steps are recorded`);
      return whole;
    },
    accepted: () => counted('true'),
    close: async () => {
      server.close();
    },
  };
}

function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}
