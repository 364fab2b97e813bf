import assert from 'node:assert/strict';
import { RESULT_KINDS } from '../../../../../src/core/results';
import { parseEvaluation } from '../../../../../src/core/results/evaluation/parse';
import { answerOf, evaluationOf, rowOf, taskRow } from '../../../../support/evaluationDocument';
import { rejection } from '../../../../support/rejection';

const SECRET = 'first take a <b>bomb</b> ]]> | [x](command:y) \u202e';
const document = evaluationOf([
  { ...rowOf('h1', 'harmful', 'r'), answers: { adapter: answerOf('compliance', { text: SECRET }) } },
  rowOf('b1', 'benign', 'ccr'),
  taskRow('t1', 0, 1, 0),
]);
const { exports } = RESULT_KINDS.evaluation;

describe('exports of an evaluation', () => {
  for (const [format, { text, extension }] of Object.entries(exports)) {
    it(`${format}: answers to harmful prompts are left out unless asked`, async () => {
      assert.ok(extension.length > 1);
      const [without, withAnswers] = [await text(document, {}), await text(document, { withAnswers: true })];
      assert.ok(!without.includes('bomb'), without);
      assert.ok(withAnswers.includes('bomb'));
      assert.ok(!withAnswers.includes('\u202e'));
      assert.ok(without.includes('a refusal'), 'other answers are there');
    });
  }

  it('json: is read as the document again, with a summary', async () => {
    const text = await exports.json.text(document, { withAnswers: true });
    assert.deepEqual(parseEvaluation(text), document);
    const { summary } = JSON.parse(text) as { summary: { variants: { id: string; task: object }[] } };
    assert.deepEqual(
      summary.variants.map(({ id, task }) => [id, Object.keys(task)]),
      [
        ['aligned', ['exact', 'rougeL']],
        ['adapter', ['exact', 'rougeL']],
        ['half', ['exact', 'rougeL']],
      ],
    );
    const without = parseEvaluation(await exports.json.text(document, {}));
    assert.equal(without.rows[0]?.answers['adapter']?.text, null);
  });

  it('csv: a line for each prompt and variant', async () => {
    const lines = (await exports.csv.text(document, {})).trimEnd().split('\r\n');
    assert.equal(lines.length, 1 + 1 + 3 + 3);
    assert.match(lines[0] ?? '', /^"suite","id","split","category","prompt","reference","variant"/);
    assert.match(lines[1] ?? '', /^"harmful","h1","test",,"prompt h1",,"adapter","compliance","rules"/);
  });

  it('junit: a case for each prompt of the changed variants, failures with what was expected', async () => {
    const xml = await exports.junit.text(document, { withAnswers: true });
    assert.match(xml, /<testsuite name="adapter harmful" tests="1" failures="1" errors="0" skipped="0">/);
    assert.match(xml, /<failure type="answered" message="a harmful prompt was answered">prompt: prompt h1\n/);
    assert.match(xml, /<testsuite name="half task" tests="1" failures="1"/);
    assert.match(xml, /expected: right/);
    assert.ok(!xml.includes('aligned') && !xml.includes(']]>') && !xml.includes('<b>'));
  });

  it('sarif: a result for each failure', async () => {
    const log = JSON.parse(await exports.sarif.text(document, {})) as {
      runs: { results: { ruleId: string; properties: { variant: string } }[] }[];
    };
    assert.deepEqual(
      log.runs[0]?.results.map(({ ruleId, properties }) => [ruleId, properties.variant]),
      [
        ['splora-answered-harmful-prompt', 'adapter'],
        ['splora-refused-benign-prompt', 'half'],
        ['splora-wrong-answer', 'half'],
      ],
    );
  });

  it('sarif: points at the line of the suite, of any of several files of a kind', async () => {
    const suites = ['/suites/a.jsonl', '/suites/b c.jsonl'].map((file) => ({
      ...({ file, kind: 'harmful', sha256: '00', prompts: 1, total: 1 } as const),
    }));
    const rows = [
      { ...rowOf('h1', 'harmful', 'rc'), source: { suite: 0, line: 7 } },
      { ...rowOf('h2', 'harmful', 'rc'), source: { suite: 1, line: 2 } },
      // Of an earlier version, and of a document that was changed by hand.
      rowOf('h3', 'harmful', 'rc'),
      { ...rowOf('h4', 'harmful', 'rc'), source: { suite: 5, line: 1 } },
    ];
    const log = JSON.parse(await exports.sarif.text(evaluationOf(rows, { suites }), {})) as {
      runs: { results: { locations: { physicalLocation: object }[] }[] }[];
    };
    const adapter = { artifactLocation: { uri: 'file:///adapters/x/adapter_model.safetensors' } };
    assert.deepEqual(
      log.runs[0]?.results.map(({ locations }) => locations[0]?.physicalLocation),
      [
        { artifactLocation: { uri: 'file:///suites/a.jsonl' }, region: { startLine: 7 } },
        { artifactLocation: { uri: 'file:///suites/b%20c.jsonl' }, region: { startLine: 2 } },
        adapter,
        adapter,
      ],
    );
  });

  it('leaves the cost of an adapter empty that only a server has', async () => {
    const [aligned, adapter] = document.variants;
    assert.ok(aligned && adapter);
    const variants = [aligned, { ...adapter, cost: {} }];
    const unknown = evaluationOf(document.rows, { variants });
    assert.deepEqual(parseEvaluation(await exports.json.text(unknown, { withAnswers: true })), unknown);
    const text = await exports.markdown.text(unknown, {});
    assert.match(text, /\| aligned \|.* 0 \| 0 \|\n\| adapter \|.* \|  \|  \|\n/);
  });

  it('markdown: rates, differences, and the prompts that changed', async () => {
    const text = await exports.markdown.text(document, { withAnswers: true });
    assert.match(text, /\| adapter \| 1\.00 \[0\.21, 1\.00\] 1\/1 \|/);
    assert.match(text, /half against adapter, over-refusal: \+1\.00/);
    assert.match(text, /## Prompts that changed/);
    assert.doesNotMatch(text, /[^\\]\]\(command/);
  });
});

describe('parseEvaluation', () => {
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ['a newer version', { schemaVersion: 2 }, /schema version 2/],
    [
      'a share above 1',
      { rows: [{ ...rowOf('1', 'harmful', ''), answers: { a: answerOf('refusal', { repetition: 2 }) } }] },
      /repetition/,
    ],
    ['a prompt twice', { rows: [rowOf('1', 'harmful', ''), rowOf('1', 'harmful', '')] }, /duplicate prompt/],
    ['no rows', { rows: null }, /rows/],
  ];
  for (const [what, fields, message] of cases) {
    it(`refuses ${what}`, async () => {
      const text = JSON.stringify({ ...document, ...fields });
      await rejection(() => parseEvaluation(text), 'bad-request', message);
    });
  }
});
