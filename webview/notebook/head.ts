import { visibleText } from '../../src/core/report/escape';
import { element } from '../dom';
import { MAX_MESSAGE } from '../notice';
import { text } from '../strings';

/** The adapter and its models. */
export function outputHead({
  adapter,
  aligned,
  base,
}: {
  readonly adapter: string;
  readonly aligned: string;
  readonly base?: string;
}): HTMLElement {
  const lines = [
    adapter,
    `${text('alignedModel')}: ${aligned}`,
    ...(base === undefined ? [] : [`${text('baseModel')}: ${base}`]),
  ];
  const paths = lines.map((line) => element('p', { class: 'path' }, visibleText(line, MAX_MESSAGE)));
  return element('header', {}, ...paths);
}
