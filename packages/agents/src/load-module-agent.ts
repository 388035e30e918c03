import { parse, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ModuleAgent, type ModuleRun } from './module-agent.ts';

/** The file cannot serve as an agent. */
export class AgentLoadError extends Error {
  override readonly name = 'AgentLoadError';
  readonly code = 'AGENT_NOT_LOADED';
  readonly path: string;

  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/**
 * Loads a {@link ModuleAgent} from a JavaScript (or erasable TypeScript) file that exports its
 * function. The agent is named after the file unless told otherwise; relative paths start at the
 * working directory of this process.
 *
 * @throws AgentLoadError when the file is missing, does not load, or exports no such function.
 */
export async function loadModuleAgent(
  path: string,
  exportName: string = 'run',
  name: string = parse(path).name,
): Promise<ModuleAgent> {
  const file = resolve(path);
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = (await import(pathToFileURL(file).href)) as typeof exported;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AgentLoadError(file, `agent "${name}": cannot load ${file}: ${why}`, { cause });
  }
  const run = exported[exportName];
  if (typeof run !== 'function') {
    const others = Object.keys(exported).join(', ') || 'nothing';
    const message = `agent "${name}": ${file} must export a function "${exportName}"; it exports ${others}`;
    throw new AgentLoadError(file, message);
  }
  return new ModuleAgent({ name, run: run as ModuleRun });
}
