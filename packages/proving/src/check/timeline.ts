import type { Answer, History, Seen, Status } from './history.ts';
import type { Kind } from './rules.ts';

interface Row {
  readonly at: number;
  status: Status;
  text: string;
  /** What stands in the lane of a call; the lanes of others say whether they run. */
  readonly lanes: Map<number, string>;
}

const endings = {
  S: 'succeeds',
  F: 'fails',
  A: 'is stopped',
} as const;
/** What an `AbortError` says to policies that go by it. */
const aborts: Partial<Record<Kind, string>> = { retry: ': final', breaker: ': it does not count' };
const marks = { S: '✓', F: '✗', X: '○', A: '■' } as const;

/**
 * A history as text, one line for each thing that happened, one lane for each call: ┬ begins, │ runs,
 * ┊ waits, ✓ ✗ ○ ■ ends, ! is answered while it runs or waits.
 * @param end index in `seen` of the last event that is shown.
 */
export function timeline(history: History, end: number = history.seen.length - 1): string {
  const shown = history.seen.slice(0, end + 1);
  const rows = rowsOf(shown, history.rules.kind);
  const calls = shown.filter(({ type }) => type === 'called').length;
  const timeWidth = Math.max(5, ...rows.map(({ at }) => String(at).length));
  const { hasStatus } = history;
  const line = (at: string, status: string, lanes: string, text: string) =>
    [at.padStart(timeWidth), ...(hasStatus ? [status.padEnd(9)] : []), lanes, text]
      .join('  ')
      .trimEnd();
  const numbers = Array.from({ length: calls }, (_, index) => String(index + 1).padEnd(2));
  const head = line('at ms', 'circuit', numbers.join(' '), '');
  const body = rows.map(({ at, status, text, lanes }) => {
    const drawn = Array.from({ length: calls }, (_, index) =>
      (lanes.get(index + 1) ?? ' ').padEnd(2),
    );
    return line(String(at), status, drawn.join(' '), text);
  });
  return [head, ...body].join('\n');
}

function rowsOf(shown: readonly Seen[], kind: Kind): Row[] {
  const rows: Row[] = [];
  const standing = new Map<number, string>();
  let status: Status = '';
  const add = (at: number, text: string, call?: number, mark?: string) => {
    const lanes = new Map(standing);
    if (call !== undefined && mark !== undefined) lanes.set(call, mark);
    rows.push({ at, status, text, lanes });
  };
  for (const event of shown) {
    const last = rows.at(-1);
    switch (event.type) {
      case 'called':
        add(event.at, `call ${event.call}${due(event.deadline)}`, event.call, '┬');
        standing.set(event.call, '┊');
        break;
      case 'started':
        if (event.attempt > 1)
          add(event.at, `attempt ${event.attempt} of call ${event.call}`, event.call, '├');
        else if (last?.at !== event.at || !last.text.startsWith(`call ${event.call}`)) {
          add(event.at, `${event.call} begins`, event.call, '├');
        }
        standing.set(event.call, '│');
        break;
      case 'ended':
        add(
          event.at,
          `${event.call} ${event.gives === 'X' ? `fails, AbortError${aborts[kind] ?? ''}` : endings[event.gives]}${asks(event.hintMs)}`,
          event.call,
          marks[event.gives],
        );
        standing.delete(event.call);
        break;
      case 'answered':
        addAnswer(rows, add, event, standing.get(event.call));
        if (standing.get(event.call) === '┊') standing.delete(event.call);
        break;
      case 'aborted':
        add(event.at, `the caller of ${event.call} gives up`);
        break;
      case 'status':
        status = event.status;
        if (last === undefined) break;
        last.status = status;
        last.text += ` → ${status}`;
        break;
      case 'waited':
        add(event.at, `${event.ms} ms pass`);
        break;
      case 'jumped':
        add(event.at, `the wall clock jumps by ${event.ms} ms`);
        break;
      case 'restarted':
        add(event.at, 'it is stored, and taken up again');
        break;
      case 'healing':
        add(event.at, 'from here on every new call succeeds');
        break;
      case 'clearing':
        add(event.at, 'from here on what hangs ends');
        break;
      case 'rested':
        add(event.at, 'nothing is left to wait for');
        break;
      case 'signalled':
        break;
    }
  }
  return rows;
}

function addAnswer(
  rows: readonly Row[],
  add: (at: number, text: string, call?: number, mark?: string) => void,
  { at, call, answer }: Extract<Seen, { type: 'answered' }>,
  standing: string | undefined,
): void {
  const last = rows.at(-1);
  const isOwn = 'call' in answer && answer.call === call;
  // That a call that ends is answered with what it gave goes without saying.
  if (isOwn && last?.at === at && last.text.startsWith(`${call} `)) return;
  const text = answerText(answer);
  if (last?.at === at && last.text.startsWith(`call ${call}`)) {
    last.text += ` ${text}`;
    last.lanes.set(call, '!');
  } else {
    add(at, `${call} ${text}`, call, standing === undefined ? undefined : '!');
  }
}

function answerText(answer: Answer): string {
  switch (answer.as) {
    case 'result':
    case 'error':
      return `is answered: ${answer.as} of attempt ${answer.attempt} of call ${answer.call}`;
    case 'refused':
      return `is refused${answer.retryAfterMs === undefined ? '' : `, for ${answer.retryAfterMs} ms`}`;
    case 'timed out':
    case 'aborted':
      return `is answered: ${answer.as}`;
    case 'other':
      return `is answered: ${answer.what}`;
  }
}

function due(deadline: number | undefined): string {
  return deadline === undefined ? '' : `, due at ${deadline}`;
}

function asks(hintMs: number | undefined): string {
  return hintMs === undefined ? '' : `, asks for ${hintMs} ms`;
}
