import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SploraError } from '../../../../../src/core/errors';
import type { AnalysisDocument } from '../../../../../src/core/report/analysis';
import { select } from '../../../../../src/core/selection/select';
import { jsonText } from '../../../../../src/core/report/escape';
import { formatDecided } from '../../../../../src/core/report/json';
import { parseAnalysis } from '../../../../../src/core/results/analysis/parse';
import {
  analysisOf,
  HOSTILE_NAME,
  replaced,
  scored,
  unscored,
  measureOf,
} from '../../../../support/analysisDocument';
import { say, type Message } from '../../../../../src/core/message';
import { english } from '../../../../support/english';

const document = analysisOf(
  [
    scored('model.layers.0.q'),
    unscored('__proto__', 'inactive', say('B is zero')),
    scored(HOSTILE_NAME),
    replaced('lm_head.weight'),
  ],
  {
    carried: [{ tensor: 'lm_head.weight', reason: say('full weight') }],
    notes: [say('A note.')],
    measures: [measureOf('model.layers.0.q')],
  },
);

function refusal(value: unknown): string {
  try {
    parseAnalysis(typeof value === 'string' ? value : JSON.stringify(value), '/x/analysis.json');
  } catch (error) {
    assert.ok(error instanceof SploraError);
    assert.equal(error.data.code, 'bad-request');
    assert.equal(error.data.file, '/x/analysis.json');
    return error.message;
  }
  return assert.fail('it was accepted');
}

describe('parseAnalysis', () => {
  it('reads back a document with what stands out and what is selected', () => {
    const pins = { keep: [], prune: ['model.layers.0.q'] };
    const selection = { rule: { kind: 'none' }, rankBy: 'ediemIqr', pins } as const;
    const verdicts = select(document.modules, selection);
    const written = formatDecided(document, verdicts, selection, { gates: null });
    assert.deepEqual(parseAnalysis(written), document);
    const read = JSON.parse(written) as Record<'selected' | 'selection', unknown> & {
      evidence: object;
    };
    const { selected, selection: said } = read;
    assert.deepEqual(selected, pins.prune);
    assert.deepEqual(Object.keys(read.evidence), ['standsOut', 'reversal', 'sizeCorrelation', 'sentences']);
    assert.deepEqual(said, selection);
  });

  it('reads back what jsonText wrote, in which nothing runs or hides', () => {
    const written = jsonText(document);
    assert.deepEqual(parseAnalysis(written), document);
    assert.doesNotMatch(written.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{DI}]/u);
  });
  it('reads version 1, which has English in the places of messages', () => {
    const old = JSON.stringify({
      ...document,
      schemaVersion: 1,
      modules: document.modules.map((one) => (one.status === 'scored' ? one : { ...one, reason: 'Why {0}' })),
      carried: [{ tensor: 'x', reason: 'so' }],
      notes: ['a {0} note'],
    });
    const read = parseAnalysis(old);
    assert.deepEqual(parseAnalysis(jsonText(read)), read);
    assert.equal(read.schemaVersion, 2);
    assert.deepEqual(read.notes.map(english), ['a {0} note']);
    assert.deepEqual(
      read.carried.map(({ reason }) => english(reason)),
      ['so'],
    );
    const reasons = read.modules.flatMap((one) => (one.status === 'scored' ? [] : [english(one.reason)]));
    assert.ok(reasons.length > 0 && reasons.every((reason) => reason === 'Why {0}'));
  });
  it('refuses messages that would fill memory, by depth or by length', () => {
    const nested = (depth: number, text: string): Message =>
      depth === 0 ? say('x') : say(text, nested(depth - 1, text));
    assert.equal(parseAnalysis(JSON.stringify({ ...document, notes: [nested(8, '{0}')] })).notes.length, 1);
    assert.match(refusal({ ...document, notes: [nested(9, '{0}')] }), /notes\.0/);
    assert.match(refusal({ ...document, notes: [nested(8, '{0}'.repeat(10))] }), /notes\.0: too long/);
  });
  it('reads back that a file was not there', () => {
    const absent = { path: '/models/my adapter/adapter_config.json', size: null, mtimeMs: null };
    const inputs = [...document.inputs, absent];
    assert.deepEqual(parseAnalysis(jsonText({ ...document, inputs })).inputs, inputs);
  });
  it('leaves out fields of later versions', () => {
    assert.deepEqual(parseAnalysis(JSON.stringify({ ...document, later: 1 })), document);
  });
  it('names the field at fault', () => {
    const [first, ...rest] = document.modules;
    assert.match(
      refusal({ ...document, modules: [{ ...first, distance: null }, ...rest] }),
      /modules\.0\.distance/,
    );
    assert.match(refusal({ ...document, modules: [{ ...first, shape: [1.5, 2] }] }), /modules\.0\.shape\.0/);
    assert.match(refusal({ ...document, family: 'gguf' }), /family/);
  });
  it('refuses another schema version, no JSON, and a duplicate module', () => {
    assert.match(refusal({ ...document, schemaVersion: 3 }), /schema version 3/);
    assert.match(refusal('{'), /not valid JSON/);
    assert.match(refusal('null'), /Not a SPLoRA analysis/);
    assert.match(refusal({ ...document, modules: [scored('a'), scored('a')] }), /duplicate module/);
  });
  it('refuses in this way whatever field is missing', () => {
    for (const key of Object.keys(document) as (keyof AnalysisDocument)[]) {
      const { [key]: _left, ...rest } = document;
      assert.match(refusal(rest), new RegExp(`Not a SPLoRA analysis: ${key}`));
    }
  });
  it('never fails in another way', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        assert.match(refusal(text), /Not a SPLoRA analysis/);
      }),
    );
  });
});
