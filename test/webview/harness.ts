import * as esbuild from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { pageHtml } from '../../src/host/pageHtml';
import { encodeMessage } from '../../src/protocol/panelWire';
import { PATIENCE_MS } from '../realhost/waiting';
import { projectRoot } from '../support/paths';
import { skipBecause } from '../support/skip';
import THEMES from './themes.json' with { type: 'json' };

export type ThemeName = keyof typeof THEMES;

/** Of the body; the first is the kind of the theme. */
const BODY_CLASSES: Readonly<Record<ThemeName, readonly [string, ...string[]]>> = {
  dark: ['vscode-dark'],
  light: ['vscode-light'],
  hcDark: ['vscode-high-contrast'],
  hcLight: ['vscode-high-contrast-light', 'vscode-high-contrast'],
};
const ORIGIN = 'http://page.test';
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
}

/** A page alone in Chromium, under the policy and with the theme that it has in VS Code. */
export interface OpenedPage {
  readonly page: Page;
  /** What went wrong in the page: exceptions, console errors, breaches of its policy. */
  readonly problems: string[];
}

/** Of `webview`. `notebook` is a renderer: its page stands for a notebook with one output. */
export type Entry = 'main' | 'inspector' | 'comparison' | 'notebook';

/** Opens pages of one of the entries of `webview`. */
export class Harness {
  private constructor(
    private readonly browser: Browser,
    private readonly files: ReadonlyMap<string, string>,
  ) {}

  /** Without a browser, the tests of the suite are skipped by name. */
  static async start(hook: Mocha.Context, entry: Entry): Promise<Harness> {
    const { findBrowser } = await import('../realhost/install.mjs');
    const executablePath = findBrowser() ?? skipBecause(hook, 'no Chromium here');
    const files = await bundle(entry);
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    return new Harness(browser, files);
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }

  /** @param receive gets what the page posts; it may be given before the page loads */
  async open(
    options: OpenOptions,
    receive: (page: Page) => (message: unknown) => unknown,
  ): Promise<OpenedPage> {
    const { theme = 'dark', width = 1200, height = 900, forcedColors = false } = options;
    const context = await this.browser.newContext({
      viewport: { width, height },
      forcedColors: forcedColors ? 'active' : 'none',
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    await page.exposeFunction('postToHost', receive(page));
    await page.addInitScript(vscodeStandIn(theme));
    await page.route(`${ORIGIN}/**`, (route) => {
      const { pathname } = new URL(route.request().url());
      const extension = pathname.split('.')[1] ?? 'html';
      const contentType = `text/${extension === 'js' ? 'javascript' : extension}; charset=utf-8`;
      return route.fulfill({ contentType, body: this.files.get(pathname) ?? '' });
    });
    await page.goto(`${ORIGIN}/`);
    return { page, problems };
  }
}

/** Sends what the host sends. */
export async function sendTo(page: Page, message: Parameters<typeof encodeMessage>[0]): Promise<void> {
  const bytes = Buffer.from(encodeMessage(message)).toString('base64');
  await page.evaluate(`receiveFromHost('${bytes}')`);
}

async function bundle(entry: Entry): Promise<ReadonlyMap<string, string>> {
  const built = await esbuild.build({
    absWorkingDir: projectRoot,
    entryPoints: [`webview/${entry}.ts`],
    bundle: true,
    write: false,
    outdir: 'dist/webview',
    platform: 'browser',
    format: entry === 'notebook' ? 'esm' : 'iife',
    target: 'chrome128',
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'silent',
  });
  const text = (ending: string): string =>
    built.outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  const places = { script: `${ORIGIN}/page.js`, style: `${ORIGIN}/page.css` };
  return new Map([
    [
      '/',
      entry === 'notebook'
        ? NOTEBOOK_HTML
        : pageHtml({ cspSource: ORIGIN, nonce: 'bm9uY2U', language: 'en', ...places }),
    ],
    ['/page.js', text('.js')],
    ['/page.css', text('.css')],
    [`/${entry}.css`, text('.css')],
  ]);
}

/** Allows what a renderer needs (the document of VS Code's outputs allows more), and axe-core to read style sheets. */
const NOTEBOOK_HTML = `<!doctype html>
  <html lang="en"><head><title>Notebook</title>
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${ORIGIN} 'nonce-bm9uY2U'; style-src ${ORIGIN} 'unsafe-inline'; connect-src ${ORIGIN}">
  </head><body><main><h1>Notebook</h1><div id="output"></div></main><script type="module" nonce="bm9uY2U">
    import { activate } from '${ORIGIN}/page.js';
    const renderer = await activate({});
    const { signal } = new AbortController();
    window.display = (json) =>
      renderer.renderOutputItem({ text: () => json }, document.getElementById('output'), signal);
  </script></body></html>`;

/** What VS Code gives to a page before its own script runs: theme variables, body classes and the messaging API. */
function vscodeStandIn(theme: ThemeName): string {
  const classes = BODY_CLASSES[theme];
  return `
    const variables = ${JSON.stringify(THEMES[theme])};
    new MutationObserver((_changes, observer) => {
      if (document.body === null) return;
      observer.disconnect();
      const { style } = document.documentElement;
      for (const [name, value] of Object.entries(variables)) style.setProperty(name, value);
      document.body.className = ${JSON.stringify(classes.join(' '))};
      document.body.setAttribute('data-vscode-theme-kind', ${JSON.stringify(classes[0])});
    }).observe(document, { childList: true, subtree: true });
    ${LATE_MS > 0 ? LATE : ''}
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => window.postToHost(message),
      getState: () => JSON.parse(sessionStorage.getItem('state')) ?? undefined,
      setState: (value) => sessionStorage.setItem('state', JSON.stringify(value)),
    });
    window.receiveFromHost = (base64) =>
      window.postMessage(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)), '*');
  `;
}
