import type { Frame, Locator } from 'playwright-core';
import { matches, waitFor } from '../../realhost/waiting';
import type { VsCodeWindow } from '../../realhost/window';
import { EXTENSION } from '../../support/packedExtension';

/** Our panel, as a user sees it. Its selectors live here. */
export class PanelPage {
  private constructor(readonly frame: Frame) {}

  /** Waits for the panel that is in view. */
  static async of(window: VsCodeWindow): Promise<PanelPage> {
    return new PanelPage(await window.webview(EXTENSION, 'header .titles h1'));
  }

  button(name: string): Locator {
    return this.frame.getByRole('button', { name, exact: true });
  }

  /** Chooses in one of the rule bar's lists. */
  async choose(list: string, option: string): Promise<void> {
    await this.frame.getByRole('combobox', { name: list, exact: true }).click();
    await this.frame.getByRole('option', { name: option, exact: true }).click();
  }

  /** Types into one of the fields. */
  async enter(field: string, value: string): Promise<void> {
    const input = this.frame.getByRole('textbox', { name: field, exact: true });
    await input.fill(value);
    await input.press('Enter');
  }

  /** Presses Tab, or another key, until a control of this name has the focus. */
  async focusByKeys(name: string | RegExp, key = 'Tab'): Promise<void> {
    await waitFor(
      `the focus on ${String(name)}`,
      async () => {
        const focused = await this.#focused();
        if (matches(focused, name)) return true;
        await this.frame.page().keyboard.press(key);
        return undefined;
      },
      { seen: () => this.#focused() },
    );
  }

  /** What the focused control is called; empty: none is. */
  #focused(): Promise<string> {
    return this.frame.evaluate<string>(
      `(({ activeElement: at, body }) => at === body ? '' : (at.ariaLabel ?? at.textContent).trim())(document)`,
    );
  }

  /** The text of the page, where it contains what is waited for. */
  async waitForText(wanted: string): Promise<void> {
    await this.frame.getByText(wanted).filter({ visible: true }).first().waitFor();
  }

  /** Rows of the table in view, each with its cells' texts. */
  async rows(): Promise<string[]> {
    return this.frame.locator('.table-row:visible').allInnerTexts();
  }

  async waitForRow(wanted: string | RegExp): Promise<string> {
    const find = async (): Promise<string | undefined> =>
      (await this.rows()).find((row) =>
        typeof wanted === 'string' ? row.includes(wanted) : wanted.test(row),
      );
    return waitFor(`row ${String(wanted)} of the panel`, find, { seen: () => this.rows() });
  }

  get cells(): Locator {
    return this.frame.locator('.map-grid [role=gridcell]');
  }
}
