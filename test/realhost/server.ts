import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { constants as osConstants, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RealHostPaths } from './install.mjs';
import { TREE_VARIABLE, endProcesses, killProcessesNow } from './processTree';

/** What a server is started with; only the workspace must be said. */
export interface ServerOptions {
  /** The folder (or .code-workspace file) that the window opens; used as it is, not copied. */
  readonly workspace: string;
  /** VSIX files to install before the start, as a user would. */
  readonly vsix?: readonly string[];
  /** Unpacked extension folders to put beside them (test-only extensions). */
  readonly unpackedExtensions?: readonly string[];
  /** User settings, on top of the quiet ones that every test wants. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Default: `disabled`, every folder is trusted. `enforced`: a folder opens in Restricted Mode. */
  readonly workspaceTrust?: 'disabled' | 'enforced';
  /** Display language of extensions, for example `de`; VS Code's own texts stay English. */
  readonly locale?: string;
  /**
   * Environment of the server and its extension host on top of ours; `undefined` takes a variable
   * away. It may name files in the server's own folder, which is removed with it.
   */
  readonly env?: (folder: string) => Readonly<Record<string, string | undefined>>;
}

/** Settings without which a fresh profile talks, phones home or covers what is to be seen. */
const QUIET_SETTINGS: Readonly<Record<string, unknown>> = {
  'chat.disableAIFeatures': true,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': 'off',
  'extensions.ignoreRecommendations': true,
  // One row for each folder, so that a path can be walked.
  'explorer.compactFolders': false,
  // No port of the machine is to be looked for and announced.
  'remote.autoForwardPorts': false,
  'update.mode': 'none',
  'git.enabled': false,
  'security.workspace.trust.startupPrompt': 'never',
  'files.simpleDialog.enable': true,
};
const START_TIMEOUT_MS = 180_000;
const POLL_MS = 50;
/** A server whose test runner was killed ends by itself; a test without a window is far shorter. */
const IDLE_SECONDS = 600;
const END_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const LISTENING = /HTTP server listening on (http:\/\/[^\s/]+)/;

/** One running VS Code server with a user profile of its own. Always dispose it. */
export class RealServer {
  private readonly machineSettings: Record<string, unknown> = {};
  private readonly mark = randomUUID();
  private readonly onExit = (): void => {
    killProcessesNow(this.mark);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  };
  private readonly onSignal = (signal: NodeJS.Signals): void => {
    // Listening took the default away, which is to end; others who listen (Playwright) would not end either.
    process.exit(128 + osConstants.signals[signal]);
  };
  private process: ChildProcess | undefined;
  private address = '';

  private constructor(
    readonly host: RealHostPaths,
    readonly options: ServerOptions,
    /** Everything that this server writes, removed on dispose. */
    readonly folder: string,
  ) {
    process.on('exit', this.onExit);
    END_SIGNALS.forEach((signal) => process.on(signal, this.onSignal));
  }

  /** Prepares a profile, installs the extensions and resolves when the server answers. */
  static async start(host: RealHostPaths, options: ServerOptions): Promise<RealServer> {
    const folder = await mkdtemp(path.join(tmpdir(), 'realhost-'));
    const server = new RealServer(host, options, folder);
    try {
      await server.prepare();
      await server.launch();
      return server;
    } catch (error) {
      const logs = await server.logs();
      await server.dispose();
      throw new Error(`the server did not start:\n${logs}`, { cause: error });
    }
  }

  /** The address of the window on this server's workspace. */
  get url(): string {
    const kind = this.options.workspace.endsWith('.code-workspace') ? 'workspace' : 'folder';
    return `${this.address}/?${kind}=${encodeURIComponent(path.resolve(this.options.workspace))}`;
  }

  get userDataDir(): string {
    return path.join(this.folder, 'user-data');
  }

  get extensionsDir(): string {
    return path.join(this.folder, 'extensions');
  }

  private get outputFile(): string {
    return path.join(this.folder, 'server.log');
  }

  private get userSettingsFile(): string {
    return path.join(this.userDataDir, 'User', 'settings.json');
  }

  private get machineSettingsFile(): string {
    return path.join(this.userDataDir, 'Machine', 'settings.json');
  }

  /** Installs a VSIX; a window that is open sees it after a reload. */
  async installVsix(file: string): Promise<void> {
    await this.runToEnd(['--install-extension', path.resolve(file), '--force']);
  }

  /**
   * Changes settings of the running server; open windows follow at once. These are *machine* settings,
   * which go before the user's: a window in a browser watches that file, and reads the user's only when
   * it loads. Settings of scope "application" are not taken from it.
   */
  async updateSettings(changes: Readonly<Record<string, unknown>>): Promise<void> {
    Object.assign(this.machineSettings, changes);
    await writeFile(this.machineSettingsFile, JSON.stringify(this.machineSettings));
  }

