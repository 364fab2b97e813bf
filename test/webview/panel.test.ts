import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { say } from '../../src/core/message';
import { mockDocument, mockMeasures } from './mockAdapters';
import { ADAPTER } from './mockHost';
import { describePanel, eventually, noteCopies, progress, WIDER, with56 } from './panelSuite';

describePanel('the panel page in Chromium', (open) => {
  it('changes the rule by its fields', async () => {
    const { page, host } = await open(with56);
    await page.getByRole('textbox', { name: 'Modules', exact: true }).fill('3');
    await page.keyboard.press('Enter');
    await page.getByText('3 of 56 modules', { exact: true }).waitFor();
    await eventually(() => host.store.get(ADAPTER)?.selection.rule, { kind: 'top', k: 3 });
    await page.keyboard.press('ArrowUp');
    await page.getByText('4 of 56 modules', { exact: true }).waitFor();
    await page.getByRole('textbox', { name: 'Modules', exact: true }).fill('1000');
    await page.keyboard.press('Enter');
    await page.getByText('A whole number from 0 to 53.').waitFor();
    await eventually(() => host.store.get(ADAPTER)?.selection.rule, { kind: 'top', k: 4 });
  });

  it('steps from the number that is typed, though it was not committed', async () => {
    const { page, host } = await open(with56);
    const number = page.getByRole('textbox', { name: 'Modules', exact: true });
    await number.fill('20');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await page.getByText('22 of 56 modules', { exact: true }).waitFor();
    await eventually(() => number.inputValue(), '22');
    await number.fill('7');
    await page.keyboard.press('ArrowDown');
    await page.getByText('6 of 56 modules', { exact: true }).waitFor();
    await eventually(() => host.store.get(ADAPTER)?.selection.rule, { kind: 'top', k: 6 });
    await number.fill('many');
    await page.keyboard.press('ArrowDown');
    await page.getByText('A whole number from 0 to 53.').waitFor();
    assert.equal(await number.inputValue(), 'many');
    await eventually(() => host.store.get(ADAPTER)?.selection.rule, { kind: 'top', k: 6 });
  });

  it('takes back changes with Ctrl+Z, except in a text field', async () => {
    const { page, host } = await open(with56);
    const pins = (): unknown => host.store.get(ADAPTER)?.selection.pins.keep.length;
    await page.getByRole('grid', { name: /^Modules and their scores/ }).focus();
    await page.keyboard.press('k');
    await eventually(pins, 1);
    await page.keyboard.press('Control+z');
    await eventually(pins, 0);
    await page.keyboard.press('Control+Shift+z');
    await eventually(pins, 1);
    await page.getByRole('textbox', { name: 'Modules', exact: true }).focus();
    await page.keyboard.press('Control+z');
    await page.getByText('Unpin All').click();
    await eventually(pins, 0);
    await page.getByText('Reset to Rule').focus();
    await page.keyboard.press('Control+z');
    await eventually(pins, 1);
  });

  it('copies rows by key and by menu, and filters with Ctrl+F', async () => {
    const { page } = await open(with56);
    const grid = page.getByRole('grid', { name: /^Modules and their scores/ });
    const copied = await noteCopies(page);
    await grid.focus();
    await page.keyboard.press('Control+c');
    await eventually(async () => /^model[^\t\n]+$/.test((await copied())[0] ?? ''), true);
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Control+c');
    await eventually(async () => (await copied())[1]?.split('\n').length, 3);
    await grid.locator('[role=row]').nth(3).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Copy as Markdown' }).click();
    await eventually(async () => (await copied())[2]?.split('\n')[1]?.startsWith('| :--'), true);
    await page.keyboard.press('Control+f');
    await page.keyboard.type('q_proj');
    await eventually(() => page.getByRole('textbox', { name: 'Filter modules' }).inputValue(), 'q_proj');
  });

  it('hides a column on request', async () => {
    const { page } = await open(with56);
    const head = page.getByRole('columnheader', { name: 'Size' });
    await head.waitFor();
    await page.getByText('Columns', { exact: true }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Size' }).click();
    await head.waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
  });

  it('calls a number invalid only while it is shown', async () => {
    const { page, host } = await open(with56);
    const number = page.getByRole('textbox', { name: 'Modules', exact: true });
    const invalid = page.locator('[aria-invalid=true]');
    const mistype = async (): Promise<void> => {
      await number.fill('1000');
      await page.keyboard.press('Enter');
      await invalid.first().waitFor();
    };
    await mistype();
    host.store.setProgress(ADAPTER, progress(1, 56), []);
    await page.getByRole('progressbar').waitFor();
    assert.equal(await number.inputValue(), '1000');
    await number.fill('12');
    await invalid.first().waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await page.getByText('12 of 56 modules', { exact: true }).waitFor();
    await mistype();
    await page.getByRole('slider', { name: 'Cutoff' }).press('ArrowRight');
    await page.getByText('11 of 56 modules', { exact: true }).waitFor();
    await eventually(() => number.inputValue(), '11');
    await invalid.first().waitFor({ state: 'detached' });
    assert.equal(await page.getByText('A whole number from 0 to 53.').count(), 0);
  });

  it('keeps showing the rule after a number was restored', async () => {
    const { page } = await open(with56);
    const number = page.getByRole('textbox', { name: 'Modules', exact: true });
    await number.focus();
    await page.keyboard.press('End');
    await page.keyboard.type('5');
    await page.keyboard.press('Backspace');
    await page.getByRole('slider', { name: 'Cutoff' }).press('ArrowRight');
    await page.getByText('9 of 56 modules', { exact: true }).waitFor();
    await eventually(() => number.inputValue(), '9');
  });

  it('keeps the cut when the kind of rule changes, all by keyboard', async () => {
    const { page, host } = await open(with56);
    await page.getByRole('combobox', { name: 'Select', exact: true }).focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('textbox', { name: 'Score' }).waitFor();
    await eventually(() => host.store.get(ADAPTER)?.selection.rule.kind, 'threshold');
    await page.getByText('10 of 56 modules', { exact: true }).waitFor();
  });

  it('takes the natural order of another score', async () => {
    const { page, host } = await open(with56);
    await page.getByRole('combobox', { name: 'Ranked by' }).click();
    await page.getByRole('option', { name: 'Cosine', exact: true }).click();
    await page.locator('.legend', { hasText: 'Cosine' }).waitFor();
    await eventually(() => host.store.get(ADAPTER)?.selection.rankBy, 'cosine');
    const order = page.getByRole('combobox', { name: 'First', exact: true });
    await eventually(async () => ((await order.textContent()) ?? '').includes('Smallest'), true);
  });

  it('moves the cut by keyboard, a module at a time', async () => {
    const { page, host } = await open(with56);
    const cut = page.getByRole('slider', { name: 'Cutoff' });
    await cut.focus();
    await page.keyboard.press('ArrowRight');
    await page.getByText('9 of 56 modules', { exact: true }).waitFor();
    await page.keyboard.press('PageDown');
    await page.getByText('14 of 56 modules', { exact: true }).waitFor();
    await page.keyboard.press('End');
    await page.getByText('0 of 56 modules', { exact: true }).waitFor();
    assert.match((await cut.getAttribute('aria-valuetext')) ?? '', /selects 0 of 53 modules/);
    await eventually(() => host.store.get(ADAPTER)?.selection.rule, { kind: 'top', k: 0 });
  });

  it('drags the cut', async () => {
    const { page, host } = await open(with56);
    const plot = await page.locator('.plot').boundingBox();
    assert.ok(plot !== null);
    await page.mouse.move(plot.x + plot.width - 14, plot.y + 60);
    await page.mouse.down();
    await page.mouse.move(plot.x + plot.width / 2, plot.y + 60, { steps: 10 });
    await page.mouse.move(plot.x + 2, plot.y + 60, { steps: 10 });
    await page.mouse.up();
    await page.getByText('53 of 56 modules', { exact: true }).waitFor();
    await eventually(() => host.store.get(ADAPTER)?.selection.rule, { kind: 'top', k: 53 });
  });

  it('sorts and filters, and keeps both for the next time', async () => {
    const { page } = await open(with56);
    await page.getByRole('columnheader', { name: 'cos', exact: true }).getByRole('button').click();
    await page.locator('[aria-sort="descending"]', { hasText: 'cos' }).waitFor();
    const cosines = await page.locator('.column-cosine:visible').allTextContents();
    const numbers = cosines.map((shown) => Number(shown.replace('−', '-'))).slice(0, 8);
    assert.deepEqual(
      numbers,
      numbers.toSorted((x, y) => y - x),
    );
    await page.getByRole('textbox', { name: 'Filter modules' }).fill('LAYERS.3. q_proj');
    await page.getByText('1 of 56 listed').waitFor();
    const kept = () => page.evaluate<string>(`sessionStorage.getItem('state')`);
    await eventually(async () => /"column":"cosine".*"text":"LAYERS.3. q_proj"/.test(await kept()), true);
    await page.reload();
    await page.getByText('1 of 56 listed').waitFor();
  });

  it('pins several modules by keyboard, and unpins them', async () => {
    const { page, host } = await open(with56);
    await page.locator('.table').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+ArrowUp');
    await page.keyboard.press('p');
    await page.getByText('2 pinned').waitFor();
    const pins = host.store.get(ADAPTER)?.selection.pins;
    assert.equal(pins?.prune.length, 2);
    await page.keyboard.press('k');
    await page.locator('.modules').getByText('kept, pinned').first().waitFor();
    await page.keyboard.press('Delete');
    await page.getByText('2 pinned').waitFor({ state: 'hidden' });
    await eventually(() => host.store.get(ADAPTER)?.selection.pins, { keep: [], prune: [] });
  });

  it('pins with the buttons of a row', async () => {
    const { page, host } = await open(with56);
    const row = page.locator('.table-body .table-row').first();
    await row.hover();
    await row.getByRole('button', { name: /^Pin as keep/ }).click();
    await page.getByText('1 pinned').waitFor();
    await eventually(() => host.store.get(ADAPTER)?.selection.pins.keep.length, 1);
    await page.getByRole('button', { name: /^Pin as keep/, pressed: true }).click();
    await page.getByText('1 pinned').waitFor({ state: 'hidden' });
  });

  it('walks the heat map by keyboard, shows a module in the table and pins it', async () => {
    const { page, host } = await open(with56);
    await page.locator('.map-grid [tabindex="0"]').focus();
    await page.keyboard.press('Control+End');
    assert.match(await focusedLabel(page), /^model\.layers\.7\.mlp\.down_proj/);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Home');
    assert.match(await focusedLabel(page), /^model\.layers\.0\.mlp\.up_proj/);
    const copied = await noteCopies(page);
    await page.keyboard.press('Control+c');
    await eventually(
      async () => /^model\.layers\.0\.mlp\.up_proj\t-?\d/.test((await copied())[0] ?? ''),
      true,
    );
    await page.keyboard.press('Enter');
    await page.locator('.table-row[aria-selected="true"]', { hasText: '0.mlp.up_proj' }).waitFor();
    await page.keyboard.press('p');
    await page.getByText('1 pinned').waitFor();
    await eventually(() => host.store.get(ADAPTER)?.selection.pins.prune, ['model.layers.0.mlp.up_proj']);
    assert.match(await focusedLabel(page), /selected, pinned/);
  });

  it('asks the host for actions', async () => {
    const { page, host } = await open(with56);
    await page.getByRole('button', { name: 'Write Pruned Adapter…' }).click();
    await page.getByRole('button', { name: 'Export…' }).click();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Compared with' }).click();
    await page.getByRole('option', { name: 'All modules' }).click();
    await page.locator('.table').focus();
    await page.keyboard.press('Enter');
    await eventually(() => host.asked.length, 4);
    assert.deepEqual(host.asked.slice(0, 3), ['write', 'export "csv"', 'setOptions {"population":"all"}']);
    assert.match(host.asked[3] ?? '', /^revealModule "model\.layers\./);
  });

  for (const [code, expected] of [
    ['bad-safetensors', ['Try Again', 'Show Log']],
    ['wrong-models', ['Try Again', 'Choose Models…', 'Show Log']],
  ] as const) {
    it(`offers what may help after a failure: ${code}`, async () => {
      const { page } = await open((mock) =>
        mock.store.setFailed(ADAPTER, { code, message: say('It is so.') }),
      );
      const buttons = page.getByRole('alert').locator('vscode-button:visible');
      await buttons.first().waitFor();
      assert.deepEqual(await buttons.allTextContents(), expected);
    });
  }

  it('shows scores as they come, then the result', async () => {
    const { page, host } = await open((mock) => mock.store.setProgress(ADAPTER, null, []));
    await page.getByText('Starting…').waitFor();
    const measures = mockMeasures(56);
    for (let done = 4; done <= 56; done += 4) {
      host.store.setProgress(ADAPTER, progress(done, 56), measures.slice(0, done));
    }
    await page.getByText('56 of 56 listed').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    host.store.setDocument(ADAPTER, mockDocument(56));
    await page.getByText('10 of 56 modules', { exact: true }).waitFor();
    await eventually(() => host.asked, ['cancel']);
    await page.getByRole('progressbar').waitFor({ state: 'hidden' });
  });

  it('shows names from files as text, whatever they hold', async () => {
    const hostile = 'model.layers.0.<img src=x onerror=alert(1)>\u202egnp.exe';
    const document = mockDocument(8);
    const [first, ...rest] = document.modules;
    assert.ok(first !== undefined);
    const { page } = await open((host) =>
      host.store.setDocument(ADAPTER, { ...document, modules: [{ ...first, module: hostile }, ...rest] }),
    );
    await page.locator('.name-cell', { hasText: '<img src=x onerror=alert(1)>\\u{202e}gnp.exe' }).waitFor();
    assert.equal(await page.locator('img').count(), 0);
  });

  it('uses the language that the host sends', async () => {
    const { page } = await open(with56, {
      translations: { 'Heat map': 'Wärmekarte', '{0} of {1} modules': '{0} von {1} Modulen' },
    });
    await page.getByText('Wärmekarte').waitFor();
    await page.getByText('10 von 56 Modulen', { exact: true }).waitFor();
  });

  it('scrolls a module into view on request of the host', async () => {
    const { page, host } = await open((mock) => mock.store.setDocument(ADAPTER, mockDocument(10_000)));
    host.session.reveal('model.layers.1234.mlp.up_proj');
    await page.locator('.table-row[aria-selected="true"]', { hasText: '1234.mlp.up_proj' }).waitFor();
  });

  for (const width of [320, 480, 640, 1280]) {
    it(`fits a width of ${width} px without a page-wide scroll bar`, async () => {
      const { page } = await open(with56, { width });
      assert.equal(await page.evaluate(WIDER), 0);
    });
  }
});

async function focusedLabel(page: Page): Promise<string> {
  return await page.evaluate<string>('document.activeElement.getAttribute("aria-label")');
}
