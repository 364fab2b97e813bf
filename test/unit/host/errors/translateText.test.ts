import assert from 'node:assert/strict';
import { quotedList } from '../../../../src/core/adapter/names';
import { compilePatterns } from '../../../../src/core/adapter/patterns';
import { shapeFindings } from '../../../../src/core/check/modelShapes';
import { locateWeight } from '../../../../src/core/checkpoint/locate';
import { say } from '../../../../src/core/said';
import { translateText } from '../../../../src/host/errors/translateText';
import { adapterOf, peftPair } from '../../../support/adapterFixture';
import { checkpointOf, type TensorShapes } from '../../../support/checkpointOf';
import { german } from '../../../support/german';

const inGerman = (sentence: string): string => translateText(sentence, german);

function missing(tensors: TensorShapes, name: string): string {
  const located = locateWeight(checkpointOf(tensors), { name, shape: [4, 2] }, false);
  return 'missing' in located ? located.missing : assert.fail('found');
}

describe('sentences of the engine in German', () => {
  it('have sentences in them', () => {
    const reason = missing({ 'model.qkv_proj.weight': [12, 2] }, 'model.q_proj');
    assert.equal(
      inGerman(say('Base: {0}', reason)),
      'Basis: Der Checkpoint hat keinen Tensor "model.q_proj.weight" oder "q_proj.weight", weder mit noch ohne die üblichen Präfixe. Er hat "model.qkv_proj.weight", worin solche Gewichte anders zusammengefasst sind.',
    );
    assert.match(
      inGerman(missing({ 'a.weight': [1, 1] }, 'lm_head')),
      /^Der Checkpoint hat keinen Tensor "lm_head.weight", .* Auch ein Embedding, mit dem der Kopf verknüpft wäre, wurde nicht gefunden\.$/,
    );
    const [pattern] = compilePatterns([{ key: 'a**', value: 1 }]);
    assert.equal(
      inGerman(say('Pattern {0} cannot be evaluated: {1}.', '"a**"', pattern?.problem ?? '')),
      'Das Muster "a**" kann nicht ausgewertet werden: mehrfache Wiederholung.',
    );
  });

  it('have lists in them', () => {
    const tensors = Object.fromEntries(
      ['model.', 'transformer.', 'bert.', 'roberta.'].map((prefix) => [`${prefix}layers.q.weight`, [5, 2]]),
    );
    assert.equal(
      inGerman(missing(tensors, 'gpt_neox.layers.q')),
      'Das Modul ist [4, 2], der Checkpoint hat "model.layers.q.weight" der Form [5, 2] und "transformer.layers.q.weight" der Form [5, 2] und "bert.layers.q.weight" der Form [5, 2] und 1 weitere.',
    );
    const size = shapeFindings(
      {
        adapter: adapterOf([...peftPair('a.q'), ...peftPair('a.v')], {}),
        model: checkpointOf({ 'a.q.weight': [5, 2], 'a.v.weight': [6, 2] }),
      },
      say('PEFT stops with an error'),
    ).map(({ message }) => inGerman(message));
    assert.match(
      size.join(),
      /^Die Größen passen nicht: "a\.q" ist \[.*\] im Adapter und \[5, 2\] im Modell, "a\.v" ist \[.*\] im Adapter und \[6, 2\] im Modell: PEFT bricht mit einem Fehler ab\. Wählen Sie/,
    );
    assert.equal(inGerman(quotedList(['a', 'b', 'c', 'd', 'e'])), '"a", "b", "c" und 2 weitere');
  });

  it('leave names alone, whatever they hold', () => {
    const name = 'x" and "y more {0}';
    assert.equal(
      inGerman(missing({ 'a.weight': [1, 1] }, name)),
      'Der Checkpoint hat keinen Tensor "x\\" and \\"y more {0}.weight", weder mit noch ohne die üblichen Präfixe.',
    );
  });

  it('stay as they are where they are none of ours, and do not get lost in each other', () => {
    assert.equal(inGerman('What an engine of tomorrow says.'), 'What an engine of tomorrow says.');
    const deep = 'Base: '.repeat(10_000);
    assert.equal(inGerman(deep).replaceAll('Basis: ', 'Base: '), deep);
  });
});