  /** Server output, extension host logs and extensions' log channels, each under its file name. */
  async logs(): Promise<string> {
    const logFolder = path.join(this.userDataDir, 'logs');
    const entries = await readdir(logFolder, { recursive: true }).catch(() => []);
    const files = entries.filter((name) => name.endsWith('.log')).map((name) => path.join(logFolder, name));
    const parts = [this.outputFile, ...files.sort()].map(async (file) => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return text === '' ? '' : `== ${path.relative(this.folder, file)}\n${text}`;
    });
    return (await Promise.all(parts)).filter((part) => part !== '').join('\n');
  }

  /** Ends every process of this server and removes its folder; may be called twice. */
  async dispose(): Promise<void> {
    try {
      await endProcesses(this.mark);
    } finally {
      this.stopListening();
      await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  private stopListening(): void {
    process.off('exit', this.onExit);
    END_SIGNALS.forEach((signal) => process.off(signal, this.onSignal));
  }

  private async prepare(): Promise<void> {
    await mkdir(path.dirname(this.userSettingsFile), { recursive: true });
    await mkdir(path.dirname(this.machineSettingsFile), { recursive: true });
    await mkdir(this.extensionsDir);
    const settings = { ...QUIET_SETTINGS, ...this.options.settings };
    await writeFile(this.userSettingsFile, JSON.stringify(settings, undefined, 2));
    await this.updateSettings({});
    // Folders go first: the first start lists what lies there, later ones read the list alone.
    for (const source of this.options.unpackedExtensions ?? [])
      await cp(source, path.join(this.extensionsDir, path.basename(source)), { recursive: true });
    for (const file of this.options.vsix ?? []) await this.installVsix(file);
    if (this.options.locale !== undefined) await this.writeLanguagePack(this.options.locale);
  }

  /**
   * VS Code takes a display language only when a language pack is installed, and those come from a
   * gallery. This one is empty: VS Code itself stays English, extensions show their translation.
   * Installing an extension rewrites the list, so this comes after.
   */
  private async writeLanguagePack(locale: string): Promise<void> {
    const messages = path.join(this.userDataDir, 'empty.i18n.json');
    await writeFile(messages, '{"contents":{}}');
    const extensions = [{ extensionIdentifier: { id: 'realhost.language-pack' }, version: '1.0.0' }];
    const pack = { hash: 'empty', label: locale, extensions, translations: { vscode: messages } };
    await writeFile(path.join(this.userDataDir, 'languagepacks.json'), JSON.stringify({ [locale]: pack }));
  }

  private async launch(): Promise<void> {
    const { workspaceTrust, locale } = this.options;
    const args = [
      '--bind-addr',
      '127.0.0.1:0',
      '--auth',
      'none',
      '--idle-timeout-seconds',
      String(IDLE_SECONDS),
    ];
    args.push('--disable-telemetry', '--disable-update-check', '--disable-getting-started-override');
    if (workspaceTrust !== 'enforced') {
      // In Restricted Mode extensions that do not declare otherwise would not start.
      args.push('--disable-workspace-trust');
    }
    if (locale !== undefined) args.push('--locale', locale);
    this.process = this.spawn(args);
    this.address = await this.waitForAddress(this.process);
  }

  private spawn(args: readonly string[]): ChildProcess {
    const folders = ['--user-data-dir', this.userDataDir, '--extensions-dir', this.extensionsDir];
    // Without a config of its own it would write one into the home folder.
    const config = ['--config', path.join(this.folder, 'config.yaml')];
    const child = spawn(this.host.node, [this.host.codeServer, ...folders, ...config, ...args], {
      env: this.environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const output = createWriteStream(this.outputFile, { flags: 'a' });
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    child.once('close', () => output.end());
    return child;
  }

  /** A terminal of VS Code hands down variables that would send this server to the outer VS Code. */
  private environment(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(VSCODE_|npm_|ELECTRON_|NODE_OPTIONS$)/.test(name),
    );
    return {
      ...Object.fromEntries(inherited),
      ...this.options.env?.(this.folder),
      [TREE_VARIABLE]: this.mark,
    };
  }

  private async waitForAddress(child: ChildProcess): Promise<string> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline && child.exitCode === null) {
      const address = LISTENING.exec(await readFile(this.outputFile, 'utf8').catch(() => ''))?.[1];
      if (address !== undefined) return address;
      await sleep(POLL_MS);
    }
    throw new Error(`no address within ${START_TIMEOUT_MS} ms (exit code ${child.exitCode ?? 'none'})`);
  }

  private async runToEnd(args: readonly string[]): Promise<void> {
    const child = this.spawn(args);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) {
      throw new Error(`${args.join(' ')} ended with ${String(code)}:\n${await this.logs()}`);
    }
  }
}
