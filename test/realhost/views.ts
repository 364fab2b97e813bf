import type { Locator, Page } from 'playwright-core';
import { chooseFromContextMenu } from './explorer';
import type { PageElement } from './pageElement';
import { tryMs, waitFor } from './waiting';

/** One row of a contributed tree, as it is shown. */
export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** 1 for the roots. */
  readonly level: number;
  /** `undefined` where there is no check box. */
  readonly checked: boolean | undefined;
}

/** From a click to the tree that shows it, on a busy machine. */
const SLOW_TREE_MS = 10_000;

/** One view of a side bar or panel container, found by the title of its section. */
export class TreeView {
  private readonly pane: Locator;
  private readonly rowsInView: Locator;

  constructor(
    private readonly page: Page,
    private readonly title: string,
  ) {
    this.pane = page.locator('.pane').filter({
      has: page.locator(`.pane-header[aria-label^="${title}"]`),
    });
    this.rowsInView = this.pane.locator('.monaco-list-row');
  }

  /** The rows in view; the list is virtual, so a long tree has more than these. */
  async rows(): Promise<TreeRow[]> {
    const rows = await this.rowsInView.evaluateAll((elements: PageElement[]) =>
      elements.map((row) => ({
        label: row.querySelector('.label-name')?.textContent ?? '',
        description: row.querySelector('.label-description')?.textContent ?? '',
        level: row.getAttribute('aria-level'),
        checked: row.querySelector('[role="checkbox"]')?.getAttribute('aria-checked') ?? null,
      })),
    );
    return rows.map(({ level, checked, ...row }) => ({
      ...row,
      level: Number(level),
      checked: checked === null ? undefined : checked === 'true',
    }));
  }

  /** Waits for a row with exactly this label. */
  async row(label: string): Promise<Locator> {
    const find = async (): Promise<Locator | undefined> => {
      const index = (await this.rows()).findIndex((row) => row.label === label);
      return index < 0 ? undefined : this.rowsInView.nth(index);
    };
    const labels = async (): Promise<string[]> => (await this.rows()).map((row) => row.label);
    return waitFor(`row ${label} in ${this.title}`, find, { seen: labels });
  }

  /** Opens a folded row by its arrow, which does not run the row's command. */
  async expand(label: string): Promise<void> {
    const expanded = async (): Promise<string | null> =>
      (await this.row(label)).getAttribute('aria-expanded');
    await waitFor(`${label} open`, async (attempt) => {
      const state = await expanded();
      // A row that is a leaf as yet may be waiting for its children.
      if (state === 'false') {
        await (await this.row(label)).locator('.monaco-tl-twistie').click();
        const opened = async (): Promise<boolean> => (await expanded()) === 'true';
        return waitFor(`${label} open`, opened, { timeoutMs: tryMs(attempt) }).catch(() => undefined);
      }
      return state === 'true';
    });
  }

  /** Clicks the check box of a row until it changes: a click while rows are drawn again is lost. */
  async toggleCheckbox(label: string): Promise<void> {
    const checked = async (): Promise<boolean | undefined> =>
      (await this.rows()).find((row) => row.label === label)?.checked;
    const before = await checked();
    await waitFor(`check box of ${label}`, async (attempt) => {
      await (await this.row(label)).locator('[role="checkbox"]').click();
      const changed = async (): Promise<boolean> => (await checked()) !== before;
      // A second click would take back a first one that is only slow to be drawn.
      const timeoutMs = tryMs(attempt) + SLOW_TREE_MS;
      return waitFor(`check box of ${label}`, changed, { timeoutMs }).catch(() => undefined);
    });
  }

  /** Presses an inline action (shown on hover) by its title. */
  async pressInline(label: string, action: string): Promise<void> {
    // Rows move while the view fills: the pointer follows, and a click that misses is tried again.
    await waitFor(`${action} in the row ${label}`, async (attempt) => {
      const row = await this.row(label);
      await row.hover();
      const found = row.locator(`.actions .action-label[aria-label="${action}"]`);
      if (!(await found.isVisible())) return false;
      return found.click({ timeout: tryMs(attempt) }).then(
        () => true,
        () => false,
      );
    });
  }

  /** Titles of the inline actions of a row. */
  async inlineActions(label: string): Promise<string[]> {
    const row = await this.row(label);
    await row.hover();
    const actions = await row.locator('.actions .action-label').all();
    return Promise.all(actions.map(async (action) => (await action.getAttribute('aria-label')) ?? ''));
  }

  /** Right-clicks a row and chooses an entry of its menu. */
  async chooseFromMenu(label: string, ...entries: readonly [string, ...string[]]): Promise<void> {
    await chooseFromContextMenu(this.page, await this.row(label), entries);
  }

  /** The welcome text of an empty view; its buttons are `a.monaco-button` in it. */
  get welcome(): Locator {
    return this.pane.locator('.welcome-view-content');
  }
}

/** One entry of the Problems view. */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly source: string;
  readonly code: string;
}

/** Reads the Problems view, which must be in view. */
export async function readProblems(page: Page): Promise<Problem[]> {
  const rows = page.locator('.markers-panel .monaco-list-row:has(.marker-message)');
  const texts = await rows.evaluateAll((elements: PageElement[]) =>
    elements.map((row) => ({
      icon: row.querySelector('.marker-icon')?.className ?? '',
      // A message of several lines has an element for each.
      message: [...row.querySelectorAll('.marker-message')].map((line) => line.textContent ?? '').join('\n'),
      source: row.querySelector('.marker-source')?.textContent ?? '',
      code: row.querySelector('.marker-code')?.textContent ?? '',
    })),
  );
  return texts.map(({ icon, ...rest }) => {
    const severity = icon.includes('error') ? 'error' : icon.includes('warning') ? 'warning' : 'info';
    return { ...rest, severity };
  });
}
