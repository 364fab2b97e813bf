import assert from 'node:assert/strict';
import { quotedList } from '../../../src/core/adapter/names';
import { compilePatterns } from '../../../src/core/adapter/peftNames';
import { locateWeight } from '../../../src/core/checkpoint/locate';
import { cancelled, formatError, SploraError, type ErrorData } from '../../../src/core/errors';
import { render, say, verbatim, type Message } from '../../../src/core/message';
import { parseHeader } from '../../../src/core/safetensors/header';
import { ioError } from '../../../src/io/ioError';
import { adapterOf, peftPair } from '../../support/adapterFixture';
import { checkOne } from '../../support/checkOne';
import { checkpointOf, type TensorShapes } from '../../support/checkpointOf';
import { german } from '../../support/german';
import { thrownData } from '../../support/rejection';

const inGerman = (error: ErrorData): string => formatError(error, german);

describe('an error in German', () => {
  it('says where a file cannot be read, with the names in it as they are', () => {
    const hostile = '"x needs 1 bytes, the name stands twice"';
    const file = 'Keine gültige safetensors-Datei';
    for (const [text, message] of [
      ['{', `${file}, bei Byte 9: erwartet wurde eine Zeichenkette, gefunden das Ende`],
      [
        `{"__metadata__":{${hostile}:"","\\u0078${hostile.slice(2)}:""}}`,
        `${file}, bei Byte ${String(8 + 17 + hostile.length + 4)}: der Metadaten-Schlüssel ${hostile} ist doppelt`,
      ],
      [
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}',
        `${file}, bei Byte 9: der Tensor ist F32 [2] und braucht 8 Bytes, data_offsets geben 4 an`,
      ],
    ] as const) {
      const error = thrownData(() => parseHeader(Buffer.from(text), 100, '/x'), 'bad-safetensors');
      assert.equal(render(error.message, german), message);
    }
  });

  it('has message, tensor, file and advice', () => {
    const tensors = [{ name: 'a.hada_w1_a', shape: [2, 2] }];
    assert.equal(
      inGerman(thrownData(() => adapterOf(tensors, {}), 'unsupported-adapter')),
      'Das ist ein LoHa-Adapter (hada_w1_a); so etwas wird nicht bewertet (Tensor "a.hada_w1_a") (/test/adapter_model.safetensors). Seine Änderung ist ein Hadamard-Produkt, nicht B A. Nur LoRA-Adapter können bewertet, in diesem Prozess gemessen und repariert werden.',
    );
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    assert.equal(
      inGerman(ioError(full, 'Writing the output failed: {0}', '/out').data),
      'Die Ausgabe konnte nicht geschrieben werden: ENOSPC: no space left on device (/out). Geben Sie Speicherplatz frei oder wählen Sie einen anderen Zielordner und versuchen Sie es erneut.',
    );
  });

  it('leaves what the system or a library says as it came', () => {
    const error = new SploraError({ code: 'io', message: verbatim('Odd {0}'), file: '/c' });
    assert.equal(inGerman(error.data), 'Odd {0} (/c).');
    assert.equal(inGerman(cancelled().data), 'Abgebrochen.');
  });
});

function missing(tensors: TensorShapes, name: string): Message {
  const located = locateWeight(checkpointOf(tensors), { name, shape: [4, 2] }, false);
  return 'missing' in located ? located.missing : assert.fail('found');
}

describe('reasons and findings in German', () => {
  it('have messages in them', () => {
    const reason = missing({ 'model.qkv_proj.weight': [12, 2] }, 'model.q_proj');
    assert.equal(
      render(say('Base: {0}', reason), german),
      'Basis: Der Checkpoint hat keinen Tensor "model.q_proj.weight" oder "q_proj.weight", weder mit noch ohne die üblichen Präfixe. Er hat "model.qkv_proj.weight", worin solche Gewichte anders zusammengefasst sind.',
    );
    assert.match(
      render(missing({ 'a.weight': [1, 1] }, 'lm_head'), german),
      /^Der Checkpoint hat keinen Tensor "lm_head.weight", .* Auch ein Embedding, mit dem der Kopf verknüpft wäre, wurde nicht gefunden\.$/,
    );
    const [pattern] = compilePatterns([{ key: 'a**', value: 1 }]);
    assert.equal(
      render(say('Pattern {0} cannot be evaluated: {1}.', '"a**"', pattern?.problem ?? ''), german),
      'Das Muster "a**" kann nicht ausgewertet werden: mehrfache Wiederholung.',
    );
  });

  it('have lists in them', () => {
    const tensors = Object.fromEntries(
      ['model.', 'transformer.', 'bert.', 'roberta.'].map((prefix) => [`${prefix}layers.q.weight`, [5, 2]]),
    );
    assert.equal(
      render(missing(tensors, 'gpt_neox.layers.q'), german),
      'Das Modul ist [4, 2], der Checkpoint hat "model.layers.q.weight" der Form [5, 2] und "transformer.layers.q.weight" der Form [5, 2] und "bert.layers.q.weight" der Form [5, 2] und 1 weitere.',
    );
    const adapter = adapterOf([...peftPair('a.q'), ...peftPair('a.v')], { target_modules: ['q', 'v'] });
    const model = checkpointOf({ 'a.q.weight': [5, 2], 'a.v.weight': [6, 2] });
    const { findings } = checkOne('peft', { adapter, model });
    assert.match(
      findings.map(({ message }) => render(message, german)).join('\n'),
      /Die Größen passen nicht: "a\.q" ist \[.*\] im Adapter und \[5, 2\] im Modell, "a\.v" ist \[.*\] im Adapter und \[6, 2\] im Modell\. PEFT bricht mit einem Fehler ab\. Wählen Sie/m,
    );
    assert.equal(
      render(say('{0}', quotedList(['a', 'b', 'c', 'd', 'e'])), german),
      '"a", "b", "c" und 2 weitere',
    );
  });

  it('leave names alone, whatever they hold', () => {
    const name = 'x" and "y more {0}';
    assert.equal(
      render(missing({ 'a.weight': [1, 1] }, name), german),
      'Der Checkpoint hat keinen Tensor "x\\" and \\"y more {0}.weight", weder mit noch ohne die üblichen Präfixe.',
    );
  });
});
