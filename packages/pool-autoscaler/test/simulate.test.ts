import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  adversarialLoad,
  type Arrival,
  burstyLoad,
  candidatesOf,
  compare,
  type Comparison,
  diurnalLoad,
  flatLoad,
  formatOf,
  type Load,
  oracleIdleMs,
  readTrace,
  runSimulation,
  simulate,
} from '@chimera/pool-autoscaler/simulate';
import { scalingPolicy } from '@chimera/pool-autoscaler';
import { seededRandom } from '@chimera/policy';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const bounds = { min: 3, max: 10 };
const fixedAt = (size: number) => scalingPolicy({ min: size, max: size });

function trace(file: string): Load {
  const text = readFileSync(new URL(`../traces/${file}`, import.meta.url), 'utf8');
  return readTrace(file, text, { format: formatOf(text) ?? 'csv', max: bounds.max });
}

function rowsOf({ rows }: Comparison) {
  return Object.fromEntries(rows.map((row) => [row.name, row]));
}

describe('what the policies save', () => {
  const diurnal = compare(diurnalLoad(), candidatesOf('threshold,lean,lean+seasonal'), bounds);

  test('the default cuts idle slots by 40 % and more on a diurnal load, and says what waiting it costs', () => {
    const { threshold } = rowsOf(diurnal);
    expect(threshold?.idleCut).toBeGreaterThanOrEqual(0.4);
    expect(threshold?.addedP99WaitMs).toBeLessThanOrEqual(1_000);
  });

  test('lean gets 90 % of what an oracle could save on it, for at most 1 s of added p99 wait', () => {
    const { lean } = rowsOf(diurnal);
    expect(lean?.ofOracle).toBeGreaterThanOrEqual(0.9);
    expect(lean?.ofOracle).toBeLessThanOrEqual(1);
    expect(lean?.addedP99WaitMs).toBeLessThanOrEqual(1_000);
  });

  test.each([
    burstyLoad(),
    burstyLoad(99),
    adversarialLoad(),
    flatLoad(),
    trace('azure-llm-code.csv'),
    trace('azure-llm-conversation-1in5.csv'),
  ])('lean is never worse than threshold in both respects ($name)', (load) => {
    const { threshold, lean } = rowsOf(compare(load, candidatesOf('threshold,lean'), bounds));
    const isWorse =
      (lean?.idleCut ?? 0) < (threshold?.idleCut ?? 0) &&
      (lean?.p99WaitMs ?? 0) > (threshold?.p99WaitMs ?? 0);
    expect(isWorse).toBe(false);
    expect(lean?.addedP99WaitMs).toBeLessThanOrEqual(1_000);
  });

  test('a season known from yesterday takes the wait out of the morning', () => {
    const rows = rowsOf(diurnal);
    expect(rows['lean+seasonal']?.p99WaitMs).toBeLessThan(rows['lean']?.p99WaitMs ?? 0);
    expect(rows['lean+seasonal']?.idleCut).toBeLessThan(rows['lean']?.idleCut ?? 0);
  });
});

