import type { Client } from './client.ts';

/** Calls once and takes what comes. */
export const bare: Client = {
  begin(call) {
    call.send((answer) => call.end(answer === 'ok' ? 'ok' : 'failed'));
  },
};
