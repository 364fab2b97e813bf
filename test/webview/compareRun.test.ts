import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { ComparisonSource } from '../../src/host/comparison/source';
import { runContent } from '../../src/protocol/comparisonContent';
import { axeViolations } from '../support/axe';
import { evaluationOf, rowOf, taskRow } from '../support/evaluationDocument';
import { describeComparison } from './comparisonSuite';
import { mockDocument } from './mockAdapters';
import { eventually, noteCopies, WIDER } from './panelSuite';

const adapterAt = (step: number): string => `/run/checkpoint-${String(step)}/adapter_model.safetensors`;
const EVALUATION = evaluationOf([
  rowOf('a', 'harmful', 'rc'),
  rowOf('b', 'harmful', 'rr'),
  taskRow('c', 0, 1),
]);

/** A run of `count` steps, of which the second is not analyzed and the last one is measured. */
function run(count: number, modules = 56): ComparisonSource {
  const steps = Array.from({ length: count }, (_step, at) => (at + 1) * 100);
  const entries = steps.map((step, at) => ({
    head: String(step),
    label: `run/checkpoint-${String(step)}`,
    document: at === 1 ? null : mockDocument(modules + 7 * (at % 2)),
    evaluation: at === count - 1 ? EVALUATION : null,
  }));
  return {
    request: { kind: 'run', adapters: steps.map(adapterAt) },
    title: 'run',
    key: 'run',
    content: () => Promise.resolve(runContent(entries, 'reversal', [], (english) => english)),
    inputs: () => [],
    report: () => Promise.resolve('# run'),
  };
}

const step = (page: Page, name: RegExp) => page.getByRole('option', { name });

describeComparison('the page over the steps of a run', (open) => {
  it('has a line for each measure, and opens the adapter of a clicked step', async () => {
    const { page, asked } = await open(run(4));
    await eventually(() => page.locator('.lines-line').count(), 6);
    await step(page, /checkpoint-300 · reversal/).click();
    await step(page, /checkpoint-200 · not measured or analyzed/).click();
    await eventually(
      () => asked,
      [300, 200].map((at) => `panel ["${adapterAt(at)}",null]`),
    );
  });

  it('is walked by keyboard, and says all measures of a step', async () => {
    const { page, asked } = await open(run(4));
    const copied = await noteCopies(page);
    await step(page, /checkpoint-400/).focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('option', { selected: true, name: /checkpoint-300/ }).waitFor();
    await eventually(
      async () =>
        /checkpoint-300 · reversal.* · size/.test(
          (await page.locator('.lines .readout').textContent()) ?? '',
        ),
      true,
    );
    await page.keyboard.press('End');
    await page.keyboard.press('Control+c');
    await eventually(async () => ((await copied())[0] ?? '').includes('harmful prompts answered 50 %'), true);
    await page.keyboard.press('Enter');
    await eventually(() => asked, [`panel ["${adapterAt(400)}",null]`]);
  });

  it('has the same numbers in a table, whose rows open adapters', async () => {
    const { page, asked } = await open(run(4));
    const table = page.getByRole('grid', { name: /^Measures of each step/ });
    await table.getByRole('row', { name: /^400 50 % 100 %/ }).waitFor();
    await table.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await eventually(() => asked, [`panel ["${adapterAt(200)}",null]`]);
  });

  it('shows the mean of layers by step, copies a cell and opens its adapter', async () => {
    const { page, asked } = await open(run(4));
    const copied = await noteCopies(page);
    await page.locator('.map-grid [tabindex="0"]').focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Control+c');
    await eventually(async () => /^model\.layers\.\d 400\t/.test((await copied())[0] ?? ''), true);
    await page.keyboard.press('Enter');
    await eventually(() => asked, [`panel ["${adapterAt(400)}",null]`]);
    await page.getByRole('combobox', { name: 'Shown measure' }).click();
    await page.getByRole('option', { name: 'Retained', exact: true }).click();
    await page.getByText('Retained, mean of the layer', { exact: true }).waitFor();
  });

  it('says that E-DIEM does not compare across adapters', async () => {
    const { page } = await open(run(2));
    await page.getByText('so it is not shown over steps').waitFor();
  });

  it('draws only what is in view of 10,000 modules', async () => {
    const { page } = await open(run(3, 10_000));
    await page.getByText('10,000 of 10,000 listed').waitFor();
    assert.ok((await page.locator('.table-row').count()) < 80);
  });

  for (const theme of ['dark', 'light', 'hcDark', 'hcLight'] as const) {
    it(`axe-core finds nothing, ${theme}`, async () => {
      const { page } = await open(run(5), { theme });
      assert.deepEqual(await axeViolations(page), []);
    });
  }

  it('fits into 345 px, with many steps', async () => {
    const { page } = await open(run(40), { width: 345 });
    await page.getByRole('columnheader', { name: 'Harmful prompts answered' }).waitFor();
    assert.equal(await page.evaluate(WIDER), 0);
    assert.deepEqual(await axeViolations(page), []);
  });
});
