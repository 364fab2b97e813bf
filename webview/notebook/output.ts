import { badRequest, renderError, toErrorData } from '../../src/core/errors';
import { say } from '../../src/core/message';
import { isRecord } from '../../src/core/record';
import { parseAnalysis } from '../../src/core/results/analysis/parse';
import { parseEvaluation } from '../../src/core/results/evaluation/parse';
import { element } from '../dom';
import { Notice } from '../notice';
import { text } from '../strings';
import { analysisOutput } from './analysis';
import { evaluationOutput } from './evaluation';

/** An analysis takes about 1 kB a module; outputs are a part of the notebook's file. */
const MAX_TEXT = 64 * 1024 * 1024;

/** Shows a document that a cell displays, or why it cannot be shown. */
export async function renderOutput(json: string, host: HTMLElement, signal: AbortSignal): Promise<void> {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const href = new URL('./notebook.css', import.meta.url).href;
  const styles = element('link', { rel: 'stylesheet', href });
  const loaded = new Promise<void>((resolve) => {
    for (const event of ['load', 'error']) styles.addEventListener(event, () => resolve());
  });
  const output = element('section', { class: 'output', 'aria-label': 'SPLoRA' });
  root.replaceChildren(styles, output);
  // The widths of columns are measured.
  await loaded;
  if (!signal.aborted) output.append(...contentOf(json));
}

function contentOf(json: string): readonly HTMLElement[] {
  try {
    if (json.length > MAX_TEXT)
      throw badRequest(
        say('The document is too large: {0} characters.', json.length),
        say('Open the adapter in the panel instead.'),
      );
    return isEvaluation(json) ? evaluationOutput(parseEvaluation(json)) : analysisOutput(parseAnalysis(json));
  } catch (thrown) {
    const notice = new Notice('error', text('outputFailed'));
    notice.showError(renderError(toErrorData(thrown)));
    return [notice.element];
  }
}

/** What is not JSON is refused by the parser. */
function isEvaluation(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return isRecord(value) && 'rows' in value;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return false;
    throw thrown;
  }
}
