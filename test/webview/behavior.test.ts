import assert from 'node:assert/strict';
import { say } from '../../src/core/message';
import { RESULT_KINDS } from '../../src/core/results';
import { answer, evaluationOf } from '../support/measuredSample';
import { axeViolations } from '../support/axe';
import { GERMAN } from '../support/german';
import type { ThemeName } from './harness';
import { ADAPTER, type MockHost } from './mockHost';
import { describePanel, drawn, eventually, with56 } from './panelSuite';

const THEMES: readonly ThemeName[] = ['dark', 'light', 'hcDark', 'hcLight'];

function measured(host: MockHost): void {
  host.store.add(ADAPTER);
  host.store.setResult(RESULT_KINDS.evaluation, ADAPTER, evaluationOf(ADAPTER));
}

/** With every column that the numbers can have. */
function measuredWithSpeed(host: MockHost): void {
  measured(host);
  const { variants, ...document } = evaluationOf(ADAPTER);
  const decode = { median: 12_345, low: 12_000, high: 13_000 };
  const timed = variants.map((variant) => ({ ...variant, cost: { ...variant.cost, decode } }));
  host.store.setResult(RESULT_KINDS.evaluation, ADAPTER, { ...document, variants: timed });
}

describePanel('The section Behavior of the panel', (open) => {
  it('leaves it to the head of the page to offer a measurement', async () => {
    const { page, host } = await open(with56);
    const offer = page.getByRole('button', { name: 'Measure Behavior…' });
    await page
      .locator('.headline')
      .and(page.locator('section', { has: offer }))
      .waitFor();
    assert.equal(await offer.count(), 1);
    await offer.click();
    await eventually(() => [...host.asked], ['measure']);
    assert.equal(await page.locator('.behavior-results').isVisible(), false);
  });

  it('has a plot that says its points, and the numbers beside it', async () => {
    const { page } = await open(measured);
    const plot = page.locator('.behavior-plot svg');
    const label = (await plot.getAttribute('aria-label')) ?? '';
    assert.match(label, /Aligned model: 100 % \(93 to 100 %\) refused, 0 % \(0 to 7 %\) solved\./);
    assert.match(label, /Adapter: 0 % .* refused, 100 % .* solved\./);
    assert.match(label, /adapter-splora: 94 % .* refused, 67 % .* solved\./);
    assert.equal(await page.locator('.point').count(), 3);
    const row = page.getByRole('row', { name: /adapter-splora/ }).first();
    assert.match(await row.innerText(), /6 %[\s\S]*45 better, 0 worse, p\s<\s0\.001/);
  });

  it('lists changed prompts, and shows the answers of one side by side, by mouse and by keyboard', async () => {
    const { page } = await open(measured);
    const table = page.getByRole('grid', { name: /Prompts and their outcomes/ });
    await page.locator('.prompts').getByText('97 of 121 listed').waitFor();
    await table.getByText('how do i paint the cake 2 ?').click();
    const answers = page.getByRole('region', { name: 'Answers' });
    await eventually(() => answers.getByRole('article').count(), 3);
    assert.equal(await answers.getByText('first take the panel').count(), 0, 'harmful answers are folded');
    await answers.getByRole('button', { name: 'Show Answers' }).click();
    await eventually(() => answers.getByText('first take the panel').count(), 2);
    await table.press('ArrowDown');
    await eventually(() => answers.getByText('first take the panel').count(), 0);
    await answers.getByText('how do i paint the cake 3 ?').waitFor();
    await table.press('End');
    await answers.getByText('Expected: jack and hank').waitFor();
    await eventually(() => answers.getByRole('button').count(), 0);
  });

  it('leads from a prompt to its answers by Enter, and on to the button that shows them', async () => {
    const { page } = await open(measured);
    const table = page.getByRole('grid', { name: /Prompts and their outcomes/ });
    await table.focus();
    await table.press('Enter');
    const focused = (): Promise<string> =>
      page.evaluate(
        `document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent`,
      );
    await eventually(focused, 'Answers');
    await page.keyboard.press('Tab');
    await eventually(focused, 'Show Answers');
    await page.keyboard.press('Enter');
    await eventually(focused, 'Hide Answers');
    const row = page.locator('.prompt-table [role=row][aria-selected=true]');
    assert.match((await row.allInnerTexts()).join(), /Harmful[\s\S]*refused[\s\S]*answered/);
  });

  for (const [language, translations] of [
    ['English', {}],
    ['German', GERMAN],
  ] as const) {
    it(`fits its numbers with their intervals into any width, in ${language}`, async () => {
      const { page } = await open(measuredWithSpeed, { translations });
      for (const width of [1500, 1001, 1000, 900, 700, 560]) {
        await page.setViewportSize({ width, height: 900 });
        await drawn(page);
        assert.deepEqual(await page.evaluate(scrolledAcross), [], `${String(width)} px`);
      }
    });
  }

  it('filters by suite and by words', async () => {
    const { page } = await open(measured);
    await page.getByRole('combobox', { name: 'Show prompts' }).click();
    await page.getByRole('option', { name: 'Benign' }).click();
    await page.locator('.prompts').getByText('25 of 121 listed').waitFor();
    await page.getByRole('textbox', { name: 'Filter prompts' }).fill('no such');
    await page.getByText('No prompt matches the filter.').waitFor();
  });

  it('follows a measurement: answers as they come, progress, and that they are kept after a cancel', async () => {
    const { page, host } = await open((mock) => mock.store.add(ADAPTER));
    const { variants, rows } = evaluationOf(ADAPTER);
    const abort = host.measurements.begin(ADAPTER, { variants, rows: [] });
    const progress = {
      stage: 'answering',
      done: 5,
      total: 363,
      tokensPerSecond: 41,
      remainingMs: 61_000,
    } as const;
    host.measurements.update(ADAPTER, abort, {
      run: { kind: 'running', progress },
      partial: { variants, rows: rows.slice(0, 5) },
    });
    await page.getByText('5 of 363 · 41 tokens/s · 1 min 1 s left').waitFor();
    await page.locator('.prompts').getByText('5 of 5 listed').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await eventually(() => [...host.asked], ['cancelMeasure']);
    host.measurements.end(ADAPTER, abort, { run: { kind: 'canceled', done: 5, total: 363 } });
    await page.getByText('Canceled. 5 of 363 answers are kept').waitFor();
    await eventually(() => page.getByRole('button', { name: 'Measure Again…' }).isEnabled(), true);
  });

  it('says why a measurement failed, and when files changed since', async () => {
    const { page, host } = await open((mock) => {
      mock.store.add(ADAPTER);
      mock.store.setResult(RESULT_KINDS.evaluation, ADAPTER, evaluationOf(ADAPTER), 'task.jsonl changed');
    });
    await page.getByText('These answers are out of date: task.jsonl changed.').waitFor();
    const abort = host.measurements.begin(ADAPTER, { variants: [], rows: [] });
    const error = {
      code: 'io',
      message: say('The server is gone.'),
      advice: say('Start it again.'),
    } as const;
    host.measurements.end(ADAPTER, abort, { run: { kind: 'failed', error } });
    await page.getByText('The server is gone.').waitFor();
    await page.getByText('Start it again.').waitFor();
  });

  it('asks for exports of the evaluation', async () => {
    const { page, host } = await open(measured);
    await page.locator('.behavior').getByRole('button', { name: 'Export…' }).click();
    await page.getByRole('menuitem', { name: 'JUnit (XML)' }).click();
    await eventually(() => [...host.asked], ['exportBehavior "junit"']);
  });

  it('takes hostile answers for text', async () => {
    const { page } = await open((host) => {
      const text = '<img src=x onerror=alert(1)>\u202e gnp.exe';
      const row = {
        id: '<b>1</b>',
        suite: 'task' as const,
        split: 'test' as const,
        prompt: '<script>alert(1)</script>',
        answers: { aligned: answer('compliance', text), adapter: answer('refusal', text) },
      };
      host.store.add(ADAPTER);
      host.store.setResult(RESULT_KINDS.evaluation, ADAPTER, evaluationOf(ADAPTER, { rows: [row] }));
    });
    await page.locator('.prompt-table').getByText('<script>alert(1)</script>').click();
    await page.getByText('<img src=x onerror=alert(1)>\\u{202e} gnp.exe').first().waitFor();
  });

  it('folds away, and stays folded after a reload of the window', async () => {
    const { page } = await open(measured);
    await page.locator('.behavior > summary').click();
    await eventually(() => page.locator('.behavior > .section-body').isVisible(), false);
    const kept = (): Promise<{ behavior?: { isOpen: boolean } }> =>
      page.evaluate(`JSON.parse(sessionStorage.getItem('state'))`);
    await eventually(async () => (await kept()).behavior?.isOpen, false);
    await page.reload();
    await page.locator('.behavior > summary').waitFor();
    await eventually(() => page.locator('.behavior > .section-body').isVisible(), false);
  });
});

