import type {
  PanelRepair,
  PanelRepairing,
  PanelRunStep,
  RepairToPanel,
} from '../../src/protocol/panelRepair';

/** Everything the section *Repair* shows. */
export class RepairModel {
  repair: PanelRepair | null = null;
  stale: string | null = null;
  run: PanelRepairing = { kind: 'idle' };
  steps: readonly PanelRunStep[] = [];
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  apply(message: RepairToPanel): void {
    if (message.type === 'repairing') this.run = message.run;
    else if (message.type === 'repairSteps') this.steps = message.steps;
    else {
      this.repair = message.repair;
      this.stale = message.stale;
    }
    this.#onChange();
  }
}
