import { evidenceOf } from '../../src/core/evidence/evidence';
import { headline } from '../../src/core/evidence/headline';
import { render } from '../../src/core/message';
import type { AnalysisDocument } from '../../src/core/report/analysis';
import { visibleText } from '../../src/core/report/escape';
import { panelDocument } from '../../src/protocol/panelDocument';
import { element } from '../dom';
import { moduleColumns } from '../model/columns';
import { PageModel } from '../model/page';
import { MAX_MESSAGE } from '../notice';
import { text } from '../strings';
import { Table } from '../table/table';
import { HeatMapView } from '../view/heatmap';
import { buildName } from '../view/moduleCells';
import { onceAFrame } from './frames';
import { outputHead } from './head';

const RANK_BY = 'ediemIqr';
/** What is about the choice of modules, which outputs do not have. */
const CHOICE = ['verdict', 'pins'];

/** Nothing can be pinned, and nobody is told what the user looks at. */
class ReadOnlyModel extends PageModel {
  constructor(onDirty: () => void) {
    super(onDirty, () => undefined);
  }

  override pin(): void {
    // An output is as it was saved.
  }
}

/** The heat map and the table of modules. */
export function analysisOutput(document: AnalysisDocument): readonly HTMLElement[] {
  const model = new ReadOnlyModel(
    onceAFrame(() => {
      map.update(model, model.takeDirty());
      const { rows, view } = model;
      const columns = moduleColumns(RANK_BY, view.sort.column);
      table.show(
        columns.filter(({ id }) => !CHOICE.includes(id)),
        rows,
        view.sort,
      );
    }),
  );
  const table = new Table<PageModel>({
    model,
    label: text('tableHeading'),
    cells: { module: buildName },
    multiselectable: false,
    active: () => model.active,
    isSelected: (index) => model.chosen.has(index),
    isRanked: (id) => id === model.selection?.rankBy,
    onSort: (column) => model.sortBy(column),
    onChoose: (index) => model.choose(index, 'only'),
  });
  const map = new HeatMapView(model, (index) => table.reveal(index));
  model.apply({
    type: 'document',
    document: panelDocument(document, (english) => english),
    selection: { rule: { kind: 'none' }, rankBy: RANK_BY, pins: { keep: [], prune: [] } },
    revision: 0,
  });
  return [
    outputHead(document, headline(evidenceOf(document), null, RANK_BY)),
    map.element,
    table.element,
    ...[document.about, ...document.notes.map((note) => render(note))].map((note) =>
      element('p', { class: 'note' }, visibleText(note, MAX_MESSAGE)),
    ),
  ];
}
