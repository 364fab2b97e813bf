import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Page } from 'playwright-core';
import { PATIENCE_MS } from '../realhost/waiting';
import { Harness, type Entry, type OpenedPage, type OpenOptions } from './harness';
import { mockDocument } from './mockAdapters';
import { ADAPTER, MockHost } from './mockHost';

/** What a page shows once the host has said what there is. */
const CONTENT = ['.empty', '.table', '.notice', '[role=progressbar]'].map((part) => `${part}:visible`).join();

/** How many pixels a page scrolls sideways. */
export const WIDER = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

type OpenPage = (
  options: OpenOptions,
  receive: (page: Page) => (message: unknown) => unknown,
) => Promise<Page>;

/** A suite over a page. After each test it must have had no error, and broken no rule of its policy. */
export function describePage(title: string, entry: Entry, body: (open: OpenPage) => void): void {
  describe(title, function () {
    let harness: Harness | undefined;
    let opened: OpenedPage | undefined;

    before(async function () {
      harness = await Harness.start(this, entry);
    });

    after(() => harness?.stop());

    afterEach(async () => {
      const last = opened;
      opened = undefined;
      await last?.page.context().close();
      assert.deepEqual(last?.problems ?? [], []);
    });

    body(async (options, receive) => {
      assert.ok(harness !== undefined);
      opened = await harness.open(options, receive);
      return opened.page;
    });
  });
}

export interface OpenPanel {
  readonly page: Page;
  readonly host: MockHost;
}

export type Open = (
  prepare: (host: MockHost) => void,
  options?: OpenOptions & { readonly translations?: Readonly<Record<string, string>> },
) => Promise<OpenPanel>;

/** A suite over the panel's page, with the real store and session on the other side. */
export function describePanel(title: string, body: (open: Open) => void): void {
  describePage(title, 'main', (openPage) => {
    let host: MockHost | undefined;
    afterEach(() => assert.deepEqual(host?.errors ?? [], []));

    body(async (prepare, { translations = {}, ...options } = {}) => {
      let made: MockHost | undefined;
      const page = await openPage(options, (opening) => {
        made = new MockHost(opening, translations);
        prepare(made);
        const { session } = made;
        return (message) => session.receive(message);
      });
      assert.ok(made !== undefined);
      host = made;
      await page.locator('h1', { hasText: 'support-bot-lora' }).waitFor();
      // The title comes before the rest: keys would go nowhere.
      await page.locator(CONTENT).first().waitFor();
      await drawn(page);
      return { page, host: made };
    });
  });
}

/** Resolves when what the page was told is drawn: controls draw it one frame after the rest. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(`new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)));
  })`);
}

/**
 * Waits until `read` gives `want`. Controls draw what they are told a frame later than the rest of the page, and the
 * host hears of the page later still: what a test reads once is as old as the machine is slow.
 */
export async function eventually<T>(read: () => T | Promise<T>, want: T): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end && !isDeepStrictEqual(await read(), want)) await wait(5);
  assert.deepEqual(await read(), want);
}

/** Notes what the page copies from now on. @returns reads it */
export async function noteCopies(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(`{
    globalThis.copied = [];
    const clipboard = { writeText: (text) => Promise.resolve(copied.push(text)) };
    Object.defineProperty(navigator, 'clipboard', { value: clipboard });
    document.addEventListener('copy', (event) => copied.push(event.clipboardData.getData('text/plain')));
  }`);
  return () => page.evaluate('copied');
}

export function with56(host: MockHost): void {
  host.store.setDocument(ADAPTER, mockDocument(56));
}

export function progress(done: number, total: number): Parameters<MockHost['store']['setProgress']>[1] {
  return {
    type: 'progress',
    module: `model.layers.${String(done)}.mlp.up_proj`,
    modulesDone: done,
    modulesTotal: total,
    bytesDone: done * 1e8,
    bytesTotal: total * 1e8,
    elapsedMs: done * 100,
  };
}
