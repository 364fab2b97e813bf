import assert from 'node:assert/strict';
import { parseConfigText, shownValue } from '../../../../src/core/adapter/configText';
import { thrownData } from '../../../support/rejection';
import { english } from '../../../support/english';
import { say } from '../../../../src/core/message';

describe('configText', () => {
  it('takes objects only', () => {
    assert.deepEqual(parseConfigText('{"r": 8}', '/c.json'), { r: 8 });
    assert.deepEqual(parseConfigText('\ufeff{"r": 8}', '/c.json'), { r: 8 });
    for (const text of ['', '[]', 'null', '{"r": NaN}', '{', '\0', '"x"']) {
      const error = thrownData(() => parseConfigText(text, '/c.json'), 'bad-config');
      assert.equal(error.file, '/c.json');
    }
  });

  it('says where it is no JSON, and repeats nothing of the text', () => {
    const { message } = thrownData(() => parseConfigText('root:x:0:0:secret', '/c.json'), 'bad-config');
    assert.equal(english(message), 'adapter_config.json is not valid JSON (line 1, column 1)');
  });

  it('refuses more fields than any config has', () => {
    const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, 1]));
    thrownData(() => parseConfigText(JSON.stringify(many), '/c.json'), 'bad-config', /fields/);
  });

  it('shows values briefly', () => {
    assert.deepEqual(shownValue([1]), say('a list'));
    assert.deepEqual(shownValue({}), say('an object'));
    assert.equal(shownValue(null), 'null');
    assert.ok(JSON.stringify(shownValue('x'.repeat(1000))).length < 100);
  });
});