describe('the simulated pool', () => {
  const work = fc
    .array(fc.record({ gapMs: fc.nat(3_000), serviceMs: fc.integer({ min: 1, max: 20_000 }) }), {
      minLength: 1,
      size: '+1',
    })
    .map((items) => {
      let at = 0;
      return items.map(({ gapMs, serviceMs }): Arrival => ({ at: (at += gapMs), serviceMs }));
    });

  test('keeps the books: idle and busy time are the size over the time', () => {
    fc.assert(
      fc.property(work, fc.integer({ min: 1, max: 10 }), (arrivals, size) => {
        const { idleMs, endedAt } = simulate(arrivals, fixedAt(size));
        const busyMs = arrivals.reduce((sum, { serviceMs }) => sum + serviceMs, 0);
        expect(idleMs + busyMs).toBeCloseTo(size * endedAt, 3);
      }),
    );
  });

  test('with a slot for everybody nobody waits', () => {
    fc.assert(
      fc.property(work, (arrivals) => {
        const result = simulate(arrivals, fixedAt(arrivals.length));
        expect(result).toMatchObject({ p99WaitMs: 0, resizes: 0 });
      }),
    );
  });

  test('no policy idles less than the oracle, unless it makes others wait', () => {
    fc.assert(
      fc.property(work, (arrivals) => {
        const policy = scalingPolicy({ ...bounds, rules: candidatesOf('lean')[0]?.rules ?? [] });
        const { idleMs, p99WaitMs } = simulate(arrivals, policy);
        const fixed = simulate(arrivals, fixedAt(bounds.max));
        const isAsFast = p99WaitMs <= fixed.p99WaitMs;
        expect(isAsFast && idleMs < oracleIdleMs(arrivals, bounds.min, bounds.max)).toBe(false);
      }),
    );
  });

  test('waits of a single busy server agree with queueing theory', () => {
    const random = seededRandom(7);
    let at = 0;
    const exponential = (meanMs: number) => -Math.log(1 - random()) * meanMs;
    const arrivals = Array.from({ length: 200_000 }, (): Arrival => {
      at += exponential(2_000);
      return { at, serviceMs: exponential(1_000) };
    });
    // M/M/1 at half load: P(W > t) = 0.5 e^(-0.5 t), so the 99th percentile is 2 ln 50 s.
    const { p99WaitMs } = simulate(arrivals, fixedAt(1), { tickMs: 60_000 });
    expect(p99WaitMs / 1_000).toBeGreaterThan(2 * Math.log(50) * 0.95);
    expect(p99WaitMs / 1_000).toBeLessThan(2 * Math.log(50) * 1.05);
  });
});

describe('traces', () => {
  test('azure: tokens become service time, and too much load is thinned', () => {
    const text = [
      'TIMESTAMP,ContextTokens,GeneratedTokens',
      '2023-11-16 18:17:03.0000000,4808,10',
      '2023-11-16 18:17:04.5000000,3180,100',
      '',
    ].join('\n');
    expect(formatOf(text)).toBe('azure');
    expect(readTrace('t', text, { format: 'azure', max: 10 }).arrivals).toEqual([
      { at: 0, serviceMs: 700 },
      { at: 1_500, serviceMs: 2_500 },
    ]);
    const crowded = readTrace('t', text, { format: 'azure', max: 1 });
    expect(crowded).toMatchObject({ arrivals: [{ at: 0, serviceMs: 700 }] });
    expect(crowded.model).toMatch(/one request of 4$/);
  });

  test('counts: as many arrivals as counted, each in its interval', () => {
    const text = 'timestamp,value\n2014-04-10 00:04:00,3.0\n2014-04-10 00:09:00,2.0\n';
    expect(formatOf(text)).toBe('counts');
    const { arrivals } = readTrace('t', text, { format: 'counts', max: 10 });
    expect(arrivals).toHaveLength(5);
    const inOrder = arrivals.toSorted((one, other) => one.at - other.at);
    expect(arrivals).toEqual(inOrder);
    expect(arrivals.at(-1)?.at).toBeLessThan(600_000);
  });

  test('csv: as it stands', () => {
    const text = 'at_ms,service_ms\n10,5\n30,7\n';
    expect(formatOf(text)).toBe('csv');
    expect(readTrace('t', text, { format: 'csv', max: 10 }).arrivals).toEqual([
      { at: 0, serviceMs: 5 },
      { at: 20, serviceMs: 7 },
    ]);
  });

  test.each([
    ['counts', 'timestamp,value\n2014-04-10 00:04:00,3.0\n'],
    ['counts', 'timestamp,value\n2014-04-10 00:09:00,3.0\n2014-04-10 00:04:00,3.0\n'],
    ['csv', 'at_ms,service_ms\n0,1e999\n'],
  ] as const)('one of %s that would never end is refused: %j', (format, text) => {
    expect(() => readTrace('t', text, { format, max: 3 })).toThrow(
      `simulate: trace must be of the format ${format}, got "t"`,
    );
  });

  test.each([
    ['csv', 'at_ms,service_ms\n0,5\n1e12,5\n', 'of at most 366 days, each service too'],
    ['csv', 'at_ms,service_ms\n0,1e12\n5,5\n', 'of at most 366 days, each service too'],
    [
      'counts',
      'timestamp,value\n2014-04-10 00:04:00,3e9\n2014-04-10 00:09:00,3\n',
      'of at most 10000000 arrivals',
    ],
  ] as const)('one of %s that is too long to play is refused: %j', (format, text, rule) => {
    expect(() => readTrace('t', text, { format, max: 3 })).toThrow(
      `simulate: trace must be ${rule}, got "t"`,
    );
  });

  test('a text of another format is refused', () => {
    expect(() => readTrace('t', 'a,b\nx,y\n', { format: 'csv', max: 3 })).toThrow(
      'simulate: trace must be of the format csv, got "t"',
    );
  });
});