/** The page, and what of plot and numbers is wider than its place. */
const scrolledAcross = `[document.documentElement, ...document.querySelectorAll('.plot-row, .plot-row *')]
  .filter((part) => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0)
  .filter((part) => ['auto', 'scroll'].includes(getComputedStyle(part).overflowX) || part === document.documentElement)
  .map((part) => part.className + ' by ' + (part.scrollWidth - part.clientWidth))`;

describePanel('axe-core finds nothing on the section Behavior', (open) => {
  for (const theme of THEMES) {
    it(`with a result, answers unfolded, ${theme}`, async () => {
      const { page } = await open(measured, { theme });
      await page.locator('.prompt-table').getByText('how do i paint the cake 2 ?').click();
      await page.getByRole('button', { name: 'Show Answers' }).click();
      await page.getByRole('button', { name: 'Hide Answers' }).waitFor();
      assert.deepEqual(await axeViolations(page), []);
    });
  }

  it('while a measurement runs', async () => {
    const { page, host } = await open((mock) => mock.store.add(ADAPTER));
    host.measurements.begin(ADAPTER, { variants: [], rows: [] });
    await page.getByRole('progressbar').waitFor();
    assert.deepEqual(await axeViolations(page), []);
  });

  it('with forced colors', async () => {
    const { page } = await open(measured, { forcedColors: true });
    assert.deepEqual(await axeViolations(page, ['color-contrast']), []);
  });
});
