import type { Locator, Page } from 'playwright-core';
import type { PageElement } from './pageElement';
import { matches, tryMs, waitFor } from './waiting';

/** A message of the window: a toast in the corner or a progress that still runs. */
export interface Notice {
  readonly severity: 'info' | 'warning' | 'error';
  readonly message: string;
  readonly buttons: readonly string[];
}

/** Toasts: showInformationMessage, progress. */
export class Notices {
  private readonly toasts: Locator;

  constructor(page: Page) {
    this.toasts = page.locator('.notification-toast .notification-list-item');
  }

  /** The toasts in view. They hide after some seconds unless they ask something. */
  async all(): Promise<Notice[]> {
    const toasts = await this.toasts.evaluateAll((elements: PageElement[]) =>
      elements.map((toast) => ({
        icon: toast.querySelector('.notification-list-item-icon')?.className ?? '',
        message: toast.querySelector('.notification-list-item-message')?.innerText ?? '',
        buttons: [...toast.querySelectorAll('.monaco-button')].map((button) => button.innerText),
      })),
    );
    return toasts.map(({ icon, ...rest }) => {
      const severity = icon.includes('-error') ? 'error' : icon.includes('-warning') ? 'warning' : 'info';
      return { ...rest, severity };
    });
  }

  /** Waits for a toast whose message contains the text. */
  async waitFor(wanted: string | RegExp): Promise<Notice> {
    const find = async (): Promise<Notice | undefined> =>
      (await this.all()).find((notice) => matches(notice.message, wanted));
    return waitFor(`notification ${String(wanted)}`, find, { seen: () => this.all() });
  }

  /** Targets of the links that VS Code made of text in any toast; buttons are none. */
  async links(): Promise<string[]> {
    const links = this.toasts.locator('.notification-list-item-message a');
    return links.evaluateAll((found: PageElement[]) => found.map((link) => link.getAttribute('href') ?? ''));
  }

  /** Presses a button of the toast that contains the text. */
  async press(wanted: string | RegExp, button: string): Promise<void> {
    await this.waitFor(wanted);
    const toast = this.toasts.filter({ hasText: wanted });
    await toast.locator('.monaco-button', { hasText: button }).first().click();
  }

  /** Closes every toast, so that what comes next is seen alone. */
  async clear(): Promise<void> {
    const shown = this.toasts.filter({ visible: true });
    await waitFor('no notification', async (attempt) => {
      if ((await shown.count()) === 0) return true;
      // One that goes by itself meanwhile is gone all the same.
      const timeout = tryMs(attempt);
      const dismiss = async (): Promise<void> => {
        await shown.first().hover({ timeout });
        await shown.first().locator('.codicon-notifications-clear').click({ timeout });
      };
      await dismiss().catch(() => undefined);
      return undefined;
    });
  }
}
