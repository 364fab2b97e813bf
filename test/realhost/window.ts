import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { Editors } from './editors';
import { Explorer } from './explorer';
import { Notices } from './notices';
import type { PageElement } from './pageElement';
import { QuickInput } from './quickInput';
import type { RealServer } from './server';
import { readProblems, TreeView, type Problem } from './views';
import { matches, PATIENCE_MS, waitFor } from './waiting';

export type ThemeName = 'dark' | 'light' | 'highContrast' | 'highContrastLight';

/** Ids of VS Code's built-in colour themes, and the class that the workbench carries under each. */
const THEMES: Readonly<Record<ThemeName, { id: string; cssClass: string }>> = {
  dark: { id: 'Dark Modern', cssClass: 'vs-dark' },
  light: { id: 'Light Modern', cssClass: 'vs' },
  highContrast: { id: 'Default High Contrast', cssClass: 'hc-black' },
  highContrastLight: { id: 'Default High Contrast Light', cssClass: 'hc-light' },
};

/** CSS pixels at 100 % zoom. */
const SIZE = { width: 1280, height: 800 };
const READY_MS = 180_000;
const READY_MARK = 'code/didLoadExtensions';

/** One VS Code window: what a user sees and can do, without selectors in the tests. */
export class VsCodeWindow {
  readonly explorer: Explorer;
  readonly quickInput: QuickInput;
  readonly notices: Notices;
  readonly editors: Editors;
  /** Errors of the page and its console, for the report of a failed test. */
  readonly consoleErrors: string[] = [];
  private zoom = 1;

  private constructor(
    readonly server: RealServer,
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {
    this.explorer = new Explorer(page, server.options.workspace);
    this.quickInput = new QuickInput(page);
    this.notices = new Notices(page);
    this.editors = new Editors(page);
    page.on('pageerror', (error) => this.consoleErrors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.consoleErrors.push(message.text());
    });
  }

  /** Opens a window on the server's workspace, with browser storage of its own, and waits for it. */
  static async open(browser: Browser, server: RealServer): Promise<VsCodeWindow> {
    const context = await browser.newContext({ viewport: SIZE });
    context.setDefaultTimeout(PATIENCE_MS);
    const window = new VsCodeWindow(server, await context.newPage(), context);
    await window.page.goto(server.url);
    await window.waitUntilReady();
    return window;
  }

  /** Reloads as "Developer: Reload Window" does: same browser storage, a new extension host. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.waitUntilReady();
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  /** Runs a command from the palette by its whole title there. */
  async runCommand(title: string): Promise<void> {
    await this.quickInput.runCommand(title);
  }

  /** Opens a container of the activity bar by its title. */
  async openContainer(title: string): Promise<void> {
    const icon = this.page
      .locator(`.activitybar .action-item:has(.action-label[aria-label^="${title}"])`)
      .first();
    await icon.waitFor({ state: 'visible' });
    if ((await icon.getAttribute('aria-selected')) !== 'true') await icon.click();
  }

  tree(title: string): TreeView {
    return new TreeView(this.page, title);
  }

  /** Brings the Problems view forward and reads it, waiting for `count` entries when that is given. */
  async problems(options: { atLeast?: number } = {}): Promise<Problem[]> {
    await this.runCommand('Problems: Focus on Problems View');
    const enough = async (): Promise<Problem[] | undefined> => {
      const problems = await readProblems(this.page);
      return problems.length >= (options.atLeast ?? 0) ? problems : undefined;
    };
    return waitFor(`${options.atLeast ?? 0} problems`, enough, { seen: () => readProblems(this.page) });
  }

  /** Texts of the status bar entries. */
  async statusBar(): Promise<string[]> {
    const items = this.page.locator('.statusbar-item:not(.hidden)');
    return items.evaluateAll((elements: PageElement[]) =>
      elements.map((item) => item.getAttribute('aria-label') ?? ''),
    );
  }

  async waitForStatus(wanted: string | RegExp): Promise<string> {
    const find = async (): Promise<string | undefined> =>
      (await this.statusBar()).find((text) => matches(text, wanted));
    return waitFor(`status ${String(wanted)}`, find, { seen: () => this.statusBar() });
  }

  /**
   * The document of a webview (panel, view or custom editor) of an extension ("publisher.name"): the
   * innermost of two nested frames. With several webviews, the selector says which one is meant.
   */
  async webview(extensionId: string, selector = 'body'): Promise<Frame> {
    return waitFor(
      `webview of ${extensionId} with ${selector}`,
      async () => {
        for (const frame of this.webviewFrames(extensionId)) {
          // A frame that goes away while it is asked is not the one.
          if (
            await frame
              .locator(selector)
              .first()
              .isVisible()
              .catch(() => false)
          )
            return frame;
        }
        return undefined;
      },
      { seen: () => Promise.resolve(this.page.frames().map((frame) => frame.url())) },
    );
  }

  private webviewFrames(extensionId: string): Frame[] {
    const owner = `extensionId=${extensionId}&`.toLowerCase();
    return this.page.frames().filter((frame) => {
      const outer = frame.parentFrame()?.url().toLowerCase() ?? '';
      return frame.url().includes('/fake.html') && outer.includes(owner);
    });
  }

  async setTheme(theme: ThemeName): Promise<void> {
    const { id, cssClass } = THEMES[theme];
    await this.server.updateSettings({ 'workbench.colorTheme': id });
    await this.page.locator(`.monaco-workbench.${cssClass}`).waitFor({ state: 'visible' });
    await this.settle();
  }

  /** Zoom as a browser or desktop VS Code does it: fewer CSS pixels, each drawn larger. 200 = double. */
  async setZoom(percent: number): Promise<void> {
    this.zoom = percent / 100;
    const width = Math.round(SIZE.width / this.zoom);
    const height = Math.round(SIZE.height / this.zoom);
    await this.page.setViewportSize({ width, height });
    await this.settle();
  }

  /** Writes a PNG, as large as the window whatever the zoom is. */
  async screenshot(file: string): Promise<void> {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await this.settle();
    // Playwright's own screenshot knows one scale per context, so that a zoomed window comes out blurred.
    const session = await this.context.newCDPSession(this.page);
    const { width, height } = this.page.viewportSize() ?? SIZE;
    const metrics = { width, height, deviceScaleFactor: this.zoom, mobile: false };
    await session.send('Emulation.setDeviceMetricsOverride', metrics);
    const { data } = await session.send('Page.captureScreenshot', { format: 'png' });
    await session.detach();
    await writeFile(file, Buffer.from(data, 'base64'));
  }

  /** Colours and sizes change in transitions; an endless animation (a progress bar) is not waited for. */
  private async settle(): Promise<void> {
    await this.page.evaluate(
      `Promise.allSettled(document.getAnimations().filter((a) => a instanceof CSSTransition).map((a) => a.finished))`,
    );
  }

  /** The workbench is drawn, and the contributions of all extensions are in its menus. */
  async waitUntilReady(): Promise<void> {
    await this.page
      .locator('.monaco-workbench .part.statusbar')
      .waitFor({ state: 'visible', timeout: READY_MS });
    const looks = async (): Promise<boolean> => {
      // A mark that VS Code sets for its own startup report. A string, for there is no DOM in these types.
      const marks: unknown = await this.page.evaluate(`performance.getEntriesByName('${READY_MARK}').length`);
      return Number(marks) > 0;
    };
    await waitFor('extensions in the window', looks, { timeoutMs: READY_MS });
  }
}
