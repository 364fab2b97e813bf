import path from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { pageHtml } from '../../src/host/pageHtml';
import {
  summarize,
  tensorMessages,
  type HostToInspector,
  type InspectorToHost,
} from '../../src/protocol/inspector';
import { encodeMessage } from '../../src/protocol/panelWire';
import type { InspectResult } from '../../src/protocol/engineApi';
import { PATIENCE_MS } from '../realhost/waiting';
import { projectRoot } from '../support/paths';

const ORIGIN = 'http://inspector.test';
const NONCE = 'bm9uY2U';
interface Bundle {
  readonly script: string;
  readonly style: string;
}

/** What VS Code gives to a page, as source: functions of this file are compiled with helpers that a page lacks. */
const VS_CODE_API = `
  globalThis.posted = [];
  globalThis.acquireVsCodeApi = () => ({
    postMessage: (message) => globalThis.posted.push(message),
    getState: () => JSON.parse(sessionStorage.getItem('state')),
    setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
  });
`;

/** What the page's own globals are to code that is sent there: the project's types are those of Node. */
interface PageGlobals {
  posted: InspectorToHost[];
  dispatchEvent(event: Event): boolean;
  requestAnimationFrame(then: () => void): void;
}

let bundled: Promise<Bundle> | undefined;

async function bundle(): Promise<Bundle> {
  const { outputFiles } = await build({
    absWorkingDir: projectRoot,
    entryPoints: ['webview/inspector.ts'],
    bundle: true,
    write: false,
    outdir: path.join(projectRoot, 'dist', 'webview'),
    format: 'iife',
    target: 'chrome128',
  });
  const text = (ending: string): string => outputFiles.find((file) => file.path.endsWith(ending))?.text ?? '';
  return { script: text('.js'), style: text('.css') };
}

/** The inspector's page in a browser of its own, under the policy it has in VS Code. */
export class InspectorHarness {
  /** Breaches of the policy and errors of the page: a test ends with none. */
  readonly problems: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(
    browser: Browser,
    theme: Readonly<Record<string, string>> = {},
  ): Promise<InspectorHarness> {
    bundled ??= bundle();
    const { script, style } = await bundled;
    const page = await browser.newPage({ viewport: { width: 1000, height: 640 } });
    page.setDefaultTimeout(PATIENCE_MS);
    const harness = new InspectorHarness(page);
    page.on('pageerror', (error) => harness.problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && harness.problems.push(message.text()));
    const html = pageHtml({
      cspSource: ORIGIN,
      nonce: NONCE,
      script: `${ORIGIN}/inspector.js`,
      style: `${ORIGIN}/inspector.css`,
      language: 'en',
    });
    // VS Code gives its theme as custom properties of the document's element; so does this.
    const variables = Object.entries(theme).map(([name, value]) => `${name}: ${value};`);
    const css = `:root { ${variables.join(' ')} }\n${style}`;
    await page.route(`${ORIGIN}/**`, async (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === '/inspector.js')
        return route.fulfill({ contentType: 'text/javascript', body: script });
      if (pathname === '/inspector.css') return route.fulfill({ contentType: 'text/css', body: css });
      return route.fulfill({ contentType: 'text/html', body: html });
    });
    await page.addInitScript({ content: VS_CODE_API });
    await page.goto(`${ORIGIN}/`);
    return harness;
  }

  async send(...messages: readonly HostToInspector[]): Promise<void> {
    for (const message of messages) {
      const base64 = Buffer.from(encodeMessage(message)).toString('base64');
      await this.page.evaluate((encoded) => {
        const data = Uint8Array.from(atob(encoded), (byte) => byte.charCodeAt(0));
        (globalThis as unknown as PageGlobals).dispatchEvent(new MessageEvent('message', { data }));
      }, base64);
    }
    // Rows are drawn with the next frame.
    await this.#frames(2);
  }

  /** Waits until an expression holds in the page; Playwright's own way would need `unsafe-eval` there. */
  async until(expression: string): Promise<void> {
    while ((await this.page.evaluate(expression)) !== true) await this.#frames(1);
  }

  async #frames(count: number): Promise<void> {
    await this.page.evaluate(async (frames) => {
      const window = globalThis as unknown as PageGlobals;
      for (let frame = 0; frame < frames; frame += 1) {
        await new Promise<void>((done) => window.requestAnimationFrame(done));
      }
    }, count);
  }

  async init(trusted = true): Promise<void> {
    await this.send({
      type: 'init',
      fileName: 'adapter_model.safetensors',
      path: 'adapter-mixed/adapter_model.safetensors',
      translations: {},
      trusted,
    });
  }

  async show(result: InspectResult): Promise<void> {
    await this.send({ type: 'file', file: summarize(result) }, ...tensorMessages(result.tensors));
  }

  async posted(): Promise<readonly InspectorToHost[]> {
    return this.page.evaluate(() => (globalThis as unknown as PageGlobals).posted);
  }

  /** Names of the rows that are in the page, in order. */
  async names(): Promise<readonly string[]> {
    return this.page.locator('.table-body .column-name').allTextContents();
  }
}
