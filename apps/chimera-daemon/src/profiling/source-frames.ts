import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** As V8 names what was running; lines and columns from 0, -1 where there is no source. */
export interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** As a person looks for it; lines from 1, 0 where there is no source. */
export interface SourceFrame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

export type ReadFrame = (frame: Frame) => SourceFrame;

/** Finds frames of bundles in the files that these were made of, where a source map lies beside them. */
export function sourceFrames(): ReadFrame {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (bundle: string): SourceMap | undefined => {
    if (!maps.has(bundle)) maps.set(bundle, readMap(bundle));
    return maps.get(bundle);
  };
  return ({ columnNumber, functionName, lineNumber, url }) => {
    const bundle = url.startsWith('file://') ? fileURLToPath(url) : url;
    const here = { file: bundle, line: lineNumber + 1 };
    const isFile = url.startsWith('file://') && lineNumber >= 0;
    const { file, line } =
      (isFile && originOf(mapOf(bundle), bundle, lineNumber, columnNumber)) || here;
    return { name: nameOf(functionName, file, line), file, line };
  };
}

function originOf(
  map: SourceMap | undefined,
  bundle: string,
  line: number,
  column: number,
): Omit<SourceFrame, 'name'> | undefined {
  const found = map?.findEntry(line, column);
  if (found === undefined || !('originalSource' in found)) return undefined;
  return { file: resolve(dirname(bundle), found.originalSource), line: found.originalLine + 1 };
}

/** Profiles are read by name: functions without one would all be the same. */
function nameOf(name: string, file: string, line: number): string {
  if (name !== '') return name;
  return line === 0 ? '(anonymous)' : `(anonymous) ${basename(file)}:${line}`;
}

function readMap(bundle: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as SourceMapPayload);
  } catch {
    // Sources have none, and a frame is found without, too.
    return undefined;
  }
}
