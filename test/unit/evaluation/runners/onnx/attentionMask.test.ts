import assert from 'node:assert/strict';
import { attentionMask } from '../../../../../src/evaluation/runners/onnx/machine';

/** Rows of the mask as text: what is seen is `o`. */
function shown(options: Parameters<typeof attentionMask>[0]): string[] {
  const row = options.kept + options.width;
  const text = Array.from(attentionMask(options), (value) => (value === 0 ? 'o' : '.')).join('');
  return Array.from({ length: text.length / row }, (_, at) => text.slice(at * row, (at + 1) * row));
}

describe('the attention mask', () => {
  it('lets a prompt see itself and what is before', () => {
    assert.deepEqual(shown({ past: [0], width: 3, kept: 0, window: undefined }), ['o..', 'oo.', 'ooo']);
  });

  it('hides the unused end of the cache, row by row', () => {
    const options = { past: [1, 3], width: 1, kept: 4, window: undefined };
    assert.deepEqual(shown(options), ['o...o', 'ooo.o']);
  });

  it('slides its window over the cache and the new tokens', () => {
    const options = { past: [3], width: 3, kept: 5, window: 3 };
    assert.deepEqual(shown(options), ['.oo..o..', '..o..oo.', '.....ooo']);
  });
});
