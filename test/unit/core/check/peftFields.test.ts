import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  peftKnowsSince,
  PEFT_FIELD_SINCE,
  PEFT_NEWEST,
  PEFT_OLDEST,
} from '../../../../src/core/check/peftFields';
import { itWithRealAdapters, shared } from '../../../support/paths';

describe('peftKnowsSince', () => {
  it('knows old fields, new fields, and what is none', () => {
    assert.equal(peftKnowsSince('alpha_pattern'), PEFT_OLDEST);
    assert.equal(peftKnowsSince('exclude_modules'), 14);
    assert.equal(peftKnowsSince('target_parameters'), 17);
    assert.equal(peftKnowsSince('__proto__'), undefined);
    assert.equal(Math.max(...PEFT_FIELD_SINCE.values()), PEFT_NEWEST);
  });

  itWithRealAdapters('holds what configs say that a version wrote', () => {
    const folder = shared('adapters');
    const written = readdirSync(folder)
      .map((name) => join(folder, name, 'adapter_config.json'))
      .filter((file) => existsSync(file))
      .map((file) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
    const seen = new Set<number>();
    for (const config of written) {
      const minor = Number(/^0\.(\d+)\./.exec(String(config['peft_version']))?.[1]);
      if (Number.isNaN(minor)) continue;
      seen.add(minor);
      const expected = [...PEFT_FIELD_SINCE].filter(([, since]) => since <= minor).map(([field]) => field);
      const fields = Object.keys(config).filter((field) => PEFT_FIELD_SINCE.has(field));
      // runtime_config is never written.
      assert.deepEqual(fields.sort(), expected.filter((field) => field !== 'runtime_config').sort());
    }
    assert.deepEqual([...seen].sort(), [18, 19, 20]);
  });
});
