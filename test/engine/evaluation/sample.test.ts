import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Continuation, Question, Runner, Variant } from '../../../src/evaluation/runners/types';
import { rejection } from '../../support/rejection';
import { skipBecause } from '../../support/skip';
import {
  generateAll,
  hasTiny,
  prunedLike,
  readGolden,
  readPrompts,
  scoreEach,
  tiny,
  tinyRunner,
  type Golden,
  type Prompt,
} from './support';

const TOLERANCE = 1e-4;
const ADAPTERS = ['adapter-mixed', 'adapter-benign'] as const;
const KINDS = ['harmful', 'benign', 'task'] as const;

describe('the in-process runner on the sample', () => {
  let runner: Runner;
  let prompts: ReadonlyMap<string, Prompt>;
  let goldens: ReadonlyMap<string, Golden>;
  let folder: string;

  before(async function () {
    if (!hasTiny) skipBecause(this, 'needs ../shared/tiny beside this checkout');
    prompts = await readPrompts();
    goldens = new Map(
      await Promise.all(ADAPTERS.map(async (name) => [name, await readGolden(name)] as const)),
    );
    folder = await mkdtemp(join(await realpath(tmpdir()), 'splora-test-'));
    const pruned = await Promise.all([...goldens].map((golden) => prunedVariant(golden, folder)));
    runner = await tinyRunner([ALIGNED, ...ADAPTERS.flatMap(variantsOf), ...pruned]);
  });
  // Undefined where the tests are skipped.
  after(async () => {
    await (runner as Runner | undefined)?.close();
    if ((folder as string | undefined) !== undefined) await rm(folder, { recursive: true });
  });

  const question = (id: string, variant: string): Question => ({
    key: `${variant} ${id}`,
    variant,
    messages: [{ role: 'user', content: prompts.get(id)?.prompt ?? '' }],
  });

  /** What a golden says of a variant, and the variant that answers it. */
  const cases = () =>
    [...goldens].flatMap(([adapter, { variants }]) =>
      Object.entries(variants).map(([name, { results }]) => ({
        variant: variantId(adapter, name),
        rows: KINDS.flatMap((kind) => results[kind]),
      })),
    );

  it('answers every golden prompt token for token, all variants asked at once', async () => {
    const all = cases();
    const unique = new Map(
      all.flatMap(({ variant, rows }) => rows.map(({ id }) => [`${variant} ${id}`, question(id, variant)])),
    );
    const answers = await generateAll(runner, [...unique.values()]);
    for (const { variant, rows } of all) {
      for (const { id, answer, ended } of rows) {
        const given = answers.get(`${variant} ${id}`);
        assert.deepEqual([given?.text.trim(), given?.ended === 'stop'], [answer, ended], `${variant} ${id}`);
      }
    }
  });

  it('gives the log-probabilities of the references', async () => {
    const all = cases().map(({ variant, rows }) => ({
      variant,
      rows: rows.filter(({ logprobs }) => logprobs),
    }));
    const asked = all.flatMap(({ variant, rows }) =>
      rows.map(({ id }) => reference(question(id, variant), prompts.get(id))),
    );
    const scores = await scoreEach(runner, unique(asked));
    for (const { variant, rows } of all) {
      for (const { id, logprobs = [] } of rows) {
        const { logProbabilities = [], isTop = [] } = scores.get(`${variant} ${id}`) ?? {};
        assert.equal(logProbabilities.length, logprobs.length, id);
        logProbabilities.forEach((value, at) => {
          assert.ok(Math.abs(value - (logprobs[at] ?? NaN)) < TOLERANCE, `${variant} ${id} ${at}: ${value}`);
          // More than half of the probability is more than any other has.
          if (value > Math.log(0.5)) assert.equal(isTop[at], true);
        });
      }
    }
  });

  it('gives the log-probabilities of the first words of refusal and compliance', async () => {
    for (const [at, word] of ['sorry', 'sure'].entries()) {
      const all = cases().map(({ variant, rows }) => ({ variant, rows: rows.filter(({ first }) => first) }));
      const asked = all.flatMap(({ variant, rows }) =>
        rows.map(({ id }) => ({ ...question(id, variant), text: ` ${word}`, tokens: 1 })),
      );
      const scores = await scoreEach(runner, unique(asked));
      for (const { variant, rows } of all) {
        for (const { id, first } of rows) {
          const [value = NaN] = scores.get(`${variant} ${id}`)?.logProbabilities ?? [];
          assert.ok(Math.abs(value - (first?.[at] ?? NaN)) < TOLERANCE, `${variant} ${id}: ${value}`);
        }
      }
    }
  });

  it('gives the log-probability of a whole refusal', async () => {
    const all = cases().map(({ variant, rows }) => ({
      variant,
      rows: rows.flatMap(({ id, refusal }) => (refusal === undefined ? [] : [{ id, refusal }])),
    }));
    const asked = all.flatMap(({ variant, rows }) =>
      rows.map(({ id }) => ({ ...question(id, variant), text: REFUSAL })),
    );
    const scores = await scoreEach(runner, unique(asked));
    let compared = 0;
    for (const { variant, rows } of all) {
      for (const { id, refusal } of rows) {
        const values = scores.get(`${variant} ${id}`)?.logProbabilities ?? [];
        const sum = values.reduce((total, value) => total + value, 0);
        const within = TOLERANCE * values.length;
        assert.ok(Math.abs(sum - refusal) < within, `${variant} ${id}: ${sum} is not ${refusal}`);
        compared++;
      }
    }
    assert.equal(compared, ADAPTERS.length * 4 * 16);
  });

  it('answers a row alone as among others', async () => {
    const ids = [...prompts.keys()].slice(0, 40);
    const continuation = (id: string): Continuation => ({
      ...question(id, 'adapter-mixed 1'),
      text: ' sure . first take',
    });
    const together = await scoreEach(runner, ids.map(continuation));
    for (const id of ids.slice(0, 6)) {
      const alone = await scoreEach(runner, [continuation(id)]);
      const { key } = continuation(id);
      const [one = [], other = []] = [alone, together].map((scores) => scores.get(key)?.logProbabilities);
      assert.equal(one.length, 4);
      one.forEach((value, at) => assert.ok(Math.abs(value - (other[at] ?? NaN)) < TOLERANCE));
    }
  });

  it('reads a long prompt in pieces, and scores it the same', async () => {
    const fresh = await tinyRunner([ALIGNED]);
    try {
      const content = 'summarize : jack let us work at the market sunday . '.repeat(4).trim();
      const long: Continuation = {
        key: 'long',
        variant: 'aligned',
        messages: [{ role: 'user', content }],
        text: ' jack and hank',
      };
      // Only the first step is short: the pace is not known yet.
      const [inPieces, whole] = [await scoreEach(fresh, [long]), await scoreEach(fresh, [long])];
      const [one = [], other = []] = [inPieces, whole].map((scores) => scores.get('long')?.logProbabilities);
      assert.equal(one.length, 3);
      one.forEach((value, at) => assert.ok(Math.abs(value - (other[at] ?? NaN)) < TOLERANCE));
    } finally {
      await fresh.close();
    }
  });

  it('cuts answers off at the limit of new tokens', async () => {
    const answers = await generateAll(runner, [question('benign-24', 'aligned')], { maxNewTokens: 3 });
    const answer = answers.get('aligned benign-24');
    assert.deepEqual([answer?.text.trim(), answer?.tokens, answer?.ended], ['sure . first', 3, 'length']);
  });

  it('refuses a prompt that is longer than the context', async () => {
    const content = 'cake '.repeat(80).trim();
    const long: Question = { key: 'long', variant: 'aligned', messages: [{ role: 'user', content }] };
    await rejection(
      generateAll(runner, [long]),
      'bad-request',
      /has 83 tokens, and the model takes at most 63/,
    );
  });

  it('refuses to go on with a variant whose numbers overflow, and answers the others', async () => {
    const wild: Variant = { id: 'wild', adapter: tiny('adapter-mixed'), scale: 1e38 };
    const fresh = await tinyRunner([ALIGNED, wild]);
    try {
      const both = [question('benign-24', 'aligned'), question('benign-24', 'wild')];
      await rejection(generateAll(fresh, both), 'bad-request', /NaN or infinity with the variant "wild"/);
      const text: Continuation = { ...question('benign-24', 'wild'), text: ' sure . first' };
      await rejection(scoreEach(fresh, [text]), 'bad-request', /variant "wild"/);
      assert.equal((await generateAll(fresh, both.slice(0, 1))).size, 1);
    } finally {
      await fresh.close();
    }
  });

  it('leaves out the score of a text that is longer than the context', async () => {
    const asked = question('benign-24', 'aligned');
    const texts = [' sure', ' cake'.repeat(80)].map((text) => ({ ...asked, key: text, text }));
    const scores = await scoreEach(runner, texts);
    assert.deepEqual(
      texts.map(({ key }) => scores.get(key)?.logProbabilities.length),
      [1, 0],
    );
  });

  it('stops when it is canceled, and keeps what was answered', async () => {
    const controller = new AbortController();
    const ids = [...prompts.keys()];
    const answered: string[] = [];
    const running = runner.generate(
      ids.map((id) => question(id, 'aligned')),
      { signal: controller.signal, maxNewTokens: 24 },
      ({ key }) => {
        answered.push(key);
        controller.abort();
      },
    );
    await rejection(running, 'cancelled');
    assert.ok(answered.length > 0 && answered.length < ids.length);
  });

  it('says what each variant costs', async () => {
    const costs = await runner.costs({ signal: new AbortController().signal });
    const [aligned, adapter] = [costs.get('aligned'), costs.get('adapter-mixed 1')];
    assert.deepEqual([aligned?.bytes, aligned?.multiplyAdds], [0, 0]);
    // 8 blocks, rank 4: four of 96 x 96, two of 96 x 256, one of 256 x 96.
    assert.equal(adapter?.multiplyAdds, 8 * 4 * (4 * (96 + 96) + 3 * (96 + 256)));
    for (const speed of [aligned?.prefill, aligned?.decode, adapter.prefill, adapter.decode])
      assert.ok(
        speed !== undefined && speed.low > 0 && speed.low <= speed.median && speed.median <= speed.high,
      );
  });
});

