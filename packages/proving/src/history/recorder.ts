import type { Clock } from '@chimera/policy';

/** One line of a history, as Jepsen writes them. */
export interface HistoryEvent {
  /** Its place in the history, from 0. */
  readonly index: number;
  /** Who did it: one thing at a time. */
  readonly process: string;
  /** `info`: it may have happened, and it may happen yet. */
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly op: string;
  /** Of `invoke` what was asked, of the others what was answered. */
  readonly value: unknown;
  /** By the wall of the clock that was given, in ms. */
  readonly at?: number;
}

/** A call under way; it is ended once. */
export interface OpenCall {
  /** It has happened. */
  ok(value?: unknown): void;
  /** It has surely not happened, and never will. */
  fail(reason?: unknown): void;
  /** Nobody knows. */
  info(reason?: unknown): void;
}

/** Writes down what processes ask of a system and what they are told, in the order in which they see it. */
export class Recorder {
  readonly events: HistoryEvent[] = [];
  readonly #clock: Clock | undefined;
  readonly #busy = new Map<string, string>();

  constructor({ clock }: { readonly clock?: Clock } = {}) {
    this.#clock = clock;
  }

  /** @throws Error when the process is in the middle of another call */
  invoke(process: string, op: string, value?: unknown): OpenCall {
    const open = this.#busy.get(process);
    if (open !== undefined)
      throw new Error(`history: ${process} calls ${op} while its ${open} is open; end that first`);
    this.#busy.set(process, op);
    this.#note(process, 'invoke', op, value);
    const end = (type: 'ok' | 'fail' | 'info') => (answer?: unknown) => {
      if (this.#busy.get(process) !== op)
        throw new Error(`history: this ${op} of ${process} is over; a call ends once`);
      this.#busy.delete(process);
      this.#note(process, type, op, answer);
    };
    return { ok: end('ok'), fail: end('fail'), info: end('info') };
  }

  /**
   * Writes down a call beside making it. A rejection is passed on; whether it says that nothing has
   * happened is yours to tell (default: nobody knows).
   */
  async record<T>(
    process: string,
    op: string,
    value: unknown,
    call: () => Promise<T>,
    hasFailed: (error: unknown) => boolean = () => false,
  ): Promise<T> {
    const open = this.invoke(process, op, value);
    try {
      const answer = await call();
      open.ok(answer);
      return answer;
    } catch (error) {
      if (hasFailed(error)) open.fail(String(error));
      else open.info(String(error));
      throw error;
    }
  }

  #note(process: string, type: HistoryEvent['type'], op: string, value: unknown): void {
    const at = this.#clock?.now();
    const index = this.events.length;
    this.events.push({ index, process, type, op, value, ...(at === undefined ? {} : { at }) });
  }
}
