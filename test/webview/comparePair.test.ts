import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { failure } from '../../src/core/errors';
import { say } from '../../src/core/message';
import type { ComparisonSource } from '../../src/host/comparison/source';
import { pairContent } from '../../src/protocol/comparisonContent';
import { axeViolations } from '../support/axe';
import { comparedWithCopy } from '../support/comparison';
import { describeComparison } from './comparisonSuite';
import { mockDocument } from './mockAdapters';
import { eventually, noteCopies, WIDER } from './panelSuite';

const ADAPTERS = ['/runs/a/adapter_model.safetensors', '/runs/b/adapter_model.safetensors'] as const;

/** Two adapters, as the host would compare them. */
function pair(count: number, isAnalyzed = false): ComparisonSource {
  const documents = isAnalyzed ? [mockDocument(count), mockDocument(count)] : [null, null];
  return {
    request: { kind: 'pair', adapters: ADAPTERS },
    title: 'runs/a ↔ runs/b',
    key: 'pair',
    content: () =>
      Promise.resolve(
        pairContent(
          comparedWithCopy(count),
          [
            { head: 'a', label: 'runs/a' },
            { head: 'b', label: 'runs/b' },
          ],
          documents,
          (english) => english,
        ),
      ),
    inputs: () => documents,
    report: () => Promise.resolve('# Comparison'),
  };
}

const names = (page: Page): Promise<string[]> => page.locator('.table-body .name-leaf').allTextContents();

describeComparison('the page of two adapters', (open) => {
  it('says in one sentence what became of the modules', async () => {
    const { page } = await open(pair(56));
    assert.match(
      (await page.locator('.headline .lead').textContent()) ?? '',
      /^7 removed, 7 set to zero, 7 changed, 35 identical, ‖dW‖² is \d+ % of that on the left\.$/,
    );
    await page.getByText('Other tensors that differ: lm_head.weight (changed).').waitFor();
  });

  it('lists what differs most first, filters, sorts and shows changed modules only', async () => {
    const { page } = await open(pair(56));
    const first = page.locator('.table-body .table-row').first();
    await eventually(async () => /only left|set to zero/.test((await first.textContent()) ?? ''), true);
    await page.getByRole('combobox', { name: 'Show' }).click();
    await page.getByRole('option', { name: 'Changed' }).click();
    await page.getByText('21 of 56 listed').waitFor();
    await page.keyboard.press('Control+f');
    await page.keyboard.type('layers.0 down');
    await eventually(() => names(page), []);
    await page.getByText('No module matches the filter.').waitFor();
    await page.getByRole('textbox', { name: 'Filter modules' }).fill('');
    await page.getByRole('button', { name: 'Module', exact: true }).click();
    await eventually(async () => (await names(page))[0], 'o_proj');
  });

  it('opens either adapter, and a module by Enter in the last adapter that has it', async () => {
    const { page, asked } = await open(pair(56));
    await page.getByRole('button', { name: 'runs/a' }).click();
    await page.getByRole('button', { name: 'Open Report' }).click();
    await page.getByRole('button', { name: 'Module', exact: true }).click();
    await eventually(async () => (await names(page))[0], 'q_proj');
    await page.locator('.table').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await eventually(
      () => asked,
      [
        `panel ["${ADAPTERS[0]}",null]`,
        'report runs/a ↔ runs/b',
        `panel ["${ADAPTERS[1]}","model.layers.0.self_attn.q_proj"]`,
        `panel ["${ADAPTERS[0]}","model.layers.7.mlp.down_proj"]`,
      ],
    );
  });

  it('walks the map by keyboard, copies a cell and shows its module in the table', async () => {
    const { page } = await open(pair(56));
    const copied = await noteCopies(page);
    await page.locator('.map-grid [tabindex="0"]').focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Control+c');
    await eventually(
      async () => /^model\.layers\.7\.mlp\.down_proj\t\d/.test((await copied())[0] ?? ''),
      true,
    );
    await page.keyboard.press('Enter');
    await page.locator('.table-row[aria-selected="true"]', { hasText: '7.mlp.down_proj' }).waitFor();
    await page.locator('.table').focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Control+c');
    await eventually(async () => (await copied())[1]?.split('\n').length, 57);
    assert.match((await copied())[1] ?? '', /^Module\tStatus\ta\tb\tChange\t‖difference‖\tCosine\n/);
  });

  it('shows scores of analyzed adapters side by side, and says what E-DIEM compares', async () => {
    const { page } = await open(pair(56, true));
    await page.getByRole('combobox', { name: 'Shown measure' }).click();
    await page.getByRole('option', { name: 'E-DIEM (IQR)' }).click();
    await page.getByText('E-DIEM compares modules within one adapter only').waitFor();
    await page.getByText('Change of E-DIEM (IQR)').waitFor();
  });

  it('draws only what is in view of 10,000 modules', async () => {
    const { page } = await open(pair(10_000));
    await page.getByText('10,000 of 10,000 listed').waitFor();
    assert.ok((await page.locator('.table-row').count()) < 80);
    assert.ok((await page.locator('[role=gridcell]').count()) < 2000);
    await page.locator('.table').focus();
    await page.keyboard.press('End');
    await page.locator('.table-row.active').waitFor();
  });

  it('says why the adapters cannot be compared, and tries again', async () => {
    let isBroken = true;
    const source = pair(8);
    const { page } = await open({
      ...source,
      content: (...how) =>
        isBroken
          ? Promise.reject(
              failure('not-found', say('There is no adapter here.'), ADAPTERS[1], say('Look elsewhere.')),
            )
          : source.content(...how),
    });
    await page.getByText('There is no adapter here.').waitFor();
    isBroken = false;
    await page.getByRole('button', { name: 'Try Again' }).click();
    await page.locator('.headline .lead').waitFor();
    await page.getByText('There is no adapter here.').waitFor({ state: 'hidden' });
  });

  for (const theme of ['dark', 'light', 'hcDark', 'hcLight'] as const) {
    it(`axe-core finds nothing, ${theme}`, async () => {
      const { page } = await open(pair(56, true), { theme });
      assert.deepEqual(await axeViolations(page), []);
    });
  }

  it('fits into 345 px', async () => {
    const { page } = await open(pair(56), { width: 345 });
    assert.equal(await page.evaluate(WIDER), 0);
    assert.deepEqual(await axeViolations(page), []);
    const heads = await page.locator('[role=columnheader]:visible').allTextContents();
    assert.deepEqual(heads.slice(0, 3), ['Module', 'a', 'b']);
  });
});
