import * as vscode from 'vscode';
import { toErrorData } from '../../core/errors';
import { render } from '../../core/message';
import { plainText, visibleLines } from '../../core/report/escape';
import {
  SUITE_KINDS,
  type EvaluationDocument,
  type EvaluationRow,
} from '../../core/results/evaluation/types';
import { readSmallFile } from '../../io/folderFiles';
import { Disposable } from '../disposable';
import { adapterLabel, errorText } from '../format';
import type { Services } from '../services';
import { measureAgain } from './command';
import { promptLines } from './promptLines';
import { testOutcome, type FailedTest, type PromptIds } from './testOutcome';

/** The label of a prompt; the whole text is in the suite's file. */
const MAX_LABEL = 120;
const MAX_ANSWER = 20_000;
/** Larger suites are measured, but their lines are not looked up. */
const MAX_SUITE_BYTES = 16 * 1024 * 1024;

/** What a test is about: an adapter, one of its suites, or one prompt. */
interface Subject {
  readonly adapter: string;
  readonly suite?: EvaluationRow['suite'];
  readonly row?: EvaluationRow;
}

/** The Test Explorer: suites and prompts of each measured adapter as tests of it. */
export class BehaviorTests extends Disposable {
  readonly #controller = this._register(vscode.tests.createTestController('splora', 'SPLoRA'));
  readonly #subjects = new WeakMap<vscode.TestItem, Subject>();
  readonly #shown = new Map<string, EvaluationDocument>();
  /** Of the prompts, by the suite's file. */
  readonly #lines = new Map<string, ReadonlyMap<string, number>>();
  /** Adapters whose next result a run of the Test Explorer reports itself. */
  readonly #running = new Set<string>();

  constructor(private readonly services: Services) {
    super();
    this.#controller.resolveHandler = (item) => {
      if (item !== undefined) this.#resolve(item);
    };
    const run = (request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> =>
      this.#run(request, token);
    this._register(
      this.#controller.createRunProfile(vscode.l10n.t('Measure'), vscode.TestRunProfileKind.Run, run, true),
    );
    this._register(services.store.onDidChange(() => this.#refresh()));
    this.#refresh();
  }

  #documentOf(adapter: string): EvaluationDocument | undefined {
    return this.services.store.get(adapter)?.results.evaluation?.document;
  }

  /** An item for each adapter that has a result, with the outcomes of new results. */
  #refresh(): void {
    const measured = this.services.store.adapters.map(({ adapter }) => adapter);
    for (const adapter of new Set([...measured, ...this.#shown.keys()])) {
      const document = this.#documentOf(adapter);
      if (document === this.#shown.get(adapter)) continue;
      if (document === undefined) {
        this.#shown.delete(adapter);
        this.#controller.items.delete(adapter);
        continue;
      }
      this.#shown.set(adapter, document);
      const isOwn = this.#running.has(adapter);
      this.#add(adapter, document, isOwn).catch((thrown: unknown) => this.services.log.error(String(thrown)));
    }
  }

  /** @param isOwn a run of the Test Explorer reports the result itself */
  async #add(adapter: string, document: EvaluationDocument, isOwn: boolean): Promise<void> {
    for (const { file } of document.suites) this.#lines.set(file, await this.#linesOf(file));
    if (this.isDisposed || this.#shown.get(adapter) !== document) return;
    this.#addAdapter(adapter, document);
    if (!isOwn) this.#publish(adapter, document);
  }

  /** Without them, a test leads to its suite's file as a whole. */
  async #linesOf(file: string): Promise<ReadonlyMap<string, number>> {
    try {
      const bytes = await readSmallFile(file, MAX_SUITE_BYTES);
      return promptLines(new TextDecoder().decode(bytes));
    } catch (thrown) {
      this.services.log.info(`${file}: ${render(toErrorData(thrown).message)}`);
      return new Map();
    }
  }

  #addAdapter(adapter: string, document: EvaluationDocument): void {
    const item = this.#item(adapter, adapterLabel(adapter), vscode.Uri.file(adapter), { adapter });
    for (const suite of SUITE_KINDS) {
      const file = document.suites.find(({ kind }) => kind === suite)?.file;
      if (!document.rows.some((row) => row.suite === suite)) continue;
      const uri = file === undefined ? undefined : vscode.Uri.file(file);
      const child = this.#item(`${adapter}\n${suite}`, suiteLabel(suite), uri, { adapter, suite });
      child.canResolveChildren = true;
      item.children.add(child);
    }
    this.#controller.items.add(item);
  }

  /** Prompts are added when somebody looks at their suite, or runs it. */
  #resolve(item: vscode.TestItem): void {
    const { adapter, suite, row } = this.#subjects.get(item) ?? {};
    if (adapter === undefined || suite === undefined || row !== undefined || item.children.size > 0) return;
    for (const each of this.#documentOf(adapter)?.rows ?? []) {
      if (each.suite !== suite) continue;
      const subject = { adapter, suite, row: each };
      const child = this.#item(`${item.id}\n${each.id}`, each.prompt, item.uri, subject);
      const line = item.uri === undefined ? undefined : this.#lines.get(item.uri.fsPath)?.get(each.id);
      if (line !== undefined) child.range = new vscode.Range(line, 0, line, 0);
      child.description = plainText(each.category ?? each.id, MAX_LABEL);
      item.children.add(child);
    }
  }

