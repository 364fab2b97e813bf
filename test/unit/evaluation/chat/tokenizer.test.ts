import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openTokenizer, type Tokenizer } from '../../../../src/evaluation/chat/tokenizer';
import { chatFiles, TOKENIZER, TOKENIZER_CONFIG, writeFiles } from '../../../support/chatFiles';
import { english } from '../../../support/english';
import { rejection } from '../../../support/rejection';
import { itInFolder } from '../../../support/temporaryFolder';

const opened = async (folder: string, changed: Readonly<Record<string, unknown>> = {}): Promise<Tokenizer> =>
  openTokenizer({ adapter: null, model: await writeFiles(folder, { ...chatFiles, ...changed }) });

describe('openTokenizer', () => {
  itInFolder('splits text, special tokens in it too, and adds none of its own', async (folder) => {
    const tokenizer = await opened(folder);
    assert.deepEqual(tokenizer.encode('<s> <user> how do i bake it ? <bot>'), [1, 3, 5, 6, 7, 8, 9, 10, 4]);
    assert.deepEqual(tokenizer.encode('how', { addSpecialTokens: true }), [1, 5]);
    assert.deepEqual(tokenizer.encode(''), []);
  });

  itInFolder('writes text without special tokens and with its spaces', async (folder) => {
    const tokenizer = await opened(folder);
    assert.equal(tokenizer.decode([1, 13, 14, 10, 12, 11, 2]), 'unknown ? sure .');
    assert.equal(tokenizer.decode([9, 15]), "it 's");
  });

  itInFolder('writes nothing for no ids, special ones, and ids that it lacks', async (folder) => {
    const tokenizer = await opened(folder);
    for (const ids of [[], [1, 2], [4000], [-1]]) assert.equal(tokenizer.decode(ids), '');
    assert.equal(tokenizer.decode([12, 4000, 11]), 'sure .');
  });

  itInFolder('reads halves of surrogate pairs as one unknown character', async (folder) => {
    assert.deepEqual((await opened(folder)).encode('how \ud800 do'), [5, 0, 6]);
  });

  itInFolder('takes no byte order mark for white space', async (folder) => {
    for (const type of ['WhitespaceSplit', 'Whitespace', 'ByteLevel']) {
      const pre_tokenizer = { type: 'Sequence', pretokenizers: [{ type }] };
      const tokenizer = await opened(folder, { 'tokenizer.json': { ...TOKENIZER, pre_tokenizer } });
      assert.equal(tokenizer.encode('\ufeff\u00ad').length, 1, type);
    }
  });

  itInFolder('ends what takes too long to make ready', async (folder) => {
    // The library looks for the closing brace of each, to the end.
    const pattern = { Regex: String.raw`\p{`.repeat(50_000) };
    const pre_tokenizer = { type: 'Split', pattern, behavior: 'Removed', invert: false };
    const model = await writeFiles(folder, {
      ...chatFiles,
      'tokenizer.json': { ...TOKENIZER, pre_tokenizer },
    });
    const { file } = await rejection(
      () => openTokenizer({ adapter: null, model }, 50),
      'bad-config',
      /reading it takes longer than 0\.05 seconds/,
    );
    assert.equal(file, join(model, 'tokenizer.json'));
  });

  itInFolder('ends answers at the tokens of generation_config.json and at eos_token', async (folder) => {
    const ends = async (changed: Readonly<Record<string, unknown>>): Promise<number[]> =>
      [...(await opened(folder, changed)).endTokens].sort((a, b) => a - b);
    assert.deepEqual(await ends({}), [2]);
    assert.deepEqual(await ends({ 'generation_config.json': { eos_token_id: [4, 3] } }), [2, 3, 4]);
    const config = { 'generation_config.json': {}, 'config.json': '{"eos_token_id": [4], "x": Infinity}' };
    assert.deepEqual(await ends(config), [2, 4]);
    assert.deepEqual(await ends({ ...config, 'config.json': { text_config: { eos_token_id: 3 } } }), [2, 3]);
  });

  itInFolder('knows special tokens by name, and what it pads with', async (folder) => {
    const tokenizer = await opened(folder, {
      'special_tokens_map.json': { unk_token: '<pad>', bos_token: 'x' },
    });
    assert.deepEqual(Object.fromEntries(tokenizer.specialTokens), {
      bos_token: '<s>',
      eos_token: '</s>',
      pad_token: '<pad>',
      unk_token: '<pad>',
    });
    assert.deepEqual([tokenizer.padToken, tokenizer.size], [0, 16]);
  });

  itInFolder('refuses words without a bound', async (folder) => {
    const model = { ...TOKENIZER.model, max_input_chars_per_word: 1e6 };
    const long = opened(join(folder, 'long'), { 'tokenizer.json': { ...TOKENIZER, model } });
    const data = await rejection(long, 'bad-config', /max_input_chars_per_word/);
    assert.match(data.file ?? '', /tokenizer\.json$/);
  });

  itInFolder("uses the adapter's, and says so where it differs", async (folder) => {
    const model = await writeFiles(join(folder, 'model'));
    const adapter = await writeFiles(join(folder, 'adapter'));
    assert.deepEqual((await openTokenizer({ adapter, model })).notes, []);
    await writeFiles(adapter, { 'tokenizer.json': { ...TOKENIZER, version: '1.1' } });
    const tokenizer = await openTokenizer({ adapter, model });
    assert.match(tokenizer.notes.map(english).join(), /adapter's own tokenizer/);
    assert.equal(tokenizer.record.file, join(adapter, 'tokenizer.json'));
    assert.match(tokenizer.record.sha256, /^[0-9a-f]{64}$/);
  });

  itInFolder('says what is missing and what next', async (folder) => {
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
      const data = await rejection(opened(join(folder, name), { [name]: undefined }), 'not-found');
      assert.equal(english(data.message), `The folder has no ${name}`);
      assert.match(data.advice === undefined ? '' : english(data.advice), /save_pretrained.*endpoint/);
    }
  });

  const { model } = TOKENIZER;
  const broken: readonly (readonly [string, unknown, RegExp])[] = [
    ['no JSON', '{', /not valid JSON/],
    ['no object', [], /not a JSON object/],
    ['no model', {}, /model: /],
    ['no vocabulary', { model: { type: 'BPE' } }, /no vocabulary/],
    ['an id that would fill the memory', { model: { ...model, vocab: { a: 4e9 } } }, /token id/],
    ['a negative id', { model: { ...model, vocab: { a: -1 } } }, /token id/],
    [
      'an added token without an id',
      { ...TOKENIZER, added_tokens: [{ content: 'x' }] },
      /added_tokens\.0\.id/,
    ],
    ['an unknown kind of pre-tokenizer', { ...TOKENIZER, pre_tokenizer: { type: 'Odd' } }, /Odd/],
    [
      'an invalid pattern',
      { ...TOKENIZER, pre_tokenizer: { type: 'Split', pattern: { Regex: '(' } } },
      /cannot be used/,
    ],
  ];
  for (const [title, content, expected] of broken) {
    itInFolder(`refuses ${title}`, async (folder) => {
      const data = await rejection(opened(folder, { 'tokenizer.json': content }), 'bad-config', expected);
      assert.equal(data.file, join(folder, 'tokenizer.json'));
    });
  }

  itInFolder('refuses end tokens that are none', async (folder) => {
    for (const eos_token_id of ['2', -1, [[2]], 1e12]) {
      const changed = { 'generation_config.json': { eos_token_id } };
      await rejection(opened(folder, changed), 'bad-config', /"eos_token_id" is not a token id/);
    }
  });

  itInFolder('takes a file that lacks the parts which may be null', async (folder) => {
    const { normalizer: _n, post_processor: _p, ...rest } = TOKENIZER;
    assert.deepEqual((await opened(folder, { 'tokenizer.json': rest })).encode('how ?'), [5, 10]);
    assert.equal(TOKENIZER_CONFIG.bos_token, '<s>');
  });
});
