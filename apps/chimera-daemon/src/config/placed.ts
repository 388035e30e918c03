/**
 * A word of a command: `{config}` stands for the config file's folder, since the agent runs
 * elsewhere; `{node}` for the Node.js that runs the daemon, since PATH may have another.
 */
export function placed(word: string, directory: string): string {
  return word.replaceAll('{config}', directory).replaceAll('{node}', process.execPath);
}
