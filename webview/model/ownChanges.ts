import type { PanelSelectionChange, PanelToHost } from '../../src/protocol/panel';
import type { PageModel } from './page';

/** One view's changes of the selection. Until the host has heard of the last of them, what it says is older than the view. */
export class OwnChanges {
  readonly #model: Pick<PageModel, 'heard' | 'nextTurn'>;
  readonly #post: (message: PanelToHost) => void;
  #last = 0;

  constructor(model: Pick<PageModel, 'heard' | 'nextTurn'>, post: (message: PanelToHost) => void) {
    this.#model = model;
    this.#post = post;
  }

  get answered(): boolean {
    return this.#model.heard >= this.#last;
  }

  send(change: PanelSelectionChange): void {
    this.#last = this.#model.nextTurn();
    this.#post({ type: 'setSelection', change, turn: this.#last });
  }
}
