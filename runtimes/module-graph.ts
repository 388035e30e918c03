import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { init, parse } from 'es-module-lexer';
import { exports, legacy } from 'resolve.exports';

/** What a browser has to load for some entries. */
export interface ModuleGraph {
  /** Paths from the project's folder. */
  readonly files: readonly string[];
  /** Each bare name that is imported, and the file it stands for: an import map. */
  readonly names: Readonly<Record<string, string>>;
  /** Imports of what only Node.js has: `file imports name`. */
  readonly builtins: readonly string[];
}

interface Manifest {
  readonly exports?: unknown;
}

/** Follows every import, static and dynamic, from the entries on, into dependencies too. */
export async function moduleGraph(
  project: string,
  entries: readonly string[],
): Promise<ModuleGraph> {
  await init();
  const names: Record<string, string> = {};
  const files = new Set<string>();
  const builtins: string[] = [];
  const fileOf = (name: string, importer: string): string => {
    if (name.startsWith('.')) return join(dirname(importer), name);
    return (names[name] ??= resolve(project, name));
  };
  const unread = entries.map((entry) => fileOf(entry, ''));
  for (let file = unread.pop(); file !== undefined; file = unread.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const name of importsOf(join(project, file))) {
      if (isBuiltin(name)) builtins.push(`${file} imports ${name}`);
      else unread.push(fileOf(name, file));
    }
  }
  return { files: [...files], names, builtins };
}

/** Where bundlers for browsers find it: `exports`, else `module` or `main`. */
function resolve(project: string, name: string): string {
  const folder = name.split('/', name.startsWith('@') ? 2 : 1).join('/');
  const home = join(project, 'node_modules', folder);
  if (!existsSync(home)) throw new Error(`"${name}" is imported and not installed`);
  const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest;
  const found =
    manifest.exports === undefined
      ? legacy(manifest, { browser: true, fields: ['module', 'main'] })
      : exports(manifest, name, { browser: true })?.[0];
  if (typeof found !== 'string') throw new Error(`"${name}" has no file for browsers`);
  return relative(project, join(home, found));
}

function importsOf(file: string): readonly string[] {
  const [imports] = parse(readFileSync(file, 'utf8'), file);
  return imports.flatMap((found) => {
    if (found.type === 'import-meta') return [];
    if (found.specifier === undefined || (found.type === 'dynamic' && found.glob)) {
      throw new Error(`${file} imports a name that it computes: nobody can say what is loaded`);
    }
    return [found.specifier];
  });
}
