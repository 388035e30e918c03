/** Values that have broken somebody's log: each comes anew, since some change when they are read. */
export function hostileValues(): readonly unknown[] {
  const cyclic: Record<string, unknown> = { name: 'cycle' };
  cyclic['self'] = cyclic;
  cyclic['list'] = [cyclic, { cyclic }];
  let deep: unknown = 'bottom';
  for (let level = 0; level < 2_000; level += 1) deep = { deep };
  const throwing = {
    get broken(): never {
      throw new Error('no value');
    },
    fine: 1,
  };
  const error = new Error('line 1\nline 2\u0000\u001b[31m');
  error.cause = error;
  return [
    undefined,
    null,
    '',
    '\n{"level":"error","msg":"forged"}\n',
    '\r\n\t\u0000\u0007\u0008\u000b\u001b[2J',
    '\u007f\u0080\u0085\u009b31m\u2028\u2029\u202e\ufeff',
    '\ud800',
    '\udc00 before \ud800 and \ud83d',
    'a"b\\c\\u000a',
    '%s %d %j %o %%',
    'x'.repeat(1_000_000),
    '\n'.repeat(100_000),
    '😀'.repeat(100_000),
    Number.NaN,
    Infinity,
    -0,
    10n ** 40n,
    Symbol('sign\n'),
    () => 'code',
    new Date(Number.NaN),
    new Date(0),
    new Map<unknown, unknown>([[{ a: 1 }, new Set([1, cyclic])]]),
    Buffer.alloc(100_000, 0xff),
    new Float64Array([Number.NaN]),
    Array.from({ length: 100_000 }, (_, index) => index),
    Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}\n`, index])),
    cyclic,
    deep,
    throwing,
    error,
    Object.assign(new Error('odd'), { message: 7, stack: { a: 1 }, code: '\n' }),
    new Proxy({}, { ownKeys: refuse, get: refuse, has: refuse, getPrototypeOf: refuse }),
    new Proxy([], { get: refuse }),
    { toJSON: refuse },
    { toJSON: () => cyclic },
    { toString: refuse, [Symbol.toPrimitive]: refuse },
    Object.create(null) as unknown,
    { __proto__: null, constructor: 1, hasOwnProperty: 2 },
    { msg: 'other', level: 60, time: 0, service: 'forged', pid: 1, context: { context: 1 } },
    { err: 'not an error', error: 5, req: { method: 'GET', headers: {}, socket: {} } },
  ];
}

function refuse(): never {
  throw new Error('no entry');
}
