import type { PanelToHost } from '../../src/protocol/panel';
import type { Dirty, PageModel } from '../model/page';

/** A part of the page. It draws from the model and changes the model or asks the host; parts do not know each other. */
export interface View {
  readonly element: HTMLElement;
  /** Called at most once a frame, and only when something changed. */
  update(model: PageModel, dirty: Dirty): void;
}

/** Sends a wish to the host. */
export type Post = (message: PanelToHost) => void;
