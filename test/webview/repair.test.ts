import assert from 'node:assert/strict';
import { RESULT_KINDS } from '../../src/core/results';
import { follow, partialOf, type Repairing } from '../../src/host/repair/repairs';
import type { MeasuredRepairEvent } from '../../src/protocol/repairApi';
import { axeViolations } from '../support/axe';
import { GERMAN } from '../support/german';
import { BEFORE, comparisonOf, POINTS, repairOf, TARGET } from '../support/repairDocument';
import type { ThemeName } from './harness';
import { ADAPTER, type MockHost } from './mockHost';
import { describePanel, drawn, eventually, WIDER } from './panelSuite';

const THEMES: readonly ThemeName[] = ['dark', 'light', 'hcDark', 'hcLight'];
const LIMITS = { maxAsr: 0.05, maxOverRefusal: 0.05 };

function repaired(host: MockHost): void {
  host.store.add(ADAPTER);
  host.store.setResult(RESULT_KINDS.repair, ADAPTER, repairOf(ADAPTER));
}

/** What a repair has found when it fits gates. */
function soFar(): Repairing {
  const check = (step: number, asr: number): MeasuredRepairEvent => {
    const found = { step, asr, overRefusal: 0, tokenAccuracy: 0.9 + step / 100, task: 1, margin: 1 };
    return { type: 'fit', event: { type: 'check', check: { ...found, meets: false, isBest: false } } };
  };
  const events: readonly MeasuredRepairEvent[] = [
    { type: 'before', ...BEFORE, limits: LIMITS },
    ...POINTS.slice(0, 3).map((point) => ({ type: 'point', point }) as const),
    { type: 'stage', stage: 'gates' },
    check(0, 1),
    check(5, 0.4),
    check(10, 0.1),
  ];
  const run = { kind: 'running', stage: null, method: null, progress: null } as const;
  return events.reduce(follow, { run, partial: partialOf(TARGET) });
}

