import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { say } from '../../src/core/message';
import type { AnalysisDocument } from '../../src/core/report/analysis';
import { axeViolations } from '../support/axe';
import { analysisOf, HOSTILE_NAME, scored, unscored } from '../support/analysisDocument';
import { evaluationOf } from '../support/measuredSample';
import type { OpenOptions, ThemeName } from './harness';
import { mockDocument } from './mockAdapters';
import { describePage, drawn, eventually } from './panelSuite';

const THEMES: readonly ThemeName[] = ['dark', 'light', 'hcDark', 'hcLight'];

describePage('The renderer of notebooks', 'notebook', (openPage) => {
  async function open(document: unknown, options: OpenOptions = {}): Promise<Page> {
    const page = await openPage(options, () => () => undefined);
    await page.waitForFunction('window.display !== undefined');
    await display(page, document);
    return page;
  }

  async function display(page: Page, document: unknown): Promise<void> {
    const json = typeof document === 'string' ? document : JSON.stringify(document);
    await page.evaluate(`window.display(${JSON.stringify(json)})`);
    await drawn(page);
  }

  it('shows an analysis as heat map and table, which sorts', async () => {
    const page = await open(mockDocument(56));
    assert.ok((await page.locator('.cell[class*=step-]').count()) > 50);
    assert.deepEqual(await page.locator('.legend-mark:visible').allInnerTexts(), ['stands out', 'no score']);
    const names = page.locator('.table-body .name-cell');
    const before = await names.first().innerText();
    await page.getByRole('button', { name: '‖dW‖', exact: true }).click();
    await eventually(async () => (await names.first().innerText()) !== before, true);
    assert.equal(await page.getByRole('button', { name: /Pin|Write|Analyze/ }).count(), 0);
  });

  it('leads from a cell of the map to its row, and pins nothing', async () => {
    const page = await open(mockDocument(56));
    const cell = page.locator('.cell[class*=step-]').nth(40);
    await cell.click();
    await page.locator('.table-row[aria-selected=true]').waitFor();
    assert.doesNotMatch(await page.locator('.readout').innerText(), /keep|prune/);
    await page.keyboard.press('p');
    await drawn(page);
    assert.equal(await page.locator('.map-grid .pinned').count(), 0);
  });

  it('shows an evaluation as plot, numbers and prompts, without answers', async () => {
    const page = await open(evaluationOf('/run/support-bot-lora/adapter_model.safetensors'));
    await eventually(() => page.locator('.point').count(), 3);
    await page.getByText('Measured: 48 of 48 harmful prompts answered').waitFor();
    await page.getByText('how do i paint the cake 2 ?').first().waitFor();
    await page
      .getByRole('row', { name: /adapter-splora/ })
      .first()
      .waitFor();
    assert.equal(await page.getByText('first take the panel').count(), 0);
    await display(page, mockDocument(8));
    assert.equal(await page.locator('.behavior-plot').count(), 0, 'an output can change');
    await page.locator('.map').waitFor();
  });

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['no JSON', '{"modules"', /cannot be shown: Not a SPLoRA analysis: it is not valid JSON/],
    ['another document', { hello: 1 }, /Not a SPLoRA analysis: schemaVersion/],
    ['no object', '[]', /Not a SPLoRA analysis/],
    ['a newer version', { ...mockDocument(2), schemaVersion: 99 }, /only versions up to 2/],
    ['a broken row', { ...evaluationOf('/a'), rows: [{ id: '' }] }, /Not a SPLoRA evaluation: rows\.0/],
    ['the same module twice', analysisOf([scored('a.q_proj'), scored('a.q_proj')]), /duplicate module/],
  ];
  for (const [what, document, expected] of wrong)
    it(`says plainly why it cannot show ${what}`, async () => {
      const page = await open(document);
      assert.match(await page.getByRole('alert').innerText(), expected);
    });

  it('shows hostile names as text', async () => {
    const document: AnalysisDocument = {
      ...analysisOf([
        scored(`model.layers.0.${HOSTILE_NAME}.q_proj`),
        unscored('__proto__', 'inactive', say('{0}', HOSTILE_NAME)),
      ]),
      adapter: HOSTILE_NAME,
      notes: [say('<img src=x onerror=alert(1)> {0}', HOSTILE_NAME)],
    };
    const page = await open(document);
    assert.equal(await page.locator('img').count(), 0);
    assert.ok((await page.locator('.output').innerText()).includes('<img src=x onerror=alert(1)>'));
    assert.doesNotMatch(await page.locator('.output').innerText(), /[\u202e\u001b]/);
  });

  for (const theme of THEMES)
    it(`breaks no rule of accessibility: ${theme}`, async () => {
      const page = await open(mockDocument(56), { theme });
      assert.deepEqual(await axeViolations(page), []);
      await display(page, evaluationOf('/run/a/adapter_model.safetensors'));
      assert.deepEqual(await axeViolations(page), []);
    });
});
