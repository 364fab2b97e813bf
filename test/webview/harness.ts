import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { pageHtml } from '../../src/host/pageHtml';
import { projectRoot } from '../support/paths';
import { PATIENCE_MS } from '../realhost/waiting';
import { skipBecause } from '../support/skip';
import { MockHost } from './mockHost';

export type ThemeName = 'dark' | 'light' | 'hcDark' | 'hcLight';

const BODY_CLASSES: Readonly<Record<ThemeName, string>> = {
  dark: 'vscode-dark',
  light: 'vscode-light',
  hcDark: 'vscode-high-contrast',
  hcLight: 'vscode-high-contrast-light vscode-high-contrast',
};
const THEME_KINDS: Readonly<Record<ThemeName, string>> = {
  dark: 'vscode-dark',
  light: 'vscode-light',
  hcDark: 'vscode-high-contrast',
  hcLight: 'vscode-high-contrast-light',
};
const NONCE = 'test-nonce';
/** Frames and messages are late by up to so many milliseconds, in no rhythm: shows which test expects a fast machine. */
const LATE_MS = Number(process.env['SPLORA_LATE_PAGE'] ?? 0);
const LATE = `{
  const frame = requestAnimationFrame;
  let due = 0;
  const late = (then) => {
    due = Math.max(due, performance.now() + Math.random() * ${LATE_MS});
    return setTimeout(then, due - performance.now());
  };
  globalThis.requestAnimationFrame = (then) => late(() => frame(then));
  globalThis.cancelAnimationFrame = clearTimeout;
  const post = postToHost;
  globalThis.postToHost = (message) => late(() => post(message));
}`;

export interface OpenOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly forcedColors?: boolean;
  readonly reducedMotion?: boolean;
  readonly translations?: Readonly<Record<string, string>>;
  /** What `getState` of the page returns. */
  readonly state?: unknown;
}

export interface OpenPanel {
  readonly page: Page;
  readonly host: MockHost;
  /** What went wrong in the page: exceptions, console errors, breaches of its policy. */
  readonly problems: string[];
}

/** The panel's page alone in Chromium, with the theme variables of a real VS Code and the real host-side session. */
export class Harness {
  readonly #server: Server;
  readonly #browser: Browser;
  readonly #url: string;

  private constructor(server: Server, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(executablePath: string): Promise<Harness> {
    const files = await bundle();
    const html = pageHtml({
      cspSource: "'self'",
      nonce: NONCE,
      script: '/main.js',
      style: '/main.css',
      language: 'en',
    });
    files.set('/', html);
    const server = createServer((request, response) => {
      const body = files.get((request.url ?? '').replace(/\?.*/, ''));
      const type = request.url?.endsWith('.js')
        ? 'text/javascript'
        : request.url?.endsWith('.css')
          ? 'text/css'
          : 'text/html';
      response
        .writeHead(body === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` })
        .end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    return new Harness(server, browser);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @param prepare fills the host's store before the page loads */
  async open(
    options: OpenOptions = {},
    prepare: (host: MockHost) => void = () => undefined,
  ): Promise<OpenPanel> {
    const { theme = 'dark', width = 1200, height = 900 } = options;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      forcedColors: options.forcedColors === true ? 'active' : 'none',
      reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    const host = new MockHost(page, options.translations);
    prepare(host);
    await host.connect();
    await page.addInitScript(await vscodeStandIn(theme, options.state));
    await page.goto(this.#url);
    return { page, host, problems };
  }
}

async function bundle(): Promise<Map<string, string>> {
  const built = await esbuild.build({
    absWorkingDir: projectRoot,
    entryPoints: ['webview/main.ts'],
    bundle: true,
    write: false,
    outdir: 'dist/webview',
    platform: 'browser',
    format: 'iife',
    target: 'chrome128',
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'silent',
  });
  return new Map(built.outputFiles.map((file) => [`/${path.basename(file.path)}`, file.text]));
}

/** What VS Code gives to a page before its own script runs: theme variables, body classes and the messaging API. */
async function vscodeStandIn(theme: ThemeName, state: unknown): Promise<string> {
  const themes = JSON.parse(
    await readFile(path.join(import.meta.dirname, 'themes.json'), 'utf8'),
  ) as Readonly<Record<ThemeName, Readonly<Record<string, string>>>>;
  return `
    const variables = ${JSON.stringify(themes[theme])};
    new MutationObserver((_changes, observer) => {
      if (document.body === null) return;
      observer.disconnect();
      const { style } = document.documentElement;
      for (const [name, value] of Object.entries(variables)) style.setProperty(name, value);
      document.body.className = ${JSON.stringify(BODY_CLASSES[theme])};
      document.body.setAttribute('data-vscode-theme-kind', ${JSON.stringify(THEME_KINDS[theme])});
    }).observe(document, { childList: true, subtree: true });
    ${LATE_MS > 0 ? LATE : ''}
    let kept = ${JSON.stringify(state ?? null)} ?? undefined;
    window.keptState = () => kept;
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => window.postToHost(message),
      getState: () => kept,
      setState: (value) => { kept = value; return value; },
    });
    window.receiveFromHost = (base64) =>
      window.postMessage(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)), '*');
  `;
}

/** The browser of these tests; without one, those of the suite are skipped by name. */
export async function chromiumOrSkip(hook: Mocha.Context): Promise<string> {
  const { findBrowser } = await import('../realhost/install.mjs');
  return findBrowser() ?? skipBecause(hook, 'no Chromium here');
}
