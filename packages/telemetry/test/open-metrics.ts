/** A strict reader of OpenMetrics 1.0 text: throws where the specification forbids. */
export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    readonly at: number;
  };
}

export interface ReadFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string | undefined;
  readonly help: string | undefined;
  readonly samples: readonly ReadSample[];
}

const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
};
const number = /^([+-]?Inf|NaN|[+-]?\d+(\.\d+)?(e[+-]?\d+)?)$/;

interface OpenFamily {
  name: string;
  type: string;
  unit: string | undefined;
  help: string | undefined;
  samples: ReadSample[];
}

export function readOpenMetrics(text: string): readonly ReadFamily[] {
  if (!text.endsWith('# EOF\n')) throw new Error('no # EOF at the end');
  const families: OpenFamily[] = [];
  const seen = new Set<string>();
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    if (!line.startsWith('#')) {
      const family = families.at(-1);
      if (family === undefined) throw new Error(`a sample before any family: ${line}`);
      const read = readSample(line);
      const suffix = read.name.slice(family.name.length);
      if (!read.name.startsWith(family.name) || !suffixes[family.type]?.includes(suffix)) {
        throw new Error(`${read.name} is no sample of ${family.type} ${family.name}`);
      }
      if (read.exemplar !== undefined && suffix !== '_total' && suffix !== '_bucket') {
        throw new Error(`an exemplar where none may be: ${line}`);
      }
      const pairs = Object.entries(read.labels).map(([label, value]) =>
        JSON.stringify([label, value]),
      );
      const key = [read.name, ...pairs.toSorted()].join(' ');
      if (seen.has(key)) throw new Error(`twice: ${key}`);
      seen.add(key);
      family.samples.push(read);
      continue;
    }
    const match = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line);
    if (match === null) throw new Error(`no metadata: ${line}`);
    const [, keyword, name = '', rest = ''] = match;
    let family = families.at(-1);
    if (family?.name !== name) {
      if (families.some((other) => other.name === name)) throw new Error(`${name} interleaves`);
      family = { name, type: 'unknown', unit: undefined, help: undefined, samples: [] };
      families.push(family);
    }
    if (family.samples.length > 0) throw new Error(`metadata after samples: ${line}`);
    if (keyword === 'TYPE') family.type = rest;
    else if (keyword === 'UNIT') family.unit = rest;
    else family.help = unescaped(rest);
  }
  for (const { name, unit } of families) {
    if (unit !== undefined && !name.endsWith(`_${unit}`)) throw new Error(`${name} lacks ${unit}`);
  }
  return families;
}

export function readSample(line: string): ReadSample {
  const reader = new Reader(line);
  const name = reader.take(/[a-zA-Z_:][a-zA-Z0-9_:]*/y);
  const labels = reader.is('{') ? readLabels(reader) : {};
  reader.take(/ /y);
  const value = readNumber(reader.take(/[^ ]+/y));
  if (reader.isOver) return { name, labels, value };
  reader.take(/ # /y);
  const exemplarLabels = readLabels(reader);
  const length = Object.entries(exemplarLabels).flat().join('').length;
  if (length > 128) throw new Error(`an exemplar of ${length} characters`);
  reader.take(/ /y);
  const exemplarValue = readNumber(reader.take(/[^ ]+/y));
  reader.take(/ /y);
  const at = readNumber(reader.take(/[^ ]+/y));
  if (!reader.isOver) throw new Error(`something behind the exemplar: ${line}`);
  return { name, labels, value, exemplar: { labels: exemplarLabels, value: exemplarValue, at } };
}

function readLabels(reader: Reader): Record<string, string> {
  const labels: Record<string, string> = {};
  reader.take(/\{/y);
  while (!reader.is('}')) {
    const name = reader.take(/[a-zA-Z_][a-zA-Z0-9_]*/y);
    if (Object.hasOwn(labels, name)) throw new Error(`label ${name} twice`);
    reader.take(/="/y);
    // Line feeds are looked for by the caller: a line has none.
    Object.defineProperty(labels, name, {
      value: unescaped(reader.take(/(?:[^"\\]|\\[\\"n])*/y)),
      enumerable: true,
    });
    reader.take(/"/y);
    if (!reader.is('}')) reader.take(/,/y);
  }
  reader.take(/\}/y);
  return labels;
}

function readNumber(text: string): number {
  if (!number.test(text)) throw new Error(`no number: ${text}`);
  return Number(text.replace('Inf', 'Infinity'));
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, character: string) =>
    character === 'n' ? '\n' : character,
  );
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isOver(): boolean {
    return this.#at === this.#text.length;
  }

  is(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  take(form: RegExp): string {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text)?.[0];
    if (found === undefined) throw new Error(`${form} expected at ${this.#at} of ${this.#text}`);
    this.#at += found.length;
    return found;
  }
}
