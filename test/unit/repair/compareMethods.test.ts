import assert from 'node:assert/strict';
import { RESULT_KINDS } from '../../../src/core/results';
import { render } from '../../../src/core/message';
import { comparedFigures, comparedTable, recommendation } from '../../../src/core/results/repair/compared';
import { parseRepair } from '../../../src/core/results/repair/parse';
import type { MeasuredRepairRequest } from '../../../src/protocol/repairApi';
import { repairByMeasurement } from '../../../src/repair/measuredRepair';
import { fakeClients, type FakeProcesses } from '../../support/fakeRepair';
import { sample } from '../../support/paths';
import { rejection } from '../../support/rejection';

/** `cut` loses less of the task than `scale`; `compress` brings no refusals back. */
const behavior: FakeProcesses['behavior'] = (what) => {
  if (what === null) return { answered: 0, refused: 0, right: 0 };
  if (what === 'adapter' || what.method === 'compress') return { answered: 9, refused: 0, right: 10 };
  const strength =
    what.method === 'cut' ? Number(what.options['k']) : 10 * (1 - Number(what.options['factor']));
  const right = what.method === 'cut' ? 8 : 3;
  return { answered: strength >= 3 ? 0 : 9, refused: 0, right };
};

const REQUEST: MeasuredRepairRequest = {
  ...{ adapter: '/adapters/x', base: sample('base'), method: 'auto', options: {}, curve: false },
  compare: ['scale', 'cut', 'compress'],
  measure: { aligned: '/models/aligned', suites: ['/suites'], runner: { kind: 'onnx' } },
  target: { maxAsr: null, maxOverRefusal: null, minTask: null, taskScore: 'exact' },
  ...{ chance: false, anyway: false, copyRest: false },
};

const isCut = (what: Parameters<typeof behavior>[0]): boolean =>
  what !== null && what !== 'adapter' && what.method === 'cut';

const compare = async (more: Partial<MeasuredRepairRequest> = {}, behaves = behavior) => {
  const { clients, ...fake } = fakeClients({ behavior: behaves });
  const context = { signal: new AbortController().signal, emit: () => undefined };
  return { ...fake, document: await repairByMeasurement({ ...REQUEST, ...more }, clients, context) };
};

describe('a comparison of methods', () => {
  it('tests the best strength of each, and recommends and writes what the fit split chose', async () => {
    const { document, kept, measured } = await compare();
    assert.deepEqual(
      comparedFigures(document).map(({ method, meets, isChosen }) => [
        method,
        meets.fit,
        meets.test,
        isChosen,
      ]),
      [
        ['scale', true, true, false],
        ['cut', true, true, true],
        ['compress', false, false, false],
      ],
    );
    assert.deepEqual(
      measured.at(-1)?.variants.map(({ id }) => id),
      ['repaired', 'scale', 'compress'],
    );
    const text = recommendation(document);
    assert.match(
      render(text ?? { text: '' }),
      /^Recommended: cut.* Of the 2 methods that reached the target/,
    );
    assert.equal(kept.length, 1);
    assert.deepEqual(
      comparedTable(document).rows.map((row) => row.at(-1)),
      ['', 'recommended', ''],
    );
  });

  it('is in the report, and parses back unchanged', async () => {
    const { document } = await compare();
    const { exports } = RESULT_KINDS.repair;
    const options = { withAnswers: true, taskScore: 'exact' };
    const markdown = await exports.markdown.text(document, options);
    assert.match(markdown, /## Methods compared\n\nRecommended: cut/);
    const read = parseRepair(await exports.json.text(document, options));
    assert.deepEqual(read.compared, document.compared);
    const broken = { ...document, compared: [{ method: 'cut', point: document.points.length }] };
    assert.throws(() => parseRepair(JSON.stringify(broken)), /was not measured/);
  });

  it('recommends nothing where no method reaches the target', async () => {
    const { document } = await compare({ compare: ['compress'] });
    assert.match(render(recommendation(document) ?? { text: '' }), /^Recommended: none\./);
    assert.equal(document.outcome, 'missed');
  });

  it('says so where refusals decide, and not the task', async () => {
    const { document } = await compare();
    const { compared = [], points } = document;
    const [scale] = compared;
    assert.ok(scale !== undefined);
    // As if its refusals were clearer, so that it was chosen though another method keeps more of the task.
    const cut = points.findIndex(({ method, meets }) => method === 'cut' && meets);
    // The test split has `cut` as what was repaired, so the rival has the figures of `scale` there.
    const rivals = [scale, { method: 'scale', point: cut }];
    const text = recommendation({ ...document, chosen: scale.point, compared: rivals }) ?? { text: '' };
    assert.match(render(text), /^Recommended: scale.* Of the 2 methods .* its refusals were the clearest\.$/);
  });

  it('does not recommend what misses the target on the test split', async () => {
    const { document } = await compare(
      {},
      // The best on the fit split answers harmful prompts of the test split.
      (what, split) => ({
        ...behavior(what, split),
        ...(split === 'test' && isCut(what) ? { answered: 5 } : {}),
      }),
    );
    assert.match(
      render(recommendation(document) ?? { text: '' }),
      /^Recommended: none\. cut.* missed the target on the test split\.$/,
    );
    assert.deepEqual(
      comparedTable(document).rows.map((row) => row.at(-1)),
      ['', '', ''],
    );
  });

  it('does not recommend what leaves nothing of the task', async () => {
    const { document } = await compare({}, (what, split) => ({
      ...behavior(what, split),
      ...(split === 'test' && isCut(what) ? { right: 0 } : {}),
    }));
    assert.match(
      render(recommendation(document) ?? { text: '' }),
      /^Recommended: none\. cut.* nothing is left of the task on the test split\.$/,
    );
    assert.equal(document.outcome, 'missed');
  });

  it('refuses unknown methods, and those that lack a model or an adapter', async () => {
    await rejection(compare({ compare: ['cut', 'cot'] }), 'bad-request', /"cot"/);
    await rejection(compare({ compare: ['fuse'] }), 'bad-request', /safety adapter/);
    const { base: _base, ...without } = REQUEST;
    const { clients } = fakeClients({ behavior });
    const context = { signal: new AbortController().signal, emit: () => undefined };
    await rejection(repairByMeasurement(without, clients, context), 'bad-request', /base is missing/);
  });
});
