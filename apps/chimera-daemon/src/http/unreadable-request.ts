import { type IncomingMessage, maxHeaderSize, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Refusal } from './refusal.ts';

/** Answers what is no request, so that there is none to answer, in the form of all other errors. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  // Nobody reads it.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const { code, message, status } = refusalOf(error);
  const body = JSON.stringify({ error: { code, message } });
  socket.write(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  socket.destroy(error);
}

/** Answers an `Expect` header that nobody can meet. */
export function answerExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const message = 'expect must be 100-continue, or be left out';
  response.writeHead(417, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ error: { code: 'EXPECTATION_FAILED', message } }));
}

function refusalOf({
  code,
  message,
  reason = message,
}: NodeJS.ErrnoException & { readonly reason?: string }): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW')
    return {
      status: 431,
      code: 'HEADERS_TOO_LARGE',
      message: `the path and the headers must have at most ${maxHeaderSize} bytes together`,
    };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return {
      status: 408,
      code: 'REQUEST_TIMEOUT',
      message: 'the request did not arrive in time; send it again, without pauses',
    };
  return {
    status: 400,
    code: 'INVALID_HTTP',
    message: `what was sent is not an HTTP/1.1 request: ${reason}`,
  };
}
