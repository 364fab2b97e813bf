import assert from 'node:assert/strict';
import { listLayers } from '../../../../src/core/report/layerListing';
import { analysisOf, scored, unscored, verdict } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

const document = analysisOf([
  scored('model.layers.2.self_attn.q_proj', { ediemIqr: 1 }),
  scored('model.layers.10.q', { ediemIqr: 13.5 }),
  unscored('bad\u202E\nname', 'inactive', say('lora_B is zero')),
]);
const verdicts = [
  verdict('model.layers.2.self_attn.q_proj', 2),
  verdict('model.layers.10.q', 1, 'prune'),
  verdict('bad\u202E\nname', null, 'prune', 'pin'),
];

describe('layerListing', () => {
  const listing = listLayers(document, verdicts, 'ediemIqr', ['first', 'second\nline']);
  const lines = listing.text.split('\n');

  it('has one line for each module, in the order of the document', () => {
    assert.deepEqual(
      listing.modules.map(({ module }) => module),
      document.modules.map(({ module }) => module),
    );
    assert.deepEqual(
      listing.modules.map(({ line }) => line),
      [4, 5, 6],
    );
    assert.equal(lines.length, 8);
    assert.equal(lines.at(-1), '');
  });

  it('returns the line of each name', () => {
    const names = listing.modules.map(({ line, start, end }) => lines[line]?.slice(start, end));
    assert.deepEqual(names, [
      'model.layers.2.self_attn.q_proj',
      'model.layers.10.q',
      'bad\\u{202e}\\u{a}name',
    ]);
  });

  it('aligns columns and marks the head', () => {
    assert.deepEqual(lines.slice(0, 3), ['# first', '# second\\u{a}line', '']);
    assert.match(lines[3] ?? '', /^# {2}module +stands out +selection +E-DIEM .* r$/);
    const column = (lines[3] ?? '').indexOf('E-DIEM') + 'E-DIEM'.length;
    const scores = lines.slice(4, 6).map((line) => line.slice(0, column));
    assert.match(scores[0] ?? '', / 1\.000$/);
    assert.match(scores[1] ?? '', / 13\.500$/);
  });

  it('says what is selected', () => {
    assert.match(lines[5] ?? '', /\.q +selected +13\.500 /);
    assert.match(lines[6] ?? '', /name +selected \(pinned\) +– /);
  });

  it('takes column labels in another language', () => {
    const translated = listLayers(document, verdicts, 'cosine', [], (label) =>
      label === 'module' ? 'Modul' : label,
    );
    assert.match(translated.text, /Modul +stands out +selection +cos/);
  });

  it('lists nothing of a document without modules', () => {
    assert.deepEqual(listLayers(analysisOf([]), [], 'ediemIqr', []).modules, []);
  });
});