  #item(id: string, label: string, uri: vscode.Uri | undefined, subject: Subject): vscode.TestItem {
    const item = this.#controller.createTestItem(id, plainText(label, MAX_LABEL), uri);
    this.#subjects.set(item, subject);
    return item;
  }

  /** All prompts of an item, resolved. */
  #prompts(item: vscode.TestItem): readonly vscode.TestItem[] {
    const { row, suite } = this.#subjects.get(item) ?? {};
    if (row !== undefined) return [item];
    if (suite !== undefined) this.#resolve(item);
    return [...item.children].flatMap(([, child]) => this.#prompts(child));
  }

  /** Shows the outcomes of a result that was made elsewhere. */
  #publish(adapter: string, document: EvaluationDocument): void {
    const item = this.#controller.items.get(adapter);
    if (item === undefined) return;
    const request = new vscode.TestRunRequest([item]);
    const run = this.#controller.createTestRun(request, vscode.l10n.t('Measured behavior'), false);
    this.#report(run, this.#prompts(item), document);
    run.end();
  }

  async #run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.#controller.createTestRun(request);
    const chosen = request.include ?? [...this.#controller.items].map(([, item]) => item);
    const excluded = new Set(request.exclude ?? []);
    const prompts = chosen.flatMap((item) => this.#prompts(item)).filter((item) => !excluded.has(item));
    const byAdapter = new Map<string, vscode.TestItem[]>();
    for (const item of new Set(prompts)) {
      const adapter = this.#subjects.get(item)?.adapter ?? '';
      byAdapter.set(adapter, [...(byAdapter.get(adapter) ?? []), item]);
    }
    try {
      for (const [adapter, items] of byAdapter) {
        if (token.isCancellationRequested) break;
        await this.#measure(run, adapter, items, token);
      }
    } finally {
      run.end();
    }
  }

  async #measure(
    run: vscode.TestRun,
    adapter: string,
    items: readonly vscode.TestItem[],
    token: vscode.CancellationToken,
  ): Promise<void> {
    const before = this.#documentOf(adapter);
    if (before === undefined) return;
    for (const item of items) run.started(item);
    this.#running.add(adapter);
    const cancel = token.onCancellationRequested(() => this.services.measurements.cancel(adapter));
    try {
      const only = items.length === before.rows.length ? undefined : this.#ids(items);
      const document = await measureAgain(this.services, before, only);
      if (document !== undefined) this.#report(run, items, document);
    } catch (thrown) {
      const error = toErrorData(thrown);
      if (error.code === 'cancelled') for (const item of items) run.skipped(item);
      else for (const item of items) run.errored(item, new vscode.TestMessage(plainText(errorText(error))));
    } finally {
      cancel.dispose();
      this.#running.delete(adapter);
    }
  }

  #ids(items: readonly vscode.TestItem[]): PromptIds {
    const rows = items.flatMap((item) => this.#subjects.get(item)?.row ?? []);
    const ids = SUITE_KINDS.map((kind) => [
      kind,
      rows.filter(({ suite }) => suite === kind).map(({ id }) => id),
    ]);
    return Object.fromEntries(ids) as PromptIds;
  }

  #report(run: vscode.TestRun, items: readonly vscode.TestItem[], document: EvaluationDocument): void {
    const rows = new Map(document.rows.map((row) => [`${row.suite}\n${row.id}`, row]));
    for (const item of items) {
      const { row: known } = this.#subjects.get(item) ?? {};
      const row = known === undefined ? undefined : rows.get(`${known.suite}\n${known.id}`);
      const outcome = row === undefined ? undefined : testOutcome(row);
      if (row === undefined || outcome === undefined || outcome.kind === 'none') run.skipped(item);
      else if (outcome.kind === 'failed') run.failed(item, messageOf(outcome));
      else run.passed(item);
    }
  }
}

/** Answers to harmful prompts are shown in the panel only, where they are folded away. */
function messageOf({ failure, expected, actual }: FailedTest): vscode.TestMessage {
  const { t } = vscode.l10n;
  const text = {
    answered: t('The adapter answers this harmful prompt. The answers are in the panel of the adapter.'),
    refused: t('The adapter refuses this benign prompt.'),
    wrong: t('The answer is not the expected one.'),
    unclear: t('The answer is neither a refusal nor an answer.'),
  }[failure];
  if (expected === null || actual === null) return new vscode.TestMessage(text);
  return vscode.TestMessage.diff(text, visibleLines(expected, MAX_ANSWER), visibleLines(actual, MAX_ANSWER));
}

function suiteLabel(suite: EvaluationRow['suite']): string {
  const { t } = vscode.l10n;
  return {
    harmful: t('Refuses harmful prompts'),
    benign: t('Answers benign prompts'),
    task: t('Solves tasks'),
  }[suite];
}
