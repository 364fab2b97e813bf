import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';

/** Two cores shared by a server, a browser and the tests are slow at times; a failure may take longer. */
export const PATIENCE_MS = 20_000;
const POLL_MS = 50;

/**
 * Asks again until the answer is not undefined, and returns it. What Playwright's own waiting does
 * for one locator, this does for anything. The error says what was waited for and what was last seen.
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined>,
  options: { timeoutMs?: number; seen?: () => Promise<unknown> } = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? PATIENCE_MS;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await look();
    if (answer !== undefined) {
      return answer;
    }
    if (Date.now() > deadline) {
      const seen = options.seen === undefined ? '' : `; there was: ${JSON.stringify(await options.seen())}`;
      throw new Error(`${what}: not within ${timeoutMs} ms${seen}`);
    }
    await sleep(POLL_MS);
  }
}

/** Text is looked for by substring or pattern everywhere in this harness. */
export function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
}

/** How long a key gets to show what it opens before it counts as lost. */
const KEY_MS = 3000;

/**
 * Presses a key until what it opens is there. A key that comes while something else still closes, or
 * while a webview takes the focus, is lost; a person presses it again.
 */
export async function pressUntilVisible(page: Page, key: string, opened: Locator): Promise<void> {
  await waitFor(`what ${key} opens`, async () => {
    await page.keyboard.press(key);
    const visible = opened.waitFor({ state: 'visible', timeout: KEY_MS });
    return visible.then(
      () => true,
      () => undefined,
    );
  });
}
