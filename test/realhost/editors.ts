import type { Locator, Page } from 'playwright-core';
import type { PageBox, PageElement } from './pageElement';
import { pressUntilVisible, tryMs, waitFor } from './waiting';

/** Where a piece of text stands on the screen. */
interface Spot {
  readonly x: number;
  readonly y: number;
}

/** The active editor group: tabs, text and hovers. */
export class Editors {
  private readonly group: Locator;
  private readonly hovers: Locator;

  constructor(private readonly page: Page) {
    this.group = page.locator('.editor-group-container.active');
    this.hovers = page.locator('.monaco-hover:not(.hidden) .monaco-hover-content').first();
  }

  /** Waits until the active tab is this one. */
  async waitForActiveTab(name: string): Promise<void> {
    await this.group.locator(`.tab.active${labelled(name)}`).waitFor({ state: 'visible' });
  }

  /** How the picture on an open tab is styled: its address is in it. */
  async tabIcon(name: string): Promise<string> {
    const icon = this.page.locator(`.tabs-container .tab${labelled(name)} .monaco-icon-label-iconpath`);
    return (await icon.getAttribute('style')) ?? '';
  }

  /** Brings an open tab forward. */
  async select(name: string): Promise<void> {
    await this.page
      .locator(`.tabs-container .tab${labelled(name)}`)
      .first()
      .click();
  }

  /** Buttons that the active editor shows in its title bar. */
  async titleActions(): Promise<string[]> {
    const actions = this.group.locator('.title .editor-actions .action-label');
    return actions.evaluateAll((buttons: PageElement[]) =>
      buttons.map((button) => button.getAttribute('aria-label') ?? ''),
    );
  }

  /** The lines in view; editors draw no others. */
  async text(): Promise<string> {
    return (await this.lines()).map((line) => line.text).join('\n');
  }

  /** Moves the mouse over a text in view and resolves to the text of the hover. */
  async hover(text: string): Promise<string> {
    const spot = await waitFor(`${text} in the editor`, () => this.find(text), {
      seen: () => this.text(),
    });
    await this.leaveHover();
    return waitFor(`a hover over ${text}`, async (attempt) => {
      // From somewhere else each time: a mouse that does not move is not seen to hover.
      await this.page.mouse.move(spot.x - 1, spot.y);
      await this.page.mouse.move(spot.x, spot.y, { steps: 2 });
      await this.hovers.waitFor({ state: 'visible', timeout: tryMs(attempt) }).catch(() => undefined);
      if (!(await this.hovers.isVisible())) return undefined;
      const shown = await this.hovers.innerText();
      return shown.trim() === '' || /^Loading\.\.\.$/m.test(shown) ? undefined : shown;
    });
  }

  /** Moves the mouse away until no hover is shown, so that an old one is not read for a new one. */
  async leaveHover(): Promise<void> {
    await this.page.mouse.move(0, 0);
    await this.hovers.waitFor({ state: 'hidden' });
  }

  /** Clicks into a text in view, which puts the cursor there. */
  async click(text: string): Promise<void> {
    const spot = await waitFor(`${text} in the editor`, () => this.find(text));
    await this.page.mouse.click(spot.x, spot.y);
  }

  /** Titles in the quick fix menu at the cursor; chooses one when it is named. */
  async quickFixes(choose?: string): Promise<string[]> {
    const rows = this.page.locator('.action-widget .monaco-list-row.action');
    await pressUntilVisible(this.page, 'Control+.', rows.first());
    const titles = await rows.allInnerTexts();
    await (choose === undefined
      ? this.page.keyboard.press('Escape')
      : rows.filter({ hasText: choose }).first().click());
    await rows.first().waitFor({ state: 'hidden' });
    return titles.map((title) => title.trim());
  }

  /** Lines from the top down; they stand in the page in the order of their drawing. */
  private async lines(): Promise<{ text: string; box: PageBox }[]> {
    const spans = this.group.locator('.view-lines .view-line > span');
    const lines = await spans.evaluateAll((elements: PageElement[]) =>
      elements.map((line) => {
        const { x, y, width, height } = line.getBoundingClientRect();
        // Editors draw blanks as no-break spaces.
        return { text: (line.textContent ?? '').replaceAll('\u00a0', ' '), box: { x, y, width, height } };
      }),
    );
    return lines.sort((a, b) => a.box.y - b.box.y);
  }

  /** Editors use one width for all (Latin) characters, so a place in the text is a place in the box. */
  private async find(text: string): Promise<Spot | undefined> {
    for (const { text: line, box } of await this.lines()) {
      const at = line.indexOf(text);
      if (at < 0) continue;
      const middle = (at + text.length / 2) / line.length;
      return { x: box.x + box.width * middle, y: box.y + box.height / 2 };
    }
    return undefined;
  }
}

/** With several groups or in preview, more follows the name of a tab after a comma. */
function labelled(name: string): string {
  return `:is([aria-label=${JSON.stringify(name)}], [aria-label^=${JSON.stringify(`${name},`)}])`;
}
