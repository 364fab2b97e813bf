import type { PanelToHost } from '../../src/protocol/panel';
import type { Dirty, PageModel } from '../model/page';

/** A section of the panel. It draws the model, and changes it or asks the host; sections do not know each other. */
export interface View {
  readonly element: HTMLElement;
  /** Called at most once a frame, and only when something changed. */
  update(model: PageModel, dirty: Dirty): void;
}

export type Post = (message: PanelToHost) => void;
