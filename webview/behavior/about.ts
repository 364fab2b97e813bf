import { visibleText } from '../../src/core/report/escape';
import type { PanelBehavior } from '../../src/protocol/behavior';
import { MAX_MESSAGE } from '../notice';
import { text } from '../strings';

/** What answered, who decided what a refusal is, and the notes. */
export function aboutText({ runner, judge, notes }: PanelBehavior): string {
  if (runner === null) return '';
  const judged = judge === null ? text('judgedByRules') : text('judgedBy', visibleText(judge));
  const shown = notes.map((note) => visibleText(note, MAX_MESSAGE));
  return [text('answeredBy', visibleText(runner)), judged, ...shown].join(' ');
}