function run(...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'chimera-simulate-'));
  const lines: string[] = [];
  const file = join(folder, 'load.csv');
  writeFileSync(file, `at_ms,service_ms\n${'0,4000\n1000,4000\n9000,100\n'.repeat(3)}`);
  try {
    const svg = join(folder, 'plots', 'plot.svg');
    runSimulation(['--svg', svg, ...args.map((arg) => arg.replace('LOAD', file))], (text) => {
      lines.push(text);
    });
    return {
      text: lines.join('\n'),
      svg: args.includes('--help') ? '' : readFileSync(svg, 'utf8'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the command', () => {
  test('prints a table with the fixed pool, the rules and the oracle, and writes the plot', () => {
    const { text, svg } = run('--trace', 'LOAD', '--rules', 'threshold,lean+seasonal');
    expect(text).toMatch(/load: 9 arrivals in 0.0 h, service times of the trace/);
    expect(text).toMatch(
      /^policy +idle cut +of oracle +p50 wait +p99 wait +added p99 +resizes\/h$/m,
    );
    for (const name of ['fixed', 'threshold', 'lean\\+seasonal', 'oracle']) {
      expect(text).toMatch(new RegExp(`^${name} +[\\d.]+ %`, 'm'));
    }
    expect(svg).toMatch(/^<svg /);
    expect(svg.match(/<polyline /g)).toHaveLength(2);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('takes the bounds of the pool', () => {
    const { text } = run('--trace', 'LOAD', '--format', 'csv', '--min', '1', '--max', '2');
    expect(text).toMatch(/against a fixed pool of 2;/);
  });

  test('of a pool smaller than the usual minimum needs no minimum', () => {
    expect(run('--trace', 'LOAD', '--max', '2').text).toMatch(/against a fixed pool of 2;/);
  });

  test('explains itself', () => {
    expect(run('--help').text).toMatch(/--trace FILE/);
  });

  test.each([
    [
      ['--rules', 'leen'],
      /rules must be of threshold, target, panic, lean, seasonal .* got "leen"/,
    ],
    [['--trace', 'LOAD', '--format', 'xml'], /format must be azure, counts, csv, got "xml"/],
    [['--min', '4', '--max', '2'], /min must be an integer from 1 to 2, got 4/],
    [['--trace', 'LOAD.missing'], /ENOENT/],
    [['--rules', 'constructor'], /rules must be of threshold, .* got "constructor"/],
  ])('refuses %j', (args, message) => {
    expect(() => run(...args)).toThrow(message);
  });
});

describe('what would never end is refused', () => {
  const load = [{ at: 0, serviceMs: 5 }];
  const policy = scalingPolicy({});

  test.each([0, -1, Number.NaN])('a tick of %d ms', (tickMs) => {
    expect(() => simulate(load, policy, { tickMs })).toThrow(
      `simulate: tickMs must be a number > 0, got ${tickMs}`,
    );
  });

  test('a pool of NaN slots', () => {
    expect(() => simulate(load, policy, { initialSize: Number.NaN })).toThrow(RangeError);
  });

  test.each([
    [{ at: Number.NaN, serviceMs: 5 }, 'arrivals[1].at must be a finite number >= 0, got NaN'],
    [{ at: -1, serviceMs: 5 }, 'arrivals[1].at must be a finite number >= 0, got -1'],
    [{ at: 1, serviceMs: Infinity }, 'arrivals[1].serviceMs must be a finite number >= 0'],
    [{ at: 1, serviceMs: Number.NaN }, 'arrivals[1].serviceMs must be a finite number >= 0'],
  ])('an arrival of %j', (arrival, message) => {
    expect(() => simulate([...load, arrival], policy)).toThrow(message);
    expect(() => oracleIdleMs([...load, arrival], 1, 3)).toThrow(message);
  });
});
