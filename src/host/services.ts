import * as path from 'node:path';
import * as vscode from 'vscode';
import type { AnalysisDocument } from '../core/report/analysis';
import { startEngine } from '../engine/client';
import { Measurements } from './behavior/measurements';
import type { ComparisonSource } from './comparison/source';
import { Repairs } from './repair/repairs';
import { chooseModelsAction, notify } from './errors/showError';
import { Jobs } from './engine/jobs';
import type { ModelChooser } from './models/modelChooser';
import { ReportDocuments } from './reports/reportDocuments';
import { Settings } from './settings';
import { ActiveMemory } from './state/activeMemory';
import {
  AdapterMemory,
  parseReading,
  parseSelectionChange,
  Readings,
  type SelectionChange,
} from './state/choices';
import { AdapterStore } from './state/analysisStore';
import { AdapterLibrary } from './state/library';
import { ResultCache } from './state/keptResults';
import { SaveWatch } from './state/saveWatch';
import { createLog } from './windowText';

export interface Surfaces {
  panelInFront(): string | undefined;
  /** Opens the panel of an adapter, on a module if given. */
  showPanel(adapter: string, module?: string): void;
  /** Opens a page that compares adapters. */
  showComparison(source: ComparisonSource): void;
  /** Opens the layer listing of an adapter, on a module if given. */
  showListing(adapter: string, module?: string): Promise<unknown>;
}

export type Services = ReturnType<typeof createServices>;

/** Builds what commands and surfaces work with. Starts no process and reads no file. */
export function createServices(context: vscode.ExtensionContext, surfaces: Surfaces) {
  const own = <T extends vscode.Disposable>(item: T): T => {
    context.subscriptions.push(item);
    return item;
  };
  // Disposed of last, by the entry file: whatever ends before it may still have something to say.
  const log = createLog('SPLoRA');
  const settings = own(new Settings(log));
  // Without a workspace there is no memory of one: what is chosen then holds for the user.
  const memento = context.storageUri === undefined ? context.globalState : context.workspaceState;
  const onFailure = (thrown: unknown): void => log.warn(`A choice could not be kept: ${String(thrown)}`);
  const readings = new Readings(new AdapterMemory(memento, 'reading:', parseReading, onFailure), (adapter) =>
    settings.analysisOptions(vscode.Uri.file(adapter)),
  );
  const memory = new AdapterMemory(memento, 'selection:', parseSelectionChange, onFailure);
  const store = own(createStore(memory, settings, readings));
  const engine = own(
    startEngine(context.asAbsolutePath(path.join('dist', 'engine.js')), {
      background: true,
      idleMs: () => settings.get('engine.idleSeconds') * 1000,
      log,
      onOutput: (text) => log.info(`engine: ${text.trimEnd()}`),
    }),
  );
  const storage = (context.storageUri ?? context.globalStorageUri).fsPath;
  const library = own(new AdapterLibrary(store, new ResultCache(storage, log), log));
  const measurements = own(new Measurements());
  const repairs = own(new Repairs());
  const active = own(new ActiveMemory(store, memento, onFailure));
  own(library.onDidScan(() => active.restore()));
  const jobs = new Jobs<AnalysisDocument>((adapter) =>
    log.info(`${adapter}: its analysis ends for one with other models or options`),
  );
  own({ dispose: () => jobs.cancel() });
  const warn = (message: string, adapter: string): void =>
    notify('Warning', log, message, [chooseModelsAction(adapter)]);
  let chooser: Promise<ModelChooser> | undefined;
  const createChooser = async (): Promise<ModelChooser> =>
    new (await import('./models/modelChooser')).ModelChooser(settings, memento, warn);
  const reports = own(new ReportDocuments());
  const saveWatch = own(new SaveWatch());
  return {
    ...{ context, log, settings, store, library, readings, engine, jobs, reports, surfaces },
    ...{ measurements, repairs, memento, storage, saveWatch },
    /** Its code is loaded when models are first asked for. */
    chooser: () => (chooser ??= createChooser()),
  };
}

function createStore(
  memory: AdapterMemory<SelectionChange>,
  settings: Settings,
  readings: Readings,
): AdapterStore {
  const store = new AdapterStore({
    read: (document) => readings.read(document),
    defaults: (adapter) => settings.selection(vscode.Uri.file(adapter)),
    memory,
  });
  settings.onDidChange((event) => {
    if (event.affectsConfiguration('splora.rule')) store.defaultsChanged();
    if (event.affectsConfiguration('splora.analysis')) store.readingsChanged();
  });
  return store;
}
