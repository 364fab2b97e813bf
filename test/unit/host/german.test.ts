import assert from 'node:assert/strict';
import { mkdir, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseShardIndex } from '../../../src/core/checkpoint/shardIndex';
import { refuseQuantized } from '../../../src/core/checkpoint/quantized';
import { cancelled, formatError, SploraError, toErrorData, type ErrorData } from '../../../src/core/errors';
import { parseHeader } from '../../../src/core/safetensors/header';
import { findAdapterWeights } from '../../../src/io/adapterFiles';
import { ioError, outputExists } from '../../../src/io/ioError';
import { openAdapter } from '../../../src/io/openAdapter';
import { openCheckpoint } from '../../../src/io/openCheckpoint';
import { adapterOf, peftPair, writeAdapter } from '../../support/adapterFixture';
import { german } from '../../support/german';
import { inTemporaryFolder } from '../../support/temporaryFolder';
import { quotedList } from '../../../src/core/adapter/names';
import { compilePatterns } from '../../../src/core/adapter/peftNames';
import { checkOne } from '../../support/checkOne';
import { locateWeight } from '../../../src/core/checkpoint/locate';
import { render, say, verbatim, type Message } from '../../../src/core/message';
import { checkpointOf, type TensorShapes } from '../../support/checkpointOf';

async function errorOf(work: () => Promise<unknown>): Promise<ErrorData> {
  try {
    await work();
  } catch (thrown) {
    return toErrorData(thrown);
  }
  return assert.fail('it did not throw');
}

const inGerman = (error: ErrorData): string => formatError(error, german);
const denied = (code: string, text: string): Error => Object.assign(new Error(`${code}: ${text}`), { code });

