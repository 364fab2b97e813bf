import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALIAS_TITLES, COMMAND_TABLE } from '../../../src/host/commandTable';
import { COMMANDS, EDITORS, TREE_ITEMS } from '../../../src/host/ids';
import { menus } from '../../../src/host/manifest/menus';
import { SETTINGS, type SettingKey } from '../../../src/host/settingDefinitions';
import { projectRoot } from '../../support/paths';

const read = (name: string): string => readFileSync(join(projectRoot, name), 'utf8');
const rows = menus()['view/item/context'] ?? [];

/** Whether a row's clause takes a `viewItem`, as VS Code reads `==` and `=~`. */
function rowMatches(when: string, viewItem: string): boolean {
  const pattern = /viewItem =~ \/(.+?)\/(?: |$)/.exec(when)?.[1];
  if (pattern !== undefined) return new RegExp(pattern).test(viewItem);
  return /viewItem == (\S+)/.exec(when)?.[1] === viewItem;
}

/** Commands of a row in groups that match. */
function offered(viewItem: string, group: RegExp): string[] {
  return rows
    .filter((entry) => group.test(entry.group ?? '') && rowMatches(entry.when ?? '', viewItem))
    .map(({ command }) => command ?? '');
}

describe('menus', () => {
  it('offer to cancel what runs and to analyze what does not, each by its own row', () => {
    const { analyze, analyzeAll, cancel, measure, showScores, writePruned } = COMMANDS;
    assert.deepEqual(offered(TREE_ITEMS.adapter, /^inline/), [measure, analyze, showScores, writePruned]);
    assert.deepEqual(offered(TREE_ITEMS.run, /^inline/), [analyzeAll, showScores]);
    assert.deepEqual(offered(TREE_ITEMS.adapterRunning, /^inline/), [cancel, showScores, writePruned]);
    assert.ok(!offered(TREE_ITEMS.adapterRunning, /./).includes(analyze));
    assert.ok(rows.every(({ when }) => !(when ?? '').includes('splora.running')));
  });

  it('of the palette answer to the words of the field', () => {
    const titles = [
      ...Object.values(COMMAND_TABLE).map(({ title }) => title),
      ...Object.values(ALIAS_TITLES),
    ].map((title) => title.toLowerCase());
    for (const word of [
      ...['safety', 'refuse', 'unsafe', 'peft', 'safetensors', 'heat map', 'checkpoint', 'alignment'],
      ...['vllm', 'walkthrough', 'settings', 'help', 'undo', 'reset'],
    ])
      assert.ok(
        titles.some((title) => title.includes(word)),
        word,
      );
  });

  it('offer to pin blocks as well as modules, and to unpin what is pinned', () => {
    const { pinKeep, pinPrune, unpin } = COMMANDS;
    for (const [free, pinned] of [
      [TREE_ITEMS.block, TREE_ITEMS.blockPinned],
      [TREE_ITEMS.module, TREE_ITEMS.modulePinned],
    ] as const) {
      assert.deepEqual(offered(free, /^1_pin/), [pinKeep, pinPrune], free);
      assert.deepEqual(offered(pinned, /^1_pin/), [pinKeep, pinPrune, unpin], pinned);
      assert.deepEqual(offered(free, /^inline@[12]/), [pinKeep, pinPrune], free);
      assert.deepEqual(offered(pinned, /^inline@[12]/), [unpin], pinned);
    }
  });

  it('ask for trust in each alternative, and show earlier scores without it', () => {
    const entries = Object.values(menus()).flat();
    const whenOf = (id: string): string[] =>
      entries.filter(({ command }) => command === id).map(({ when }) => when ?? '');
    for (const when of [...whenOf(COMMANDS.analyze), ...whenOf(COMMANDS.writePruned)])
      for (const way of when.split('||')) assert.match(way, /(^|[^!])isWorkspaceTrusted/);
    for (const when of whenOf(COMMANDS.showScores))
      assert.doesNotMatch(when, /&& isWorkspaceTrusted|^isWorkspaceTrusted$/);
  });
});

describe('package.json', () => {
  it('has a valid default for every setting', () => {
    for (const key of Object.keys(SETTINGS) as SettingKey[])
      assert.ok(SETTINGS[key].accepts(SETTINGS[key].default), key);
  });

  it('points at files that are there', () => {
    const files = [...read('package.json').matchAll(/"((?:\.\/)?media\/[^"]+)"/g)].map(
      ([, file]) => file ?? '',
    );
    assert.ok(files.length > 5);
    for (const file of files) assert.ok(existsSync(join(projectRoot, file)), file);
  });

  it('activates for panels of an earlier session', () => {
    for (const panel of [EDITORS.panel, EDITORS.comparison])
      assert.ok(read('package.json').includes(`"onWebviewPanel:${panel}"`));
  });

  it('has every text in German', () => {
    const keys = (file: string): string[] => Object.keys(JSON.parse(read(file)) as object).sort();
    assert.deepEqual(keys('package.nls.de.json'), keys('package.nls.json'));
    const texts = JSON.parse(read('package.nls.de.json')) as Record<string, string>;
    for (const [key, text] of Object.entries(texts)) assert.notEqual(text.trim(), '', key);
  });
});
