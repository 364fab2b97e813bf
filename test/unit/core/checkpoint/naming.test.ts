import assert from 'node:assert/strict';
import fc from 'fast-check';
import { baseRank, guessBaseNames, looksSwapped, swappedNotes } from '../../../../src/core/checkpoint/naming';

describe('guessing the base of an aligned model', () => {
  const pairs: readonly (readonly [string, string])[] = [
    ['meta-llama/Llama-2-7b-chat-hf', 'meta-llama/Llama-2-7b-hf'],
    ['meta-llama/Meta-Llama-3-8B-Instruct', 'meta-llama/Meta-Llama-3-8B'],
    ['meta-llama/Llama-3.2-1B-Instruct', 'meta-llama/Llama-3.2-1B'],
    ['Qwen/Qwen2.5-7B-Instruct', 'Qwen/Qwen2.5-7B'],
    ['Qwen/Qwen3-0.6B', 'Qwen/Qwen3-0.6B-Base'],
    ['Qwen/Qwen3-30B-A3B-Instruct-2507', 'Qwen/Qwen3-30B-A3B-Base'],
    ['google/gemma-2-2b-it', 'google/gemma-2-2b'],
    ['google/gemma-3-270m-it', 'google/gemma-3-270m'],
    ['google/gemma-3-1b-it', 'google/gemma-3-1b-pt'],
    ['mistralai/Mistral-7B-Instruct-v0.2', 'mistralai/Mistral-7B-v0.1'],
    ['HuggingFaceH4/zephyr-7b-beta', 'mistralai/Mistral-7B-v0.1'],
    ['TinyLlama/TinyLlama-1.1B-Chat-v1.0', 'TinyLlama/TinyLlama-1.1B-intermediate-step-1431k-3T'],
    ['deepseek-ai/deepseek-llm-7b-chat', 'deepseek-ai/deepseek-llm-7b-base'],
    ['01-ai/Yi-6B-Chat', '01-ai/Yi-6B'],
    ['tiiuae/Falcon3-1B-Instruct', 'tiiuae/Falcon3-1B-Base'],
    ['lmsys/vicuna-7b-v1.5', 'meta-llama/Llama-2-7b-hf'],
    ['/models/sample/aligned/', '/models/sample/base'],
    ['C:\\models\\Qwen2.5-7B-Instruct', 'C:\\models\\Qwen2.5-7B'],
  ];
  for (const [aligned, base] of pairs) {
    it(`${aligned} -> ${base}`, () => {
      assert.ok(guessBaseNames(aligned).includes(base), guessBaseNames(aligned).join(', '));
      assert.notEqual(baseRank(aligned, base), Infinity);
    });
  }

  it('knows when it does not know', () => {
    assert.deepEqual(guessBaseNames('gpt2'), []);
    assert.deepEqual(guessBaseNames('facebook/opt-125m'), []);
    assert.equal(baseRank('gpt2', 'gpt2'), Infinity);
  });

  it('never guesses the aligned model itself, whatever its name', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        assert.ok(!guessBaseNames(name).includes(name));
      }),
    );
  });
});

describe('swapped models', () => {
  it('are recognized by their names', () => {
    assert.ok(looksSwapped('meta-llama/Llama-2-7b-chat-hf', 'meta-llama/Llama-2-7b-hf'));
    assert.ok(looksSwapped('/models/aligned', '/models/base'));
  });

  it('are not seen where names are right or unknown', () => {
    assert.ok(!looksSwapped('meta-llama/Llama-2-7b-hf', 'meta-llama/Llama-2-7b-chat-hf'));
    assert.ok(!looksSwapped('/models/base', '/models/aligned'));
    assert.ok(!looksSwapped('mine', 'yours'));
  });

  it('are noted once, also where only the adapter says what it was trained on', () => {
    const [right, swapped] = [
      { base: 'mine', aligned: '/x/yours', alignedHint: 'me/yours' },
      { base: '/x/yours', aligned: 'mine', alignedHint: 'me/yours' },
    ];
    assert.deepEqual(swappedNotes(right), []);
    assert.equal(swappedNotes(swapped).length, 1);
    assert.equal(swappedNotes({ base: '/models/aligned', aligned: '/models/base' }).length, 1);
    assert.deepEqual(swappedNotes({ base: 'yours', aligned: 'yours', alignedHint: 'yours' }), []);
  });
});
