import assert from 'node:assert/strict';
import type { InspectResult } from '../../../src/protocol/engineApi';
import { ROWS_PER_MESSAGE, summarize, tensorMessages } from '../../../src/protocol/inspector';
import { say } from '../../../src/core/message';

const module = {
  module: 'a',
  shape: [4, 4],
  rank: 8,
  scale: 2,
  dtype: 'F32',
  bytes: 1,
  unsupported: null,
} as const;
const result: InspectResult = {
  path: '/a.safetensors',
  fileSize: 100,
  metadata: { format: 'pt' },
  tensors: Array.from({ length: ROWS_PER_MESSAGE + 1 }, (_, at) => ({
    name: `t${String(at)}`,
    dtype: 'F32',
    shape: [at],
    bytes: 4 * at,
  })),
  adapter: {
    family: 'peft',
    alignedHint: null,
    modules: [
      module,
      { ...module, rank: 4 },
      { ...module, unsupported: say('DoRA') },
      { ...module, unsupported: say('DoRA') },
    ],
    replacements: [],
    carried: [{ tensor: 'head', reason: say('modules_to_save') }],
    notes: [say('note')],
  },
  declined: null,
};
describe('inspector protocol', () => {
  it('sums an adapter up', () => {
    assert.deepEqual(summarize(result), {
      fileSize: 100,
      tensorCount: ROWS_PER_MESSAGE + 1,
      metadata: [['format', 'pt']],
      adapter: {
        family: 'peft',
        moduleCount: 4,
        ranks: [4, 8],
        scales: [2],
        alignedHint: null,
        unsupported: [{ reason: 'DoRA', count: 2 }],
        carriedCount: 1,
        notes: ['note'],
      },
      declined: null,
    });
    const declined = { code: 'unsupported-adapter', message: say('Why'), advice: say('Do.') } as const;
    assert.equal(summarize({ ...result, adapter: null, declined }).declined, 'Why. Do.');
  });
  it('renders reasons, notes and errors with the given translation', () => {
    const translate = (english: string): string => `<${english}>`;
    const { adapter } = summarize(result, translate);
    assert.deepEqual([adapter?.notes, adapter?.unsupported[0]?.reason], [['<note>'], '<DoRA>']);
    const declined = { code: 'unsupported-adapter', message: say('Why') } as const;
    assert.equal(summarize({ ...result, adapter: null, declined }, translate).declined, '<Why>.');
  });
  it('sends tensors in pieces, all of them, in order', () => {
    const messages = [...tensorMessages(result.tensors)];
    assert.deepEqual(
      messages.map(({ from, columns }) => [from, columns.names.length]),
      [
        [0, ROWS_PER_MESSAGE],
        [ROWS_PER_MESSAGE, 1],
      ],
    );
    assert.deepEqual(messages.at(-1)?.columns.shapes, [[ROWS_PER_MESSAGE]]);
    assert.deepEqual([...tensorMessages([])], []);
  });
});
