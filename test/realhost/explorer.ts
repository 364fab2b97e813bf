import { homedir } from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { tryMs, waitFor } from './waiting';

/** The file tree of the window. Paths are relative to the workspace folder, or absolute. */
export class Explorer {
  constructor(
    private readonly page: Page,
    /** The workspace folder. */
    private readonly root: string,
  ) {}

  /** Opens the folders above an item and resolves to its row. */
  async row(file: string): Promise<Locator> {
    const parts = file.split('/');
    for (let depth = 1; depth < parts.length; depth++)
      await this.expand(this.itemRow(parts.slice(0, depth).join('/')));
    const row = this.itemRow(file);
    await row.waitFor({ state: 'visible' });
    return row;
  }

  /** A double click opens for good, where a single one only previews. */
  async open(file: string): Promise<void> {
    await (await this.row(file)).dblclick();
  }

  /** Right-clicks an item and chooses an entry of its menu; more entries walk into submenus. */
  async chooseFromMenu(file: string, ...entries: readonly [string, ...string[]]): Promise<void> {
    const row = await this.row(file);
    await chooseFromContextMenu(this.page, row, entries);
  }

  /** Every entry that the menu of an item offers, then closes the menu. */
  async menuEntries(file: string): Promise<string[]> {
    await (await this.row(file)).click({ button: 'right' });
    await menuEntry(this.page).first().waitFor({ state: 'visible' });
    const labels = await menuEntry(this.page).allInnerTexts();
    await this.page.keyboard.press('Escape');
    return labels.filter((label) => label !== '');
  }

  /** What decorations say of an item: its path, then a bullet and their tooltips. */
  async decoration(file: string): Promise<string> {
    const label = (await this.row(file)).locator('.monaco-icon-label');
    return (await label.getAttribute('aria-label')) ?? '';
  }

  /** Waits until a file is listed (one that was just written) or no longer. */
  async waitFor(file: string, state: 'visible' | 'hidden' = 'visible'): Promise<void> {
    await this.itemRow(file).waitFor({ state });
  }

  /** Names alone are not unique; what a screen reader is told of a label begins with the whole path. */
  private itemRow(file: string): Locator {
    const absolute = path.resolve(this.root, file);
    const home = `${homedir()}/`;
    // Paths below the home folder are shown with a tilde. Decorations follow after a bullet.
    const shown = absolute.startsWith(home) ? `~/${absolute.slice(home.length)}` : absolute;
    const quoted = JSON.stringify(shown);
    const decorated = JSON.stringify(`${shown} •`);
    const label = `.explorer-item:is([aria-label=${quoted}], [aria-label^=${decorated}])`;
    return this.page.locator(`.explorer-folders-view .monaco-list-row:has(${label})`);
  }

  private async expand(row: Locator): Promise<void> {
    await row.waitFor({ state: 'visible' });
    const isOpen = async (): Promise<boolean> => (await row.getAttribute('aria-expanded')) === 'true';
    await waitFor('an Explorer folder that opens', async (attempt) => {
      if (await isOpen()) return true;
      await row.click();
      // A second click too early would close it again.
      return waitFor('it to open', isOpen, { timeoutMs: tryMs(attempt) }).catch(() => undefined);
    });
  }
}

/**
 * Right-clicks and chooses, walking into submenus. A menu shows what its conditions were when it opened, and those of a
 * window that has just started may still change: a user then opens it again.
 */
export async function chooseFromContextMenu(
  page: Page,
  row: Locator,
  entries: readonly [string, ...string[]],
): Promise<void> {
  const [first] = entries;
  await waitFor(`${first} in the menu`, async (attempt) => {
    await row.click({ button: 'right' });
    const visible = menuEntryNamed(page, first).waitFor({ state: 'visible', timeout: tryMs(attempt) });
    const shown = await visible.then(
      () => true as const,
      () => undefined,
    );
    if (shown === undefined) await page.keyboard.press('Escape');
    return shown;
  });
  for (const entry of entries) {
    const target = menuEntryNamed(page, entry);
    await target.waitFor({ state: 'visible' });
    // VS Code ignores a click right after opening.
    await page.waitForTimeout(MENU_ARMING_MS);
    await target.click();
  }
}

function menuEntryNamed(page: Page, name: string): Locator {
  return menuEntry(page)
    .and(page.locator(`[aria-label="${name}"]`))
    .last();
}

/** A menu takes no mouse-up in its first moments, so that the opening click does not choose. */
const MENU_ARMING_MS = 150;

function menuEntry(page: Page): Locator {
  return page.locator('.monaco-menu .action-label');
}
