import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packedExtension } from '../../support/packedExtension';
import { projectRoot } from '../../support/paths';
import { skipBecause } from '../../support/skip';
import { RealServer, type ServerOptions } from '../../realhost/server';
import { keepEvidence, RealHost } from '../../realhost/session';
import { VsCodeWindow } from '../../realhost/window';

const EVIDENCE = path.join(projectRoot, '.vscode-test', 'evidence');
/** A first installation of the real host takes minutes; afterwards this is the time of a server and a window. */
const START_MS = 1_200_000;

interface StoryOptions {
  /** Fills the fresh folder that the window opens. What it returns is called at the end. */
  readonly workspace: (folder: string) => Promise<void> | Promise<() => Promise<void>>;
  readonly server?: Omit<ServerOptions, 'workspace' | 'vsix'>;
}

/** What the tests of a story act on; there only while they run. */
export interface Story {
  readonly window: VsCodeWindow;
  /** The folder that the window shows; links resolved. */
  readonly workspace: string;
}

/**
 * Tests in one window of a real VS Code with the packed extension, each going on where the last one ended. After a
 * failure, which keeps a screenshot and all logs, the rest of the story is skipped: it could only fail for that reason.
 */
export function describeStory(title: string, options: StoryOptions, body: (story: Story) => void): void {
  describe(title, function () {
    const opened = new OpenStory(title, options);
    before(async function () {
      this.timeout(START_MS);
      const reason = await opened.open();
      if (reason !== undefined) skipBecause(this, reason);
    });
    beforeEach(function () {
      if (opened.broken !== undefined && this.currentTest !== undefined) {
        this.currentTest.title += ` [skipped: ${opened.broken}]`;
        this.skip();
      }
    });
    afterEach(async function () {
      if (this.currentTest?.state === 'failed') await opened.fail(this.currentTest.title);
    });
    after(() => opened.close());
    body(opened);
  });
}

class OpenStory implements Story {
  /** Why nothing that follows can succeed. */
  broken: string | undefined;
  #server: RealServer | undefined;
  #window: VsCodeWindow | undefined;
  #folder = '';
  #clean: (() => Promise<void>) | undefined;

  constructor(
    private readonly title: string,
    private readonly options: StoryOptions,
  ) {}

  get window(): VsCodeWindow {
    if (this.#window === undefined) throw new Error('the window is open only while tests run');
    return this.#window;
  }

  get workspace(): string {
    return path.join(this.#folder, 'workspace');
  }

  /** @returns why there can be no window on this machine */
  async open(): Promise<string | undefined> {
    const started = await sharedHost();
    if (!started.ok) return started.reason;
    this.#folder = await mkdtemp(path.join(await realpath(tmpdir()), 'splora-e2e-'));
    const clean = await this.options.workspace(this.workspace);
    this.#clean = typeof clean === 'function' ? clean : undefined;
    const { host } = started;
    const server = { ...this.options.server, workspace: this.workspace, vsix: [packedExtension()] };
    this.#server = await RealServer.start(host.paths, server);
    this.#window = await VsCodeWindow.open(host.browser, this.#server);
    return undefined;
  }

  async fail(test: string): Promise<void> {
    this.broken = `after “${test}” failed`;
    if (this.#window === undefined) return;
    const kept = await keepEvidence(this.#window, { name: `${this.title} ${test}`, artifacts: EVIDENCE });
    console.log(`what was to be seen: ${kept}`);
  }

  async close(): Promise<void> {
    await this.#window?.close();
    await this.#server?.dispose();
    await this.#clean?.();
    if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true });
  }
}

let starting: ReturnType<typeof RealHost.start> | undefined;

/** One browser serves all stories. */
function sharedHost(): ReturnType<typeof RealHost.start> {
  starting ??= RealHost.start(console.log);
  return starting;
}

after(async () => {
  const started = await starting;
  if (started?.ok === true) await started.host.dispose();
});
