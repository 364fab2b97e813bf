import { visibleText } from '../../src/core/report/escape';
import type { PanelLoaderCheck, PanelNames, PanelReasons } from '../../src/protocol/panelLoadCheck';
import { element, icon, setAttribute, show } from '../dom';
import {
  countTexts,
  loaderTitle,
  moreOf,
  severityText,
  silentWayOut,
  verdictOf,
  wayOut,
} from '../model/loadCheck';
import { text, type StringKey } from '../strings';

/** Longest finding that is shown whole. */
const MAX_MESSAGE = 1000;

type Finding = PanelLoaderCheck['findings'][number];

/** One loader: a line that opens what there is to say about it. */
export function loaderRow(
  check: PanelLoaderCheck,
  modules: number,
  open: boolean,
  onToggle: (open: boolean) => void,
): HTMLElement {
  const row = element('li', { class: `loader ${check.verdict}` });
  if (check.verdict === 'other-format') {
    row.append(element('div', { class: 'loader-line', children: line(check, modules) }));
    return row;
  }
  const id = `loader-${check.loader}`;
  const toggle = element('button', {
    class: 'loader-line disclosure',
    attributes: { type: 'button', 'aria-expanded': String(open), 'aria-controls': id },
    children: line(check, modules),
  });
  const details = element('div', { class: 'loader-details', attributes: { id }, children: detailsOf(check) });
  show(details, open);
  toggle.addEventListener('click', () => {
    const now = details.hasAttribute('hidden');
    show(details, now);
    setAttribute(toggle, 'aria-expanded', String(now));
    onToggle(now);
  });
  row.append(toggle, details);
  return row;
}

/** Commas are for screen readers, which read the line as one name. */
function line(check: PanelLoaderCheck, modules: number): Node[] {
  const { name, versions } = loaderTitle(check);
  const verdict = verdictOf(check);
  const title = element('span', {
    class: 'loader-title',
    children: [
      element('span', { class: 'loader-name', text: name }),
      ...(versions === '' ? [] : [' ', element('span', { class: 'note', text: versions })]).map(asNode),
    ],
  });
  return [
    title,
    comma(),
    element('span', {
      class: 'loader-verdict',
      children: [icon(verdict.icon), element('span', { text: verdict.text })],
    }),
    comma(),
    element('span', { class: 'loader-counts', text: countTexts(check, modules).join(' · ') }),
  ];
}

const asNode = (part: string | Node): Node => (typeof part === 'string' ? new Text(part) : part);

function comma(): HTMLElement {
  return element('span', { class: 'visually-hidden', text: ', ' });
}

function detailsOf(check: PanelLoaderCheck): Node[] {
  const { findings, moreFindings, silent, unsure, attached } = check;
  return [
    ...(findings.length === 0
      ? []
      : [element('ul', { class: 'findings', children: [...findings.map(finding), ...more(moreFindings)] })]),
    ...(silent.count === 0 ? [] : reasonsPart('checkSilently', silent)),
    ...(silent.count === 0 ? [] : [element('p', { class: 'way-out', text: silentWayOut(check) })]),
    ...(unsure.count === 0 ? [] : reasonsPart('checkUnsureHeading', unsure)),
    ...(attached.count === 0 ? [] : [heading(text('checkAttachedHeading')), names(attached)]),
  ];
}

function finding(one: Finding): HTMLElement {
  const where = one.versions === undefined ? '' : ` (${visibleText(one.versions)})`;
  const way = wayOut(one);
  return element('li', {
    children: [
      element('span', { class: 'severity', text: `${severityText(one)}${where}:` }),
      new Text(` ${visibleText(one.message, MAX_MESSAGE)}`),
      ...(way === null ? [] : [new Text(' '), element('span', { class: 'way-out', text: way })]),
    ],
  });
}

function reasonsPart(title: StringKey, { count, reasons }: PanelReasons): Node[] {
  const told = reasons.reduce((sum, { modules }) => sum + modules.count, 0);
  const items = reasons.map(({ reason, modules }) =>
    element('li', {
      children: [element('span', { text: visibleText(reason, MAX_MESSAGE) }), names(modules)],
    }),
  );
  return [
    heading(text(title)),
    element('ul', { class: 'findings', children: [...items, ...more(count - told)] }),
  ];
}

function heading(label: string): HTMLElement {
  return element('h3', { text: label });
}

/** A list of names side by side; those left out are counted. */
function names(list: PanelNames): HTMLElement {
  return element('ul', {
    class: 'names',
    children: [
      ...list.first.map((name) => element('li', { text: visibleText(name) })),
      ...more(moreOf(list)),
    ],
  });
}

function more(count: number): HTMLElement[] {
  return count > 0 ? [element('li', { class: 'note', text: text('checkMore', count) })] : [];
}
