import assert from 'node:assert/strict';
import { axeViolations } from '../support/axe';
import type { ThemeName } from './harness';
import { mockDocument, mockMeasures } from './mockAdapters';
import { ADAPTER, type MockHost } from './mockHost';
import { describePanel, progress, with56 } from './panelSuite';
import { say } from '../../src/core/message';

const THEMES: readonly ThemeName[] = ['dark', 'light', 'hcDark', 'hcLight'];

/** States that the page can be in, each with how the host comes to it. */
const STATES: Readonly<Record<string, (host: MockHost) => void>> = {
  'no result': (host) => host.store.add(ADAPTER),
  'no modules': (host) => host.store.setDocument(ADAPTER, mockDocument(0)),
  '8 modules': (host) => host.store.setDocument(ADAPTER, mockDocument(8)),
  '224 modules, pinned and stale': (host) => {
    host.store.setDocument(ADAPTER, mockDocument(224), 'adapter_model.safetensors changed');
    host.store.pin(ADAPTER, ['model.layers.3.self_attn.q_proj'], 'keep');
    host.store.pin(ADAPTER, ['model.layers.3.self_attn.k_proj'], 'prune');
  },
  'a first run': (host) => {
    const measures = mockMeasures(56).slice(0, 30);
    host.store.setProgress(ADAPTER, progress(30, 56), measures);
  },
  'a failed run': (host) =>
    host.store.setFailed(ADAPTER, {
      code: 'not-found',
      message: say('There is no model at this path.'),
      file: '/models/none',
      advice: say('Choose another folder.'),
    }),
};

describePanel('axe-core finds nothing on the panel page', (open) => {
  for (const theme of THEMES) {
    for (const [name, prepare] of Object.entries(STATES)) {
      it(`${name}, ${theme}`, async () => {
        const { page } = await open(prepare, { theme });
        assert.deepEqual(await axeViolations(page), []);
      });
    }
  }

  it('with forced colours and the help open', async () => {
    const { page } = await open(with56, { forcedColors: true });
    await page.getByText('How to read the scores').click();
    // The browser chooses the colours here, and computed styles do not tell which.
    assert.deepEqual(await axeViolations(page, ['color-contrast']), []);
  });

  it('with the export menu open', async () => {
    const { page } = await open(with56);
    await page.getByRole('button', { name: 'Export…' }).click();
    assert.deepEqual(await axeViolations(page), []);
  });
});
