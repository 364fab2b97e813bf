import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseModelConfig, type ModelConfig } from '../../../../src/core/checkpoint/modelConfig';
import { SploraError } from '../../../../src/core/errors';
import { thrownData } from '../../../support/rejection';
import { english } from '../../../support/english';

const parse = (json: string): ModelConfig => parseModelConfig(Buffer.from(json), '/m/config.json');

describe('parseModelConfig', () => {
  it('reads type and tying, from text_config where the top level has none', () => {
    assert.deepEqual(parse('{"model_type":"gpt2"}'), { modelType: 'gpt2' });
    assert.deepEqual(
      parse('{"tie_word_embeddings":false,"text_config":{"tie_word_embeddings":true,"model_type":"t"}}'),
      {
        modelType: 't',
        tiedEmbeddings: false,
      },
    );
    assert.deepEqual(parse('{"model_type":4,"tie_word_embeddings":"no","text_config":[]}'), {});
  });

  it('does not mind NaN and Infinity, which Python writes', () => {
    const json = '{"limit":[0.0,Infinity,-Infinity,NaN],"s":"NaN \\" Infinity","model_type":"mamba2"}';
    assert.deepEqual(parse(json), { modelType: 'mamba2' });
  });

  it('sees a declared quantization', () => {
    assert.equal(parse('{"quantization_config":{"quant_method":"gptq","bits":4}}').quantization, 'gptq');
    assert.equal(parse('{"text_config":{"quantization_config":{"bits":4}}}').quantization, 'unnamed method');
    assert.equal(parse('{"quantization":{"group_size":64,"bits":4}}').quantization, 'MLX');
    assert.equal(parse('{"quantization_config":null}').quantization, undefined);
    assert.equal(parse('{"quantization_config":{}}').quantization, undefined);
  });

  it('says where a config is no JSON, and repeats nothing of it', () => {
    const { message } = thrownData(() => parse('{"a": NaN,\n"secret": word}'), 'bad-config');
    assert.equal(
      english(message),
      "The model's config.json cannot be read: it is not valid JSON (line 2, column 11)",
    );
  });

  it('refuses what is no JSON object', () => {
    for (const json of ['', '[]', 'null', '{', '"x"', '<html>']) {
      assert.equal(thrownData(() => parse(json), 'bad-config').file, '/m/config.json');
    }
  });

  it('answers any text with a config or a SploraError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.constant('['.repeat(100_000))), (json) => {
        try {
          parse(json);
        } catch (thrown) {
          if (!(thrown instanceof SploraError)) throw thrown;
        }
      }),
    );
  });
});
