import { visibleText } from '../../src/core/report/escape';
import {
  EXPORT_FORMATS,
  type ExportFormat,
  type HostToPanel,
  type ShownPath,
} from '../../src/protocol/panel';
import { disable, postButton } from '../controls';
import { element, setText, show } from '../dom';
import { isPruned } from '../model/rows';
import type { Init } from '../shell';
import { text, type StringKey } from '../strings';
import { MenuButton } from './menu';
import type { Post, View } from './view';

const FORMAT_LABELS: Readonly<Record<ExportFormat, StringKey>> = {
  json: 'exportJson',
  csv: 'exportCsv',
  markdown: 'exportMarkdown',
  svg: 'exportSvg',
  sarif: 'exportSarif',
};

/** The adapter, its models, and what to do with the result. */
export function headerView({ title, path }: Extract<HostToPanel, Init>, post: Post): View {
  const [base, aligned] = [pathElement('model-path'), pathElement('model-path')];
  const place = pathElement('path');
  place.show({ shown: path, full: path });
  const models = element(
    'dl',
    { class: 'models' },
    element('dt', {}, text('baseModel')),
    element('dd', {}, base.element),
    element('dt', {}, text('alignedModel')),
    element('dd', {}, aligned.element),
  );
  const write = postButton(post, 'write', 'write');
  const repair = postButton(post, 'repair', 'repair');
  const again = postButton(post, 'analyzeAgain', 'analyze');
  const choose = postButton(post, 'chooseModels', 'chooseModels');
  const settings = postButton(post, 'openSettings', 'openSettings');
  const formats = EXPORT_FORMATS.map((format) => ({
    label: text(FORMAT_LABELS[format]),
    onChoose: () => post({ type: 'export', format }),
  }));
  const exporting = new MenuButton(text('export'), formats);
  const forResult = [again, choose, exporting.element, write];
  const titles = [element('h1', {}, visibleText(title)), place.element, models];
  return {
    element: element(
      'header',
      {},
      element('div', { class: 'titles' }, ...titles),
      // Scores alone are no reason to prune, so the pruned copy comes last of what is done with the adapter.
      element('div', { class: 'actions' }, repair, ...forResult, settings),
    ),
    update: ({ document: result, run, trusted, verdicts }) => {
      if (result !== null) {
        base.show(result.base);
        aligned.show(result.aligned);
      }
      // Without a result, the empty state or the failure offers these. A repair needs no scores.
      for (const one of [models, ...forResult]) show(one, result !== null);
      const why = trusted ? (run.kind === 'running' ? text('whyRunning') : null) : text('whyRestricted');
      for (const one of [choose, again, repair]) disable(one, why);
      exporting.disable(why);
      disable(write, why ?? (verdicts.some(isPruned) ? null : text('whyNothingPruned')));
    },
  };
}

function pathElement(className: string): { element: HTMLElement; show: (path: ShownPath) => void } {
  const made = element('span', { class: className });
  return {
    element: made,
    show: ({ shown, full }) => {
      setText(made, visibleText(shown));
      made.title = visibleText(full);
    },
  };
}
