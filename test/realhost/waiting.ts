import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';

/** Nothing is judged by its speed: this only ends a wait for what never comes. */
export const PATIENCE_MS = 90_000;
const POLL_MS = 50;

/**
 * Asks again until the answer is not undefined or false, and returns it. What Playwright's own waiting does
 * for one locator, this does for anything. The error says what was waited for and what was last seen.
 */
export async function waitFor<T>(
  what: string,
  look: (attempt: number) => Promise<T | false | undefined>,
  options: { timeoutMs?: number; seen?: () => Promise<unknown> } = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? PATIENCE_MS;
  const deadline = Date.now() + timeoutMs;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await look(attempt);
    if (answer !== undefined && answer !== false) return answer;
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

/**
 * How long a click or a key gets to show its effect before a user tries again; longer each time, since it may not
 * have been lost: the machine may be slow.
 */
export function tryMs(attempt: number): number {
  return 2500 * 2 ** Math.min(attempt, 4);
}

/**
 * Presses a key until what it opens is there. A key that comes while something else still closes, or
 * while a webview takes the focus, is lost; a user presses it again.
 */
export async function pressUntilVisible(page: Page, key: string, opened: Locator): Promise<void> {
  await waitFor(`what ${key} opens`, async (attempt) => {
    await page.keyboard.press(key);
    const visible = opened.waitFor({ state: 'visible', timeout: tryMs(attempt) });
    return visible.then(
      () => true,
      () => undefined,
    );
  });
}
