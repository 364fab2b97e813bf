import type { PanelRepair, PanelRepairing, RepairToPanel } from '../../src/protocol/panelRepair';

/** Everything the section *Repair* shows. */
export class RepairModel {
  repair: PanelRepair | null = null;
  stale: string | null = null;
  run: PanelRepairing = { kind: 'idle' };
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  apply(message: RepairToPanel): void {
    if (message.type === 'repairing') this.run = message.run;
    else {
      this.repair = message.repair;
      this.stale = message.stale;
    }
    this.#onChange();
  }
}
