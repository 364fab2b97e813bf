import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { moduleColumns } from '../../webview/model/columns';
import { GERMAN } from '../support/german';
import { describePanel, drawn, with56 } from './panelSuite';

const WIDTHS = [1500, 1200, 1042, 900, 600, 420];
const STAYING = ['position', 'verdict', 'ediemIqr'];

describePanel('the table where room is short', (open) => {
  for (const [language, translations] of [
    ['English', {}],
    ['German', GERMAN],
  ] as const) {
    it(`cuts no text but the name's, whatever the width, in ${language}`, async () => {
      const { page } = await open(with56, { width: 1500, translations });
      let before = Infinity;
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await drawn(page);
        assert.deepEqual(await page.evaluate(cutTexts), [], `${String(width)} px`);
        const columns = await page.evaluate<string[]>(shownColumns);
        for (const id of STAYING) assert.ok(columns.includes(id), `${id} at ${String(width)} px`);
        assert.ok(columns.length <= before);
        before = columns.length;
        assert.equal((await page.getByRole('button', { name: /^Pin|anheften/i }).count()) > 0, true);
      }
      assert.equal(before, STAYING.length);
    });
  }

  it('announces the number of columns and their positions', async () => {
    const columns = moduleColumns('ediemIqr', 'position').map(({ id }) => id);
    const { page } = await open(with56, { width: 600 });
    await page.locator('.table-body .table-row').first().waitFor();
    assert.equal(await page.locator('.table').getAttribute('aria-colcount'), String(columns.length));
    const indices = await page.evaluate<
      number[]
    >(`[...document.querySelectorAll('.table-head [aria-colindex]')]
      .map((cell) => Number(cell.getAttribute('aria-colindex')))`);
    const heads = await page.evaluate<string[]>(shownColumns);
    assert.equal(indices.filter((index) => heads.includes(columns[index - 1] ?? '')).length, heads.length);
    assert.deepEqual(
      indices,
      [...new Set(indices)].sort((a, b) => a - b),
    );
    assert.equal(indices.at(-1), columns.length);
    assert.ok(indices.length < columns.length);
  });

  it('keeps the column that is sorted by, the focus in its head, and tells the rest in the tip', async () => {
    const { page } = await open(with56, { width: 1400 });
    await sortBy(page, 'distance');
    await page.setViewportSize({ width: 700, height: 900 });
    await drawn(page);
    assert.ok((await page.evaluate<string[]>(shownColumns)).includes('distance'));
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'distance');
    const tip = await page.locator('.table-body .name-cell').first().getAttribute('title');
    assert.match(tip ?? '', /‖V‖ [\d.]+/);
    await page.setViewportSize({ width: 1400, height: 900 });
    await page.getByRole('columnheader', { name: '‖V‖', exact: true }).waitFor();
  });

  it('lines up the points of a column', async () => {
    const { page } = await open(with56, { width: 1400 });
    const texts = await page.locator('.column-reversal:visible').allTextContents();
    const decimals = texts.filter((text) => /^−?\d/.test(text)).map((text) => text.split('.')[1]?.length);
    assert.ok(decimals.length > 5);
    assert.equal(new Set(decimals).size, 1, texts.join(' '));
  });
});

async function sortBy(page: Page, label: string): Promise<void> {
  const head = page.getByRole('columnheader', { name: label, exact: true }).getByRole('button');
  await head.click();
  await head.focus();
}

const shownColumns = `[...document.querySelectorAll('.table-body .table-row:first-child [class*=column-]')]
  .map((cell) => /column-(\\w+)/.exec(cell.className)[1])`;

/** Cells and heads whose text is wider than they are, cells that the edge of the table cuts, and the table itself. */
const cutTexts = `(() => {
  const table = document.querySelector('.table');
  const right = table.getBoundingClientRect().left + table.clientLeft + table.clientWidth;
  const cut = [...document.querySelectorAll('.table-row:not([hidden]) .table-cell:not(.name-cell), .number .head-button span')]
    .filter((cell) => cell.scrollWidth > cell.clientWidth && cell.clientWidth > 0
      && !cell.classList.contains('visually-hidden') || cell.getBoundingClientRect().right > right + 1)
    .map((cell) => cell.textContent);
  return table.scrollWidth > table.clientWidth ? [...cut, 'the table scrolls by ' + (table.scrollWidth - table.clientWidth)] : cut;
})()`;
