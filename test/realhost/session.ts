import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { runApiSuite, type ApiRunOptions, type ApiRunResult } from './apiRunner';
import { launchBrowser } from './browser';
import type { RealHostPaths } from './install.mjs';
import { RealServer, type ServerOptions } from './server';
import { VsCodeWindow } from './window';

export interface SessionOptions extends ServerOptions {
  /** Under this name (.png and .log) a failure leaves what was to be seen, in `artifacts`. */
  readonly name: string;
  readonly artifacts: string;
}

/** Server, browser and windows in one: what most tests start from. */
export class RealHost {
  private constructor(
    readonly paths: RealHostPaths,
    readonly browser: Browser,
  ) {}

  /** `ok: false` when this machine cannot have a real host: the caller skips by name, with the reason. */
  static async start(
    log?: (line: string) => void,
  ): Promise<{ ok: true; host: RealHost } | { ok: false; reason: string }> {
    const { installRealHost } = await import('./install.mjs');
    const installed = await installRealHost(log === undefined ? {} : { log });
    if (!installed.ok) return installed;
    return { ok: true, host: new RealHost(installed.paths, await launchBrowser(installed.paths)) };
  }

  /**
   * Opens a workspace in a window, lets `use` act in it, and takes everything down, whatever happens.
   * When `use` throws, a screenshot and all logs are kept, and the error says where.
   */
  async withWindow<T>(options: SessionOptions, use: (window: VsCodeWindow) => Promise<T>): Promise<T> {
    const server = await RealServer.start(this.paths, options);
    try {
      const window = await VsCodeWindow.open(this.browser, server);
      try {
        return await use(window);
      } catch (error) {
        const kept = await keepEvidence(window, options);
        throw new Error(`${error instanceof Error ? error.message : String(error)}\n(see ${kept})`, {
          cause: error,
        });
      } finally {
        await window.close();
      }
    } finally {
      await server.dispose();
    }
  }

  /** Runs a built suite inside the extension host. */
  async runApiSuite(options: ApiRunOptions): Promise<ApiRunResult> {
    return runApiSuite(this.paths, this.browser, options);
  }

  async dispose(): Promise<void> {
    await this.browser.close();
  }
}

/** Evidence is a help: failing to get it must not hide the failure itself. @returns where it lies */
export async function keepEvidence(
  window: VsCodeWindow,
  options: Pick<SessionOptions, 'name' | 'artifacts'>,
): Promise<string> {
  const file = path.join(path.resolve(options.artifacts), options.name.replaceAll(/[^\w.-]+/g, '-'));
  await mkdir(path.dirname(file), { recursive: true });
  const logs = await window.server.logs();
  await writeFile(`${file}.log`, `== console of the window\n${window.consoleErrors.join('\n')}\n${logs}`);
  await window.screenshot(`${file}.png`).catch(() => undefined);
  return `${file}.png and .log`;
}