describePanel('The section Repair of the panel', (open) => {
  it('is not there before the first repair', async () => {
    const { page } = await open((host) => host.store.add(ADAPTER));
    assert.equal(await page.locator('.repair').isVisible(), false);
  });

  it('says what came out, what limits it, and what the repaired adapter does beside the original', async () => {
    const { page, host } = await open(repaired);
    const section = page.locator('.repair');
    await page.getByText('The repair below measured it').waitFor();
    await section
      .getByText(/^Repaired \(split-gates, k 8.*\): the target is reached on the test split\./)
      .waitFor();
    await section.getByText(/Only 25 benign prompts in the test split/).waitFor();
    await section.getByText('support-bot-lora-splora was written beside the original').waitFor();
    assert.match(await section.innerText(), /PEFT loads it\. vLLM loads it\. mlx-lm refuses it\./);
    const row = section.getByRole('row', { name: /^Repaired/ });
    assert.match(await row.innerText(), /6 %[\s\S]*45 better, 0 worse/);
    await section.getByRole('button', { name: 'Reveal in Explorer' }).click();
    await section.getByRole('button', { name: 'Measure Along with the Original…' }).click();
    await section.getByRole('button', { name: 'Export…' }).click();
    await page.getByRole('menuitem', { name: 'Markdown' }).click();
    await eventually(() => [...host.asked], ['revealRepaired', 'measureRepaired', 'exportRepair "markdown"']);
  });

  it('has a plot of every strength, which says its points, and the same as a table', async () => {
    const { page } = await open(repaired);
    const label = (await page.locator('.repair-plot svg').getAttribute('aria-label')) ?? '';
    assert.match(label, /Adapter: 0 % refused, 100 % of the tasks\./);
    assert.match(label, /split-gates, k 8[^:]*: 100 % refused, 100 % of the tasks\./);
    assert.equal(await page.locator('.repair-steps').isVisible(), false);
    assert.match(label, /Measured strengths: 4\. At the target: 2\./);
    assert.equal(await page.locator('.curve-point').count(), 4);
    assert.equal(await page.locator('.curve-point.meets').count(), 2);
    await page.getByText('Measured strengths (4)').click();
    const row = page.getByRole('row', { name: /split-gates.* \(chosen\)/ });
    assert.match(await row.innerText(), /0 %[\s\S]*0 %[\s\S]*100 %[\s\S]*reached/);
  });

  it('shows methods that were compared: marks of their own, test figures, and the recommendation', async () => {
    const { page } = await open((host) => {
      host.store.add(ADAPTER);
      host.store.setResult(RESULT_KINDS.repair, ADAPTER, comparisonOf(ADAPTER));
    });
    const section = page.locator('.repair');
    await section.getByText(/^Recommended: split-gates, k 8.* kept the most of the task\.$/).waitFor();
    const row = section.getByRole('row', { name: /^split-gates.* \(recommended\)/ });
    assert.match(await row.innerText(), /6 %[\s\S]*45 better, 0 worse/);
    assert.match(
      await section
        .getByRole('row', { name: /^cut, k 8/ })
        .first()
        .innerText(),
      /6 %/,
    );
    assert.equal(await page.locator('.curve-point.series-0').count(), 3);
    assert.equal(await page.locator('.curve-point.series-1').count(), 1);
    assert.deepEqual(await axeViolations(page), []);
  });

  it('has a chart over the steps of a run whose checkpoints were repaired', async () => {
    const others = [100, 200].map((step) =>
      ADAPTER.replace('/adapter_model', `/checkpoint-${step}/adapter_model`),
    );
    const { page } = await open((host) => {
      repaired(host);
      for (const other of others) {
        host.store.add(other);
        host.store.setResult(RESULT_KINDS.repair, other, repairOf(other));
      }
    });
    const label = (await page.locator('.repair-steps svg').getAttribute('aria-label')) ?? '';
    assert.match(label, / 100: 100 % answered, .* final: /);
    assert.match(label, / 200: .* answered, \d+ % after the repair; .* of the tasks, .* after the repair\./);
    assert.equal(await page.locator('.steps-line').count(), 4);
    assert.equal(await page.locator('.steps-mark.after').count(), 6);
  });

  it('follows a repair: strengths and the path of the fit as they come, and a cancel', async () => {
    const { page, host } = await open((mock) => mock.store.add(ADAPTER));
    const abort = host.repairs.begin(ADAPTER, TARGET);
    host.repairs.update(ADAPTER, abort, soFar());
    await page.getByText('Fitting gates').waitFor();
    await eventually(() => page.locator('.fit-check').count(), 3);
    assert.equal(await page.locator('.curve-point').count(), 3);
    assert.equal(await page.locator('.target-line').count(), 1);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await eventually(() => [...host.asked], ['cancelRepair']);
    host.repairs.end(ADAPTER, abort, { run: { kind: 'canceled' } });
    await page.getByText('Canceled. Nothing was written.').waitFor();
  });

  for (const [language, translations] of [
    ['English', {}],
    ['German', GERMAN],
  ] as const) {
    it(`fits into any width, in ${language}`, async () => {
      const { page } = await open(repaired, { translations });
      for (const width of [1500, 1000, 900, 560]) {
        await page.setViewportSize({ width, height: 900 });
        await drawn(page);
        assert.equal(await page.evaluate(WIDER), 0, `${String(width)} px`);
      }
    });
  }
});

describePanel('axe-core finds nothing on the section Repair', (open) => {
  for (const theme of THEMES) {
    it(`with a result, ${theme}`, async () => {
      const { page } = await open(repaired, { theme });
      await page.getByText('Measured strengths (4)').click();
      await drawn(page);
      assert.deepEqual(await axeViolations(page), []);
    });
  }

  it('while gates are fitted', async () => {
    const { page, host } = await open((mock) => mock.store.add(ADAPTER));
    const abort = host.repairs.begin(ADAPTER, TARGET);
    host.repairs.update(ADAPTER, abort, soFar());
    await eventually(() => page.locator('.fit-check').count(), 3);
    assert.deepEqual(await axeViolations(page), []);
  });
});
