import type { LoadVerdict } from '../../src/core/check/types';
import { visibleText } from '../../src/core/report/escape';
import { LOADER_NAMES } from '../../src/core/report/loaders';
import type { PanelLoadCheck } from '../../src/protocol/panel';
import { disable, postButton } from '../controls';
import { element, setText, show } from '../dom';
import { text, type StringKey } from '../strings';
import type { Post, View } from './view';

const VERDICTS: Readonly<Record<LoadVerdict, StringKey>> = {
  same: 'checkSame',
  other: 'checkOther',
  nothing: 'checkNothing',
  refused: 'checkRefused',
  unknown: 'checkUnknown',
};

/** Whether loaders would load the adapter: a status line, and a report with the reasons. */
export function loadCheckView(post: Post): View {
  const status = element('p', { role: 'status' });
  const check = postButton(post, 'check', 'checkLoad');
  const report = postButton(post, 'openReport', 'checkReport');
  show(report, false);
  const heading = element('h2', {}, text('checkHeading'));
  const attributes = { class: 'check', 'aria-label': text('checkHeading'), hidden: true };
  const section = element('section', attributes, heading, status, check, report);
  return {
    element: section,
    update: ({ known, loadCheck, trusted }, dirty) => {
      show(section, known);
      if (!dirty.check) return;
      setText(status, statusText(loadCheck));
      setText(check, text(loadCheck.kind === 'done' ? 'checkAgain' : 'check'));
      // Not `disabled`: the button keeps the focus while the check runs.
      check.ariaDisabled = String(loadCheck.kind === 'running');
      disable(check, trusted ? null : text('whyRestricted'));
      show(report, loadCheck.kind === 'done');
    },
  };
}

function statusText(check: PanelLoadCheck): string {
  switch (check.kind) {
    case 'none':
      return '';
    case 'running':
      return text('checkRunning');
    case 'failed':
      return text('checkFailed', visibleText(check.error.message, 2000));
    case 'done':
      return [
        ...check.loaders.map(({ loader, verdict, attached }) =>
          text(VERDICTS[verdict], LOADER_NAMES[loader], attached, check.modules),
        ),
        ...check.differences.map(([left, right]) =>
          text('checkDiffer', LOADER_NAMES[left], LOADER_NAMES[right]),
        ),
      ].join(' ');
  }
}
