import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { ComparisonSession } from '../../src/host/comparison/session';
import type { ComparisonSource } from '../../src/host/comparison/source';
import { sendTo, type OpenOptions } from './harness';
import { describePage, drawn } from './panelSuite';

interface OpenComparison {
  readonly page: Page;
  readonly session: ComparisonSession;
  /** What the page asked for besides its content, in order. */
  readonly asked: string[];
}

type Open = (
  source: ComparisonSource,
  options?: OpenOptions & { readonly translations?: Readonly<Record<string, string>> },
) => Promise<OpenComparison>;

/** A suite over the page that compares adapters, with the real session on the other side. */
export function describeComparison(title: string, body: (open: Open) => void): void {
  describePage(title, 'comparison', (openPage) => {
    const errors: unknown[] = [];
    afterEach(() => assert.deepEqual(errors.splice(0), []));

    body(async (source, { translations = {}, ...options } = {}) => {
      let made: ComparisonSession | undefined;
      const asked: string[] = [];
      const page = await openPage(options, (opening) => {
        made = new ComparisonSession(
          {
            post: async (message) => {
              if (!opening.isClosed()) await sendTo(opening, message);
            },
            onError: (thrown) => errors.push(thrown),
            translations,
            showReport: (name) => Promise.resolve(asked.push(`report ${name}`)),
            showPanel: (...target) => asked.push(`panel ${JSON.stringify(target)}`),
            translate: (english) => english,
            log: { warn: () => undefined },
            showLog: () => asked.push('log'),
          },
          source,
        );
        const session = made;
        return (message) => session.receive(message);
      });
      assert.ok(made !== undefined);
      await page.locator('.headline:visible, .notice:visible').first().waitFor();
      await drawn(page);
      return { page, session: made, asked };
    });
  });
}
