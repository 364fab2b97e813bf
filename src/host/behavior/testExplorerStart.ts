import { Disposable } from '../disposable';
import type { Services } from '../services';

/** Fills the Test Explorer once an adapter has been measured: nothing of it is loaded before. */
export class TestExplorerStart extends Disposable {
  #isStarted = false;

  constructor(services: Services) {
    super();
    const { store, log } = services;
    this._register(
      store.onDidChange(() => {
        if (this.#isStarted || !store.adapters.some(({ results }) => results.evaluation !== undefined))
          return;
        this.#isStarted = true;
        this.#start(services).catch((thrown: unknown) =>
          log.error(`The Test Explorer could not be filled: ${String(thrown)}`),
        );
      }),
    );
  }

  async #start(services: Services): Promise<void> {
    const { BehaviorTests } = await import('./testExplorer');
    this._register(new BehaviorTests(services));
  }
}
