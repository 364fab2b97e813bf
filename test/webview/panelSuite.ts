import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { Harness, type OpenOptions, type OpenPanel } from './harness';
import { mockDocument } from './mockAdapters';
import { ADAPTER, type MockHost } from './mockHost';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

export type Open = (prepare: (host: MockHost) => void, options?: OpenOptions) => Promise<OpenPanel>;

/** A suite over the panel's page. After each test the page must have had no error, and broken no rule of its policy. */
export function describePanel(title: string, body: (open: Open) => void): void {
  describe(title, function () {
    this.timeout(60_000);
    let harness: Harness | undefined;
    let opened: OpenPanel | undefined;

    before(async function () {
      if (existsSync(CHROMIUM)) harness = await Harness.start(CHROMIUM);
      else {
        console.log(`left out: ${title}, because there is no Chromium at ${CHROMIUM}`);
        this.skip();
      }
    });

    after(() => harness?.stop());

    afterEach(async () => {
      const last = opened;
      opened = undefined;
      await last?.page.context().close();
      assert.deepEqual(last?.problems ?? [], []);
      assert.deepEqual(last?.host.errors ?? [], []);
    });

    body(async (prepare, options = {}) => {
      assert.ok(harness !== undefined);
      opened = await harness.open(options, prepare);
      await opened.page.locator('h1', { hasText: 'support-bot-lora' }).waitFor();
      return opened;
    });
  });
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
