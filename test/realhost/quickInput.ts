import type { Locator, Page } from 'playwright-core';
import type { PageElement } from './pageElement';
import { matches, pressUntilVisible, tryMs, waitFor } from './waiting';

/** The box at the top of the window: command palette, quick picks and input boxes. */
export class QuickInput {
  private readonly widget: Locator;
  private readonly rows: Locator;

  constructor(private readonly page: Page) {
    this.widget = page.locator('.quick-input-widget');
    this.rows = this.widget.locator('.quick-input-list .monaco-list-row');
  }

  get input(): Locator {
    return this.widget.locator('.quick-input-box input');
  }

  /** Labels with their descriptions, as a screen reader would read them; only rows in view exist. */
  async items(): Promise<string[]> {
    return this.rows.evaluateAll((rows: PageElement[]) =>
      rows.map((row) => row.getAttribute('aria-label') ?? ''),
    );
  }

  /** Prompt, validation message and title, to check what the user is told. */
  async message(): Promise<string> {
    const parts = [this.widget.locator('.quick-input-title'), this.widget.locator('.quick-input-message')];
    const texts = await Promise.all(
      parts.map(async (part) => ((await part.isVisible()) ? part.innerText() : '')),
    );
    return texts.filter((text) => text !== '').join('\n');
  }

  /** Waits for a row that contains the text. */
  async rowOf(wanted: string | RegExp): Promise<Locator> {
    const label = await waitFor(
      `quick pick item ${String(wanted)}`,
      async () => (await this.items()).find((item) => matches(item, wanted)),
      { seen: () => this.items() },
    );
    return this.rowWith(label);
  }

  /** Waits for a row that contains the text and chooses it. */
  async pick(wanted: string | RegExp): Promise<void> {
    await (await this.rowOf(wanted)).click();
  }

  /** Waits for an input box and answers it. */
  async type(text: string, options: { accept?: boolean } = {}): Promise<void> {
    await this.input.waitFor({ state: 'visible' });
    await this.input.fill(text);
    if (options.accept ?? true) await this.page.keyboard.press('Enter');
  }

  async cancel(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.widget.waitFor({ state: 'hidden' });
  }

  /**
   * Runs a command from the palette by its whole title there ("SPLoRA: Analyze Adapter"). An
   * extension that is still being scanned contributes late, so the entry is waited for.
   */
  async runCommand(title: string): Promise<void> {
    await waitFor(`command ${title} chosen`, async (attempt) => {
      await this.openPalette();
      await this.input.fill(`>${title}`);
      const label = await waitFor(
        `command ${title} in the palette`,
        async () => (await this.items()).find((item) => titleOf(item) === title),
        { seen: () => this.items() },
      );
      // An editor that opens meanwhile takes the focus, and the palette closes: a user opens it again.
      const chosen = this.rowWith(label).click({ timeout: tryMs(attempt) });
      return chosen.then(
        () => true,
        () => undefined,
      );
    });
  }

  /** Runs a command from the palette without the mouse. */
  async runByKeys(title: string): Promise<void> {
    await this.openPalette();
    await this.input.fill(`>${title}`);
    await this.chooseByKeys(title);
  }

  /** Moves to a row that contains the text with the arrow keys, and chooses it with Enter. */
  async chooseByKeys(wanted: string | RegExp): Promise<void> {
    const focused = this.widget.locator('.quick-input-list .monaco-list-row.focused');
    await waitFor(
      `quick pick item ${String(wanted)} under the keyboard`,
      async () => {
        const label = (await focused.count()) === 0 ? null : await focused.first().getAttribute('aria-label');
        if (label !== null && matches(label, wanted)) return true;
        // Also where it is out of view: such rows do not exist.
        if ((await this.items()).length > 0) await this.page.keyboard.press('ArrowDown');
        return undefined;
      },
      { seen: () => this.items() },
    );
    await this.page.keyboard.press('Enter');
  }

  /** Titles of the commands that the palette offers for a search text; there must be one. */
  async commandsFor(search: string): Promise<string[]> {
    await this.openPalette();
    await this.input.fill(`>${search}`);
    // It goes on showing what was there before the last key, then what fits, all at once.
    const titles = await waitFor(
      `commands that contain ${search}`,
      async () => {
        const shown = (await this.items()).map(titleOf);
        return shown[0]?.includes(search) === true ? shown : undefined;
      },
      { seen: () => this.items() },
    );
    await this.cancel();
    return titles;
  }

  /** By its label: while a list takes another's place, rows of both are there and have no fixed number. */
  private rowWith(label: string): Locator {
    return this.rows.and(this.page.locator(`[aria-label=${JSON.stringify(label)}]`)).first();
  }

  private async openPalette(): Promise<void> {
    await pressUntilVisible(this.page, 'F1', this.input);
  }
}

/** Rows carry their key binding and group after the title: "Title, Ctrl+X, recently used". */
function titleOf(label: string): string {
  return label.split(', ')[0] ?? label;
}
