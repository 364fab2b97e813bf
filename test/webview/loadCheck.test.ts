import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { RESULT_KINDS } from '../../src/core/results';
import { SploraError } from '../../src/core/errors';
import { say } from '../../src/core/message';
import type { CheckResult } from '../../src/protocol/engineApi';
import { GERMAN } from '../support/german';
import { axeViolations } from '../support/axe';

import { goodCheck, mockCheck } from './mockChecks';
import { ADAPTER, type MockHost } from './mockHost';
import { describePanel, eventually, WIDER, with56 } from './panelSuite';

const withCheck =
  (check: () => CheckResult) =>
  (host: MockHost): void => {
    with56(host);
    host.checkLoad = () => Promise.resolve().then(check);
  };
const status = (page: Page): Locator => page.locator('.check [role=status]');
const press = (page: Page, name: string): Promise<void> =>
  page.locator('.check').getByRole('button', { name, exact: true }).click();

describePanel('the load check of the panel page', (open) => {
  it('says in one line what each loader does, and opens the report', async () => {
    const { page, host } = await open(withCheck(mockCheck));
    await press(page, 'Check');
    await status(page)
      .getByText('PEFT: another effect, 48 of 56 modules attached. vLLM: refused.', { exact: true })
      .waitFor();
    await press(page, 'Open Report');
    await eventually(() => host.asked, ['checkLoad', 'checkReport']);
    assert.deepEqual(await axeViolations(page), []);
  });

  it('says what went wrong, and can be repeated', async () => {
    const { page, host } = await open(
      withCheck(() => {
        throw new SploraError({ code: 'not-found', message: say('There is no <b>file</b>.'), file: ADAPTER });
      }),
    );
    await press(page, 'Check');
    await status(page).getByText('The check failed: There is no <b>file</b>.').waitFor();
    host.checkLoad = () => Promise.resolve(goodCheck());
    await press(page, 'Check');
    await status(page).getByText('PEFT: same effect. vLLM: same effect.').waitFor();
    host.store.setStale(RESULT_KINDS.analysis, ADAPTER, 'adapter_model.safetensors changed');
    await eventually(() => status(page).textContent(), '');
  });

  it('is in German', async () => {
    const { page } = await open(withCheck(mockCheck), { translations: GERMAN });
    await press(page, 'Prüfen');
    await status(page).getByText('PEFT: andere Wirkung, 48 von 56 Modulen').waitFor();
  });

  for (const width of [320, 1280]) {
    it(`fits a width of ${width} px`, async () => {
      const { page } = await open(withCheck(mockCheck), { width });
      await press(page, 'Check');
      await status(page).getByText('vLLM: refused.').waitFor();
      assert.equal(await page.evaluate(WIDER), 0);
    });
  }
});
