import { concernsModels } from '../../src/protocol/errorHelp';
import { disable, postButton } from '../controls';
import { element, setText, show } from '../dom';
import { Notice } from '../notice';
import { text } from '../strings';
import { progressBar } from './progress';
import type { Post, View } from './view';

/** Why buttons are disabled in an untrusted workspace. */
export function restrictedView(post: Post): View {
  const actions = [postButton(post, 'manageTrust', 'manageTrust')];
  const notice = new Notice('info', text('restricted'), actions, 'status');
  return {
    element: notice.element,
    update: ({ trusted }, dirty) => {
      if (dirty.run) notice.show(trusted ? null : [text('restrictedWhy')]);
    },
  };
}

/** Progress of a run, a failure, and whether files changed. */
export function statusView(post: Post): View {
  const progress = progressBar(post);
  const chooseModels = postButton(post, 'chooseModels', 'chooseModels');
  const retry = postButton(post, 'tryAgain', 'analyze');
  const again = postButton(post, 'analyzeAgain', 'analyze');
  const failed = new Notice('error', text('failedTitle'), [
    retry,
    chooseModels,
    postButton(post, 'showLog', 'showLog'),
  ]);
  const outdated = new Notice('warning', '', [again], 'status');
  const liveNote = element('p', { class: 'note', hidden: true }, text('liveNote'));
  // Start and end of a run, for screen readers: announcing the bar would be too much.
  const spoken = element('div', { class: 'visually-hidden', role: 'status' });
  const parts = [progress.element, liveNote, failed.element, outdated.element, spoken];
  return {
    element: element('div', { class: 'status' }, ...parts),
    update: (model, dirty) => {
      if (!dirty.run && !dirty.data) return;
      const { run, stale, trusted } = model;
      const running = run.kind === 'running';
      for (const one of [chooseModels, retry, again]) disable(one, trusted ? null : text('whyRestricted'));
      if (running === progress.element.hidden)
        setText(spoken, text(running ? 'runStarted' : 'cancelledOrDone'));
      show(progress.element, running);
      if (running) progress.show(run.progress);
      show(liveNote, running && model.isLive && model.table.names.length > 0);
      failed.showError(run.kind === 'failed' ? run.error : null);
      show(chooseModels, run.kind === 'failed' && concernsModels(run.error));
      outdated.show(stale !== null && !running ? [text('staleText', stale)] : null);
    },
  };
}

/** Shown instead of scores while there are none. */
export function emptyView(post: Post): View {
  const title = element('h2');
  const words = element('p');
  const buttons = [
    postButton(post, 'analyze', 'analyze', true),
    postButton(post, 'chooseModels', 'chooseModels'),
  ];
  const actions = element('div', { class: 'actions' }, ...buttons);
  const section = element('section', { class: 'empty', hidden: true }, title, words, actions);
  return {
    element: section,
    update: ({ document: result, known, run, trusted }) => {
      const empty = result === null ? run.kind === 'idle' : result.modules.names.length === 0;
      show(section, known && empty);
      setText(title, text(result === null ? 'emptyTitle' : 'noModulesTitle'));
      setText(words, text(result === null ? 'emptyText' : 'noModulesText'));
      show(actions, result === null);
      for (const one of buttons) disable(one, trusted ? null : text('whyRestricted'));
    },
  };
}
