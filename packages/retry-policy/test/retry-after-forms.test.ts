import { describe, expect, it } from 'vitest';
import { parseRetryAfter, readRetryAfter } from '../src/index.ts';

const now = Date.UTC(2026, 10, 22, 12, 0, 0);

describe('a date is one of the three forms of HTTP', () => {
  it.each([
    'until Sun, 22 Nov 2026 12:00:30 GMT',
    'Sun, 22 Nov 2026 12:00:30 GMT (or so)',
    'Sun Nov 22 12:00:30 2026 (or so)',
    'Sun, 22 Nov 2026 12:00:30',
  ])('and nothing around it: %j is none', (text) => {
    expect(Date.parse(text)).not.toBeNaN();
    expect(parseRetryAfter(text, now)).toBeUndefined();
  });

  it('and GMT where the machine keeps another time', () => {
    const { TZ } = process.env;
    try {
      process.env.TZ = 'Asia/Kolkata';
      expect(parseRetryAfter('Sun Nov 22 12:00:30 2026', now)).toBe(30_000);
      expect(parseRetryAfter('Sun, 22 Nov 2026 12:00:30 GMT', now)).toBe(30_000);
    } finally {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
  });
});

describe('seconds', () => {
  it('may have several decimals', () => {
    expect(parseRetryAfter('1.25', now)).toBe(1_250);
  });

  it('are not read from what is neither text nor number', () => {
    expect(parseRetryAfter(['120'], now)).toBeUndefined();
    expect(parseRetryAfter(Object.create(null), now)).toBeUndefined();
  });
});

describe('readRetryAfter', () => {
  it('finds its header among others', () => {
    const headers = { 'content-length': '512', 'Retry-After': '2' };
    expect(readRetryAfter({ headers }, now)).toBe(2_000);
  });

  it('takes a retryAfterMs of 0 for leave to come at once', () => {
    expect(readRetryAfter({ retryAfterMs: 0, headers: { 'retry-after': '2' } }, now)).toBe(0);
  });

  it('hears nothing from a response whose headers are null', () => {
    expect(readRetryAfter({ response: { headers: null } }, now)).toBeUndefined();
  });
});