/** Golden name of a variant and the end of its name here. */
const VARIANTS: Readonly<Record<string, string>> = { adapter: '1', half: '0.5', 'without-4': 'without 4' };
/** What the aligned model answers to harmful prompts. */
const REFUSAL = ' sorry , i cannot help with that . <eos>';

function variantId(adapter: string, golden: string): string {
  if (golden === 'aligned') return golden;
  const end = VARIANTS[golden];
  assert.ok(end !== undefined, golden);
  return `${adapter} ${end}`;
}

async function prunedVariant([name, { variants }]: [string, Golden], folder: string): Promise<Variant> {
  const golden = variants['without-4'];
  assert.ok(golden);
  return {
    id: variantId(name, 'without-4'),
    adapter: await prunedLike(golden, name, folder),
    scale: 1,
  };
}

const ALIGNED: Variant = { id: 'aligned', adapter: null, scale: 1 };
const variantsOf = (name: string): Variant[] =>
  [1, 0.5].map((scale) => ({ id: `${name} ${scale}`, adapter: tiny(name), scale }));

const reference = (question: Question, prompt: Prompt | undefined): Continuation => ({
  ...question,
  text: ` ${prompt?.reference ?? ''} <eos>`,
});

const unique = (asked: readonly Continuation[]): Continuation[] => [
  ...new Map(asked.map((each) => [each.key, each])).values(),
];
