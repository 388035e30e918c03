import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** The port cannot be had. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code = 'HTTP_NOT_LISTENING';
}

/** Opens the port and returns the URL. */
export async function listen(
  http: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    await http.listen({ host, port });
  } catch (cause) {
    throw new ListenError(`http.port ${port} on ${host} ${reason(cause)}`, { cause });
  }
  const address = http.server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${shownHost}:${address.port}`;
}

function reason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    return 'is in use, perhaps by another chimera; choose another with --port, or 0 for any';
  }
  if (code === 'EACCES') return 'may not be opened by this user; choose one above 1023 with --port';
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return 'cannot be opened: this machine does not have that address; check http.host';
  }
  return `cannot be opened: ${String(cause)}`;
}
