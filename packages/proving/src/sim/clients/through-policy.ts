import { isRejection } from '@chimera/policy';
import type { Agenda } from '../engine/agenda.ts';
import { answerErrors } from './answer-error.ts';
import type { Client, ClientCall, Executes } from './client.ts';

/** Calls through a policy, each call its `execute`. */
export class ThroughPolicy implements Client {
  readonly #policy: Executes;
  readonly #agenda: Agenda;
  /** A signal costs more than a call: it is read only where a server goes by it. */
  readonly #tellsAborts: boolean;

  constructor(policy: Executes, agenda: Agenda, tellsAborts: boolean) {
    this.#policy = policy;
    this.#agenda = agenda;
    this.#tellsAborts = tellsAborts;
  }

  begin(call: ClientCall): void {
    this.#agenda.stir();
    this.#policy
      .execute((context) => this.#attempt(call, context))
      .then(
        () => call.end('ok'),
        (error: unknown) => call.end(isRejection(error) ? 'rejected' : 'failed'),
      );
  }

  #attempt(call: ClientCall, context: { readonly signal: AbortSignal }): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = call.send((answer) => {
        this.#agenda.stir();
        if (answer === 'ok') resolve();
        else reject(answerErrors[answer]);
      });
      if (this.#tellsAborts) {
        const abandon = () => {
          request.isAbandoned = true;
        };
        context.signal.addEventListener('abort', abandon, { once: true });
      }
    });
  }
}
