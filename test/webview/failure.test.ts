import assert from 'node:assert/strict';
import type { ErrorCode } from '../../src/core/errors';
import { ADAPTER } from './mockHost';
import { describePanel } from './panelSuite';
import { say } from '../../src/core/message';

const BUTTONS: readonly (readonly [ErrorCode, readonly string[]])[] = [
  ['bad-safetensors', ['Try Again', 'Show Log']],
  ['wrong-models', ['Try Again', 'Choose Models…', 'Show Log']],
];

describePanel('the message of a failed analysis', (open) => {
  for (const [code, expected] of BUTTONS) {
    it(`${code}: offers what may help`, async () => {
      const { page } = await open((host) =>
        host.store.setFailed(ADAPTER, { code, message: say('It is so.') }),
      );
      const buttons = page.getByRole('alert').locator('vscode-button:visible');
      await buttons.first().waitFor();
      assert.deepEqual(await buttons.allTextContents(), expected);
    });
  }
});