describe('mistakes in German', () => {
  it('weights that are cut off, or only a Git LFS pointer', () =>
    inTemporaryFolder(async (folder) => {
      await writeAdapter(folder, peftPair('model.layers.0.q_proj'), {
        r: 2,
        lora_alpha: 2,
        peft_type: 'LORA',
      });
      const weights = path.join(folder, 'adapter_model.safetensors');
      await truncate(weights, (await stat(weights)).size - 20);
      const cut = inGerman(await errorOf(() => openAdapter(folder)));
      assert.match(
        cut,
        /^Keine gültige safetensors-Datei, bei Byte \d+: Die Datei hat \d+ Bytes.*abgeschnitten/,
      );
      assert.match(cut, /oder exportieren Sie sie erneut\.$/);
      await writeFile(weights, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n');
      const pointer = inGerman(await errorOf(() => openAdapter(folder)));
      assert.match(pointer, /^Die Datei ist nur ein Git-LFS-Verweis.*Führen Sie „git lfs pull“/);
    }));

  it('a header or an index that cannot be read, with the reason and names as they are', async () => {
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    const said = async (parse: (json: Uint8Array) => unknown, text: string): Promise<string> => {
      const error = await errorOf(() => Promise.resolve().then(() => parse(bytes(text))));
      return render(error.message, german);
    };
    const header = (json: Uint8Array): unknown => parseHeader(json, 100, '/x');
    const index = (json: Uint8Array): unknown => parseShardIndex(json, '/x');
    const [file, shards] = ['Keine gültige safetensors-Datei', 'Das Verzeichnis der Teile ist ungültig'];
    const hostile = '"x needs 1 bytes, the name stands twice"';
    for (const [parse, text, message] of [
      [header, '{', `${file}, bei Byte 9: erwartet wurde eine Zeichenkette, gefunden das Ende`],
      [header, '{"a":1}', `${file}, bei Byte 13: erwartet wurde "{", gefunden "1"`],
      [header, '{"a":{"dtype":"F32"}}', `${file}, bei Byte 9: dem Tensor fehlt „shape“`],
      [
        header,
        `{"__metadata__":{${hostile}:"","\\u0078${hostile.slice(2)}:""}}`,
        `${file}, bei Byte ${String(8 + 17 + hostile.length + 4)}: der Metadaten-Schlüssel ${hostile} ist doppelt`,
      ],
      [
        header,
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}',
        `${file}, bei Byte 9: der Tensor ist F32 [2] und braucht 8 Bytes, data_offsets geben 4 an`,
      ],
      [
        index,
        `{"weight_map":{${hostile}:"a.safetensors",${hostile}:"a.safetensors"}}`,
        `${shards} bei Byte ${String(15 + hostile.length + 17)}: der Name ${hostile} ist doppelt`,
      ],
      [index, '{"weight_map":{},"weight_map":{}}', `${shards} bei Byte 17: doppelter Schlüssel "weight_map"`],
      [index, '{}', `${shards}: „weight_map“ fehlt darin`],
    ] as const)
      assert.equal(await said(parse, text), message);
  });

  it('a base that is not there, or not whole', () =>
    inTemporaryFolder(async (folder) => {
      const nowhere = inGerman(await errorOf(() => openCheckpoint(path.join(folder, 'no'))));
      assert.match(nowhere, /^Es gibt keine solche Datei.*Prüfen Sie den Pfad/);
      await mkdir(path.join(folder, 'half'));
      await writeFile(path.join(folder, 'half', 'model-00002-of-00003.safetensors'), '');
      const half = inGerman(await errorOf(() => openCheckpoint(path.join(folder, 'half'))));
      assert.match(
        half,
        /^Der Checkpoint ist unvollständig: Der Teil "model-00001-of-00003.safetensors" und 1 weitere/,
      );
      const none = inGerman(await errorOf(() => findAdapterWeights(folder)));
      assert.match(none, /^Der Ordner enthält keinen Adapter .*\. Wählen Sie den Ordner mit adapter_model/);
    }));

  it('a quantized checkpoint', async () => {
    const quantized = (): Promise<void> =>
      Promise.resolve().then(() => refuseQuantized(new Map(), { quantization: 'awq' }, '/models/x-AWQ'));
    const text = inGerman(await errorOf(quantized));
    assert.match(text, /^Der Checkpoint ist quantisiert \("awq", laut.*x-AWQ.*Wählen Sie die bf16-/);
  });

  it('a full disk, a read-only folder, an output that is there', () => {
    const write = (code: string, text: string): string =>
      inGerman(ioError(denied(code, text), 'Writing the output failed: {0}', '/out').data);
    assert.equal(
      write('ENOSPC', 'no space left on device'),
      'Die Ausgabe konnte nicht geschrieben werden: ENOSPC: no space left on device (/out). Geben Sie Speicherplatz frei oder wählen Sie einen anderen Zielordner und versuchen Sie es erneut.',
    );
    for (const code of ['EROFS', 'EACCES', 'EPERM', 'EDQUOT'])
      assert.match(write(code, 'no'), /^Die Ausgabe konnte.*wählen Sie einen anderen Zielordner\.$/i, code);
    assert.match(inGerman(outputExists('/out').data), /^Die Ausgabe gibt es schon \(\/out\)\. Wählen Sie/);
  });

  it('a file that is no adapter, and too little memory', async () => {
    const tensors = [{ name: 'a.hada_w1_a', shape: [2, 2] }];
    const loha = await errorOf(() => Promise.resolve().then(() => adapterOf(tensors, {})));
    assert.equal(
      inGerman(loha),
      'Das ist ein LoHa-Adapter (hada_w1_a); so etwas wird nicht bewertet (Tensor "a.hada_w1_a") (/test/adapter_model.safetensors). Seine Änderung ist ein Hadamard-Produkt, nicht B A, daher ist E-DIEM nicht anwendbar. Trainieren Sie einen LoRA-Adapter, um ihn zu bewerten.',
    );
    assert.match(
      inGerman(toErrorData(new RangeError('Array buffer allocation failed'))),
      /^Nicht genug Arbeitsspeicher\. Schließen Sie andere Programme/,
    );
  });

  it('what the system or a library says stays as it came', () => {
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
    const adapter = adapterOf([...peftPair('a.q'), ...peftPair('a.v')], '{}');
    const model = checkpointOf({ 'a.q.weight': [5, 2], 'a.v.weight': [6, 2] });
    const { findings } = checkOne('peft', { adapter, configText: '{}', model });
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
