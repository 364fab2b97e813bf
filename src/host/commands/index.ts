import type { Disposable } from '../disposable';
import { registerAnalyze } from './analyze';
import { registerAnalyzeAll } from './analyzeAll';
import { registerCheckLoad } from './checkLoad';
import { registerChangeRule } from './changeRule';
import { registerCompare } from './compare';
import { registerExportReport } from './exportReport';
import { registerHousekeeping } from './housekeeping';
import { registerModules } from './modules';
import { registerOpenSample } from './openSample';
import { CommandRegistry } from './registry';
import type { Services } from './services';
import { registerRepair } from './repair';

/** Registers every command of `COMMANDS`. */
export function registerCommands(services: Services): Disposable {
  const registry = new CommandRegistry(services);
  registerAnalyze(registry, services);
  registerAnalyzeAll(registry, services);
  registerRepair(registry, services);
  registerCompare(registry, services);
  registerCheckLoad(registry, services);
  registerExportReport(registry, services);
  registerModules(registry, services);
  registerChangeRule(registry, services);
  registerOpenSample(registry, services);
  registerHousekeeping(registry, services);
  return registry;
}
