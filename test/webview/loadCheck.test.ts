import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { SploraError } from '../../src/core/errors';
import { say } from '../../src/core/message';
import type { CheckResult } from '../../src/protocol/engineApi';
import { projectRoot } from '../support/paths';
import { axeViolations } from './axe';
import { mockDocument } from './mockAdapters';
import { goodCheck, mockCheck } from './mockChecks';
import { ADAPTER, type MockHost } from './mockHost';
import { describePanel, eventually, with56 } from './panelSuite';

const withCheck =
  (check: () => CheckResult) =>
  (host: MockHost): void => {
    with56(host);
    host.checkLoad = () => Promise.resolve().then(check);
  };

const toggle = (page: Page) => page.getByRole('button', { name: 'Will it load?', exact: true });
const line = (page: Page, name: string) => page.locator('button.loader-line', { hasText: name });
const asks = (host: MockHost): number => host.asked.filter((wish) => wish === 'checkLoad').length;

describePanel('the load check of the panel page', (open) => {
  it('is closed at first, and asks nothing', async () => {
    const { page, host } = await open(withCheck(mockCheck));
    assert.equal(await toggle(page).getAttribute('aria-expanded'), 'false');
    assert.equal(await page.locator('#load-check').isVisible(), false);
    assert.equal(asks(host), 0);
  });

  it('asks once when it is opened, and shows that it waits', async () => {
    const { page, host } = await open(with56);
    let answer: (result: CheckResult) => void = () => undefined;
    host.checkLoad = () => new Promise((resolve) => (answer = resolve));
    await toggle(page).click();
    await page.getByRole('progressbar', { name: 'Looking at names, shapes and the config…' }).waitFor();
    await toggle(page).click();
    await toggle(page).click();
    assert.deepEqual(await axeViolations(page), []);
    answer(mockCheck());
    await line(page, 'PEFT').waitFor();
    assert.equal(await page.getByRole('progressbar').count(), 0);
    await toggle(page).click();
    await page.locator('#load-check').waitFor({ state: 'hidden' });
    await toggle(page).click();
    await line(page, 'PEFT').waitFor();
    assert.equal(asks(host), 1);
  });

  it('says for each loader what it would do, in words', async () => {
    const { page } = await open(withCheck(mockCheck));
    await toggle(page).click();
    await line(page, 'PEFT').waitFor();
    assert.deepEqual(await page.locator('.loader-line').allTextContents(), [
      'PEFT 0.10 – 0.21, loads in part, without a word, 48 of 56 modules attach · silently without effect: 8',
      'vLLM, fails, 0 of 56 modules attach · fields refused: 1',
      'mlx-lm, does not read this format, reads MLX adapters: convert this one first',
    ]);
    await page.getByText('as it lies on disk').waitFor();
    await page.getByText('Names were compared with the model /home/anna/models').waitFor();
    const status = page.locator('.check [role=status]');
    assert.match((await status.textContent()) ?? '', /^PEFT: loads in part, without a word\. vLLM: fails\./);
  });

  it('opens what there is to say by keyboard: reasons, names, how many more, and the way out', async () => {
    const { page } = await open(withCheck(mockCheck));
    await toggle(page).focus();
    await page.keyboard.press('Enter');
    await line(page, 'PEFT').waitFor();
    for (const name of ['Check Again', 'Open Report']) {
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate('document.activeElement.textContent'), name);
    }
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    assert.equal(await line(page, 'PEFT').getAttribute('aria-expanded'), 'true');
    const details = page.locator('#loader-peft');
    await details.getByText('target_modules does not name it').waitFor();
    await details.getByText('model.layers.0.self_attn.q_proj', { exact: true }).waitFor();
    await details.getByText('and 18 more').waitFor();
    await details.getByText('Way out: name these modules in target_modules').waitFor();
    await details.getByText('Way out: load it with a newer version.').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('#loader-vllm').getByText('Way out: merge the adapter into its model').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#loader-vllm').waitFor({ state: 'hidden' });
  });

  it('says what went wrong, and asks again', async () => {
    const { page, host } = await open(
      withCheck(() => {
        throw new SploraError({
          code: 'not-found',
          message: say('There is no file at this path.'),
          file: ADAPTER,
          advice: say('Choose another adapter.'),
        });
      }),
    );
    await toggle(page).click();
    const alert = page.getByRole('alert');
    await alert.getByText('There is no file at this path.').waitFor();
    await alert.getByText('Choose another adapter.').waitFor();
    assert.deepEqual(await axeViolations(page), []);
    host.checkLoad = () => Promise.resolve(goodCheck());
    await alert.getByRole('button', { name: 'Try Again' }).focus();
    await page.keyboard.press('Enter');
    await line(page, 'PEFT').waitFor();
    await alert.waitFor({ state: 'hidden' });
    // What had the focus is gone; the section's own button has it now.
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Will it load?');
  });

  it('is marked when the file or the result changes, and asked again by its button', async () => {
    const { page, host } = await open(withCheck(mockCheck));
    await toggle(page).click();
    await line(page, 'vLLM').click();
    const marked = page.locator('.check .notice', { hasText: 'changed since this check' });
    const changes = [
      () => host.fileChanged(),
      () => host.store.setStale(ADAPTER, 'adapter_model.safetensors changed'),
      () => host.store.setDocument(ADAPTER, mockDocument(56, {}, { aligned: '/models/other' })),
    ];
    for (const [index, change] of changes.entries()) {
      change();
      await marked.waitFor();
      await page.getByRole('button', { name: 'Check Again' }).click();
      await marked.waitFor({ state: 'hidden' });
      await page.locator('#loader-vllm').waitFor();
      await eventually(() => asks(host), index + 2);
    }
  });

  it('asks again by itself when it is opened after a change', async () => {
    const { page, host } = await open(withCheck(mockCheck));
    await toggle(page).click();
    await line(page, 'PEFT').waitFor();
    await toggle(page).click();
    host.checkLoad = () => Promise.resolve(goodCheck());
    host.fileChanged();
    await page.locator('.check [role=status]', { hasText: 'changed' }).waitFor({ state: 'attached' });
    await toggle(page).click();
    await line(page, 'PEFT').getByText('56 of 56 modules attach').waitFor();
    assert.equal(asks(host), 2);
  });

  it('opens the whole report, and offers models where none was chosen', async () => {
    const { page, host } = await open(withCheck(() => ({ ...goodCheck(), model: null })));
    await toggle(page).click();
    await page.getByText('No model is chosen').waitFor();
    await page.locator('.check').getByRole('button', { name: 'Choose Models…' }).click();
    await page.getByRole('button', { name: 'Open Report' }).click();
    await eventually(() => host.asked, ['checkLoad', 'chooseModels', 'checkReport']);
  });

  it('works without a result, and is closed when a window comes back', async () => {
    const prepare = (host: MockHost): void => {
      host.store.add(ADAPTER);
      host.checkLoad = () => Promise.resolve(goodCheck());
    };
    const { page } = await open(prepare);
    await toggle(page).click();
    await line(page, 'PEFT').waitFor();
    const kept = await page.evaluate('keptState()');
    await page.context().close();
    const again = await open(prepare, { state: kept });
    assert.equal(await toggle(again.page).getAttribute('aria-expanded'), 'false');
    assert.equal(asks(again.host), 0);
  });

  it('shows names from files as text', async () => {
    const [peft] = mockCheck().loaders;
    assert.ok(peft !== undefined);
    const hostile = '<img src=x onerror=alert(1)>\u202e';
    const { page } = await open(
      withCheck(() =>
        mockCheck({
          loaders: [
            {
              ...peft,
              silent: [{ module: hostile, reason: say(hostile) }],
              findings: [{ severity: 'note', message: say(hostile) }],
            },
          ],
        }),
      ),
    );
    await toggle(page).click();
    await line(page, 'PEFT').click();
    await page.locator('.names', { hasText: '<img src=x onerror=alert(1)>\\u{202e}' }).waitFor();
    assert.equal(await page.locator('img').count(), 0);
  });

  it('speaks German', async () => {
    const bundle = await readFile(path.join(projectRoot, 'media/l10n/bundle.l10n.de.json'), 'utf8');
    const translations = JSON.parse(bundle) as Readonly<Record<string, string>>;
    const { page } = await open(withCheck(mockCheck), { translations });
    await page.getByRole('button', { name: 'Lässt er sich laden?' }).click();
    await line(page, 'PEFT').getByText('48 von 56 Modulen werden angehängt').waitFor();
    await line(page, 'vLLM').click();
    await page.getByText('Ausweg: Rechnen Sie den Adapter in sein Modell ein').waitFor();
    assert.deepEqual(await axeViolations(page), []);
  });

  for (const theme of ['dark', 'light', 'hcDark', 'hcLight'] as const) {
    it(`axe-core finds nothing on it, open and out of date: ${theme}`, async () => {
      const { page, host } = await open(withCheck(mockCheck), { theme });
      await toggle(page).click();
      await line(page, 'PEFT').click();
      await line(page, 'vLLM').click();
      host.fileChanged();
      await page.locator('.check .notice.warning').waitFor();
      await page.mouse.move(0, 0);
      assert.deepEqual(await axeViolations(page), []);
    });
  }

  for (const width of [320, 640, 1280]) {
    it(`fits a width of ${width} px`, async () => {
      const { page } = await open(withCheck(mockCheck), { width });
      await toggle(page).click();
      await line(page, 'PEFT').click();
      await page.locator('#loader-peft').waitFor();
      const wider = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      assert.equal(await page.evaluate(wider), 0);
    });
  }
});
