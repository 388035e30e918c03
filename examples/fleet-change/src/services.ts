import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** The two services that the agents ask, with the troubles that the demonstration is about. */
export interface Services {
  readonly inventoryUrl: string;
  readonly reviewUrl: string;
  /** The review service is down until this is called. */
  bringReviewUp(): void;
  close(): void;
}

interface Question {
  readonly repository: string;
  /** Of the planner. */
  readonly attempt?: number;
  readonly diff?: string;
}

/** The inventory refuses the first two attempts at this repository. */
const flakyRepository = 'order-ids';

export async function startServices(): Promise<Services> {
  let isReviewUp = false;
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const question = (await json(request)) as Question;
    const isInventory = request.url === '/inventory';
    const isOverloaded =
      isInventory && question.repository === flakyRepository && (question.attempt ?? 1) <= 2;
    if (isOverloaded || (!isInventory && !isReviewUp)) return send(response, 503, {});
    send(response, 200, isInventory ? { frozen: false } : review(question.diff ?? ''));
  };

  const url = await listening(server);
  return {
    inventoryUrl: `${url}/inventory`,
    reviewUrl: `${url}/review`,
    bringReviewUp: () => {
      isReviewUp = true;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Approves what touches nothing but sources. */
function review(diff: string): { approved: boolean; reason: string } {
  const touched = [...diff.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, path]) => path ?? '');
  const outside = touched.filter((path) => !path.startsWith('src/'));
  return outside.length === 0
    ? { approved: true, reason: 'only sources are touched' }
    : { approved: false, reason: `touches ${outside.join(', ')}` };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function listening(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}
