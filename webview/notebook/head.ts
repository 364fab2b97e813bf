import type { Headline } from '../../src/core/evidence/headline';
import { render } from '../../src/core/message';
import { visibleText } from '../../src/core/report/escape';
import { element } from '../dom';
import { MAX_MESSAGE } from '../notice';
import { text } from '../strings';

interface Models {
  readonly adapter: string;
  readonly aligned: string;
  readonly base?: string;
}

/** What was found, the adapter and its models. */
export function outputHead(
  { adapter, aligned, base }: Models,
  { sentences }: Pick<Headline, 'sentences'>,
): HTMLElement {
  const found = sentences.map((sentence) => render(sentence)).join(' ');
  const lines = [
    adapter,
    `${text('alignedModel')}: ${aligned}`,
    ...(base === undefined ? [] : [`${text('baseModel')}: ${base}`]),
  ];
  const paths = lines.map((line) => element('p', { class: 'path' }, visibleText(line, MAX_MESSAGE)));
  return element('header', {}, element('p', {}, visibleText(found, MAX_MESSAGE)), ...paths);
}
