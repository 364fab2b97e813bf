import { setText } from '../dom';
import { Table, type TableParts } from '../table/table';
import { outcomeCell } from './columns';
import type { BehaviorModel } from './model';

/** The prompts of one result with an outcome for each of its variants. */
export function promptGrid(
  model: BehaviorModel,
  parts: Pick<TableParts<BehaviorModel>, 'label' | 'onOpen' | 'onExplain'>,
): Table<BehaviorModel> {
  const cells = model.variants.map((variant) => {
    const build = (cell: HTMLElement) => (_model: BehaviorModel, place: number) => {
      const shown = outcomeCell(model, place, variant);
      setText(cell, shown.text);
      cell.classList.toggle('bad', shown.isBad);
    };
    return [`variant ${variant.id}`, build] as const;
  });
  return new Table({
    ...parts,
    model,
    id: 'prompt',
    cells: Object.fromEntries(cells),
    multiselectable: false,
    active: () => model.active,
    isSelected: (place) => place === model.active,
    onSort: (column) => model.sortBy(column),
    onChoose: (place) => model.choose(place),
  });
}
