import { createReadStream, existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModuleGraph } from './module-graph.ts';

/** What is used of `@sparticuz/chromium` and `playwright-core`, which are installed in the project only. */
interface Tools {
  readonly chromium: { executablePath(): Promise<string> };
  readonly launcher: { launch(options: object): Promise<Browser> };
}

interface Browser {
  version(): string;
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

interface Page {
  goto(address: string): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
}

/** A page that loads modules by an import map, as they are in the packages. */
export class Chromium {
  readonly version: string;
  readonly #page: Page;
  readonly #close: () => Promise<void>;

  constructor(version: string, page: Page, close: () => Promise<void>) {
    this.version = version;
    this.#page = page;
    this.#close = close;
  }

  /** What a scenario found; rejects with what the page says when it cannot be loaded. */
  async play(scenario: string): Promise<unknown> {
    return this.#page.evaluate(`import('/scenarios/${scenario}.js').then(({ play }) => play())`);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

/** Unpacks Chromium, which comes from npm as an archive, and opens a page of the project. */
export async function openChromium(project: string, graph: ModuleGraph): Promise<Chromium> {
  const tools = join(project, 'browser-tools.js');
  writeFileSync(
    tools,
    `export { default as chromium } from '@sparticuz/chromium';
     export { chromium as launcher } from 'playwright-core';`,
  );
  const { chromium, launcher } = (await import(pathToFileURL(tools).href)) as Tools;
  const server = await serve(project, graph);
  const { port } = server.address() as AddressInfo;
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  try {
    const browser = await launcher.launch({
      executablePath: await unpacked(chromium, project),
      args: [
        // The sandbox needs rights that containers do not give; all pages are this project's own.
        '--no-sandbox',
        '--no-zygote',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-domain-reliability',
        '--no-pings',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      ],
    });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    return new Chromium(browser.version(), page, async () => {
      await browser.close();
      stop();
    });
  } catch (error) {
    stop();
    throw error;
  }
}

/** It is unpacked into the folder for temporary files: make that the project's, which is deleted. */
async function unpacked(chromium: Tools['chromium'], project: string): Promise<string> {
  const { TMPDIR: before } = process.env;
  process.env['TMPDIR'] = project;
  const path = await chromium.executablePath();
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  return path;
}

function serve(project: string, { files, names }: ModuleGraph): Promise<Server> {
  const imports = Object.fromEntries(
    Object.entries(names).map(([name, file]) => [name, `/${file}`]),
  );
  const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>`;
  // Nothing else: a file that the graph does not know would not be checked.
  const known = new Set(files);
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://127.0.0.1').pathname).slice(1);
    if (path === '') {
      response.setHeader('content-type', 'text/html').end(page);
    } else if (
      known.has(path) ||
      (path.startsWith('scenarios/') && existsSync(join(project, path)))
    ) {
      response.setHeader('content-type', 'text/javascript');
      createReadStream(join(project, path)).pipe(response);
    } else {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
