import assert from 'node:assert/strict';
import { goodCheck, mockCheck } from './mockChecks';
import { describePanel, with56 } from './panelSuite';
import { say } from '../../src/core/message';

/** One loader of which it cannot be told whether it takes the last module. */
function unsureCheck(): ReturnType<typeof mockCheck> {
  const [peft] = goodCheck().loaders;
  assert.ok(peft);
  const unsure = [
    { module: 'model.odd', reason: say('Whether target_modules names it cannot be evaluated here.') },
  ];
  return mockCheck({ loaders: [{ ...peft, verdict: 'unknown', unsure }] });
}

describePanel('the load check of the panel page, where it cannot be told', (open) => {
  it('says so, and not that anything is silently left out', async () => {
    const { page } = await open((host) => {
      with56(host);
      host.checkLoad = () => Promise.resolve(unsureCheck());
    });
    await page.getByRole('button', { name: 'Will it load?', exact: true }).click();
    const line = page.locator('button.loader-line', { hasText: 'PEFT' });
    await line.waitFor();
    assert.match(
      (await line.textContent()) ?? '',
      /cannot be told, 56 of 56 modules attach · cannot be told: 1$/,
    );
    await line.click();
    const details = page.locator('#loader-peft');
    await details.getByText('Modules of which it cannot be told').waitFor();
    await details.getByText('cannot be evaluated here').waitFor();
    await details.getByText('model.odd', { exact: true }).waitFor();
    assert.equal(await details.getByText('Silently without effect').count(), 0);
  });
});
