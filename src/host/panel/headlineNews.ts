import { evidenceOf } from '../../core/evidence/evidence';
import { headline } from '../../core/evidence/headline';
import { render, type Translate } from '../../core/message';
import type { EvaluationDocument } from '../../core/results/evaluation/types';
import type { HostToPanel } from '../../protocol/panel';
import type { AdapterState } from '../state/types';

/** What heads the page of a panel, so that nothing is sent twice. */
export class HeadlineNews {
  #sent = EMPTY;

  news({ document, results, selection }: AdapterState, translate: Translate): readonly HostToPanel[] {
    const evidence = document === null ? null : evidenceOf(document);
    const { sentences, next, isFinding } = headline(evidence, measurementOf(results), selection.rankBy);
    const shown = sentences.map((sentence) => render(sentence, translate));
    const key = JSON.stringify(shown.length === 0 ? [] : [shown, next, isFinding]);
    if (key === this.#sent) return [];
    this.#sent = key;
    return [{ type: 'headline', sentences: shown, next, isFinding }];
  }
}

const EMPTY = JSON.stringify([]);

/** Of the weights as they are: a measurement, or the one in a repair. */
function measurementOf({ evaluation, repair }: AdapterState['results']): EvaluationDocument | null {
  if (evaluation?.stale === null) return evaluation.document;
  return repair?.stale === null ? repair.document.test : null;
}
