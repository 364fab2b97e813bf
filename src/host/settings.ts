import * as vscode from 'vscode';
import type { AnalysisOptions } from '../core/report/analysis';
import type { Rule, SelectionOptions } from '../core/selection/types';
import { Disposable } from './disposable';
import { SETTING_SECTION } from './ids';
import {
  isWhollyValid,
  parseSetting,
  SETTINGS,
  type SettingKey,
  type SettingValue,
} from './settingDefinitions';

/** Typed settings, read at each use, so that a change applies without reload. */
export class Settings extends Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #reported = new Set<string>();
  readonly #emitter = this._register(new vscode.EventEmitter<vscode.ConfigurationChangeEvent>());
  readonly onDidChange = this.#emitter.event;

  constructor(log: vscode.LogOutputChannel) {
    super();
    this.#log = log;
    this._register(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration(SETTING_SECTION)) return;
        this.#reported.clear();
        this.#emitter.fire(event);
      }),
    );
  }

  /** The value for a file or folder; an invalid one is logged once and its default taken, or what is valid of it. */
  get<K extends SettingKey>(key: K, scope?: vscode.Uri): SettingValue<K> {
    const raw: unknown = vscode.workspace.getConfiguration(SETTING_SECTION, scope ?? null).get(key);
    const value = parseSetting(key, raw);
    if (raw !== undefined && !isWhollyValid(key, raw)) this.#report(key, raw, value !== undefined);
    if (value !== undefined) return value;
    return SETTINGS[key].default as SettingValue<K>;
  }

  selection(scope: vscode.Uri): Omit<SelectionOptions, 'pins'> {
    const order = this.get('rule.order', scope);
    return {
      rule: this.#rule(scope),
      rankBy: this.get('rule.rankBy', scope),
      ...(order === 'natural' ? {} : { order }),
    };
  }

  analysisOptions(scope: vscode.Uri): AnalysisOptions {
    const loader = this.get('analysis.loader', scope);
    return {
      population: this.get('analysis.population', scope),
      scale: this.get('analysis.scale', scope),
      quartiles: this.get('analysis.quartiles', scope),
      ...(loader === 'auto' ? {} : { loader }),
    };
  }

  #report(key: SettingKey, raw: unknown, partly: boolean): void {
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    const what = partly ? 'has entries that are not valid' : 'has no valid value';
    const taken = partly ? 'the others are used' : 'its default is used';
    this.#log.warn(`Setting ${SETTING_SECTION}.${key} ${what} (${JSON.stringify(raw)}); ${taken}.`);
  }

  #rule(scope: vscode.Uri): Rule {
    const kind = this.get('rule.kind', scope);
    switch (kind) {
      case 'top':
        return { kind, k: this.get('rule.top', scope) };
      case 'threshold':
        return { kind, threshold: this.get('rule.threshold', scope) };
      case 'fraction':
        return { kind, fraction: this.get('rule.fraction', scope) };
      case 'none':
        return { kind };
    }
  }
}
