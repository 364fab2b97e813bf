import type { EngineApi } from '../protocol/engineApi';
import { startProcess, type Process, type ProcessOptions } from '../rpc/process';
import { NO_TELEMETRY } from '../core/noTelemetry';

export type Engine = Process<EngineApi>;
export type EngineOptions = Pick<ProcessOptions<EngineApi>, 'background' | 'idleMs' | 'log' | 'onOutput'>;

/** @param file the bundled `engine.js` */
export function startEngine(file: string, options: EngineOptions): Engine {
  return startProcess<EngineApi>(file, {
    name: 'engine',
    env: NO_TELEMETRY,
    serial: ['analyze'],
    ...options,
  });
}
