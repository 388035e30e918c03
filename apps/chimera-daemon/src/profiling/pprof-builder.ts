import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { Function, Location, Profile, Sample, StringTable, ValueType } from 'pprof-format';
import type { Frame, ReadFrame } from './source-frames.ts';

export interface PprofUnit {
  readonly type: string;
  readonly unit: string;
}

export interface PprofOptions {
  /** What each sample counts, in the order of its values; readers show the last one first. */
  readonly sampleTypes: readonly PprofUnit[];
  readonly periodType: PprofUnit;
  readonly period: number;
  /** Wall-clock ms. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Where a frame is in the source. */
  readonly readFrame: ReadFrame;
}

const compress = promisify(gzip);

/** A profile in the form of `profile.proto`, as `go tool pprof` reads it. */
export class PprofBuilder {
  readonly #options: PprofOptions;
  readonly #strings = new StringTable();
  readonly #functions: Function[] = [];
  readonly #locations: Location[] = [];
  readonly #samples: Sample[] = [];
  readonly #idByFrame = new Map<string, number>();

  constructor(options: PprofOptions) {
    this.#options = options;
  }

  /** `stack`: the innermost frame first. */
  add(stack: readonly Frame[], value: readonly number[]): void {
    const locationId = stack.map((frame) => this.#locationOf(frame));
    this.#samples.push(new Sample({ locationId, value: [...value] }));
  }

  async encoded(): Promise<Uint8Array> {
    const { durationMs, period, periodType, sampleTypes, startedAt } = this.#options;
    const profile = new Profile({
      sampleType: sampleTypes.map((type) => this.#valueType(type)),
      sample: this.#samples,
      location: this.#locations,
      function: this.#functions,
      stringTable: this.#strings,
      timeNanos: BigInt(Math.round(startedAt)) * 1_000_000n,
      durationNanos: Math.round(durationMs * 1e6),
      periodType: this.#valueType(periodType),
      period,
    });
    return compress(await profile.encodeAsync());
  }

  #locationOf(frame: Frame): number {
    const { columnNumber, functionName, lineNumber, url } = frame;
    const key = JSON.stringify([functionName, url, lineNumber, columnNumber]);
    const known = this.#idByFrame.get(key);
    if (known !== undefined) return known;
    // Ids start at 1: 0 stands for none.
    const id = this.#functions.length + 1;
    this.#idByFrame.set(key, id);
    const { file, line, name } = this.#options.readFrame(frame);
    const names = { name: this.#strings.dedup(name), systemName: this.#strings.dedup(name) };
    const filename = this.#strings.dedup(file);
    this.#functions.push(new Function({ id, ...names, filename, startLine: line }));
    this.#locations.push(new Location({ id, line: [{ functionId: id, line }] }));
    return id;
  }

  #valueType({ type, unit }: PprofUnit): ValueType {
    return new ValueType({ type: this.#strings.dedup(type), unit: this.#strings.dedup(unit) });
  }
}
