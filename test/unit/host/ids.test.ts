import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS, EDITORS, TREE_ITEMS, VIEWS, WALKTHROUGH } from '../../../src/host/ids';
import { SETTINGS, type SettingKey } from '../../../src/host/settingDefinitions';
import { projectRoot } from '../../support/paths';

interface Property {
  readonly type: string;
  readonly default: unknown;
  readonly scope: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

interface MenuEntry {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
  readonly group?: string;
}

interface Manifest {
  readonly icon: string;
  readonly l10n: string;
  readonly activationEvents: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly MenuEntry[]>>;
    readonly submenus: readonly { readonly id: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
    readonly viewsWelcome: readonly { readonly view: string }[];
    readonly customEditors: readonly { readonly viewType: string }[];
    readonly configuration: readonly { readonly properties: Readonly<Record<string, Property>> }[];
    readonly walkthroughs: readonly {
      readonly id: string;
      readonly steps: readonly { readonly media: { readonly markdown: string } }[];
    }[];
  };
}

const read = (name: string): string => readFileSync(join(projectRoot, name), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const { contributes } = manifest;
const sorted = (values: Iterable<string>): string[] => [...values].sort();

/** Whether a row's clause takes a `viewItem`, as VS Code reads `==` and `=~`. */
function rowMatches(when: string, viewItem: string): boolean {
  const pattern = /viewItem =~ \/(.+?)\/(?: |$)/.exec(when)?.[1];
  if (pattern !== undefined) return new RegExp(pattern).test(viewItem);
  return /viewItem == (\S+)/.exec(when)?.[1] === viewItem;
}

describe('ids and package.json', () => {
  it('name the same commands', () => {
    assert.deepEqual(
      sorted(contributes.commands.map(({ command }) => command)),
      sorted(Object.values(COMMANDS)),
    );
  });

  it('offer only declared commands and submenus in menus', () => {
    const commands = new Set<string>(Object.values(COMMANDS));
    const submenus = new Set(contributes.submenus.map(({ id }) => id));
    for (const entry of Object.values(contributes.menus).flat()) {
      assert.ok(
        commands.has(entry.command ?? '') || submenus.has(entry.submenu ?? ''),
        JSON.stringify(entry),
      );
    }
  });

  it('offer to cancel what runs and to analyze what does not, each by its own row', () => {
    const rows = contributes.menus['view/item/context'] ?? [];
    const whenOf = (command: string): (string | undefined)[] =>
      rows.filter((entry) => entry.command === command).map(({ when }) => when);
    for (const when of whenOf(COMMANDS.cancel))
      assert.match(when ?? '', /viewItem == splora\.adapter\.running$/);
    for (const when of whenOf(COMMANDS.analyze)) assert.match(when ?? '', /viewItem == splora\.adapter /);
    assert.ok(rows.every(({ when }) => !(when ?? '').includes('splora.running')));
    assert.equal(TREE_ITEMS.adapterRunning, 'splora.adapter.running');
  });

  it('offer to pin blocks as well as modules, and to unpin what is pinned', () => {
    const offered = (viewItem: string, place: RegExp): string[] =>
      (contributes.menus['view/item/context'] ?? [])
        .filter(({ group, when }) => place.test(group ?? '') && rowMatches(when ?? '', viewItem))
        .map(({ command }) => command ?? '');
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

  it('offer what needs trust only where there is trust, and scores of before everywhere', () => {
    const needy = readdirSync(join(projectRoot, 'src/host/commands'))
      .flatMap((file) => [
        ...read(`src/host/commands/${file}`).matchAll(/COMMANDS\.(\w+), \{ needsTrust: true/g),
      ])
      .map(([, name]) => COMMANDS[name as keyof typeof COMMANDS] as string);
    assert.ok(needy.includes(COMMANDS.analyze) && needy.includes(COMMANDS.writePruned));
    const entries = Object.values(contributes.menus).flat();
    for (const entry of entries.filter(({ command }) => needy.includes(command ?? '')))
      for (const way of (entry.when ?? '').split('||'))
        assert.match(way, /(^|[^!])isWorkspaceTrusted/, JSON.stringify(entry));
    for (const entry of entries.filter(({ command }) => command === COMMANDS.showScores))
      assert.doesNotMatch(
        entry.when ?? '',
        /&& isWorkspaceTrusted|^isWorkspaceTrusted$/,
        JSON.stringify(entry),
      );
  });

  it('name the same views, editors and walkthrough', () => {
    assert.deepEqual(Object.keys(contributes.views), [VIEWS.container]);
    assert.deepEqual(
      contributes.views[VIEWS.container]?.map(({ id }) => id),
      [VIEWS.adapters],
    );
    for (const { view } of contributes.viewsWelcome) assert.equal(view, VIEWS.adapters);
    const declared = contributes.customEditors.map(({ viewType }) => viewType);
    assert.deepEqual(sorted(declared), sorted([EDITORS.adapterInspector, EDITORS.inspector]));
    assert.deepEqual(
      contributes.walkthroughs.map(({ id }) => id),
      [WALKTHROUGH],
    );
    assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${EDITORS.panel}`));
  });

  it('give the same settings, defaults, scopes and choices', () => {
    const declared = new Map(
      contributes.configuration.flatMap(({ properties }) => Object.entries(properties)),
    );
    const keys = Object.keys(SETTINGS) as SettingKey[];
    assert.deepEqual(sorted(declared.keys()), sorted(keys.map((key) => `splora.${key}`)));
    for (const key of keys) {
      const { scope, choices, minimum, maximum, ...rest } = SETTINGS[key];
      const property = declared.get(`splora.${key}`);
      assert.ok(property);
      assert.deepEqual(property.default, rest.default, key);
      assert.equal(property.scope, scope, key);
      assert.deepEqual(property.enum, choices, key);
      assert.equal(property.minimum, minimum, key);
      assert.equal(property.maximum, maximum, key);
      assert.ok(rest.accepts(property.default), key);
    }
  });

  it('restrict only settings that exist', () => {
    const keys = new Set(Object.keys(SETTINGS).map((key) => `splora.${key}`));
    for (const key of manifest.capabilities.untrustedWorkspaces.restrictedConfigurations)
      assert.ok(keys.has(key), key);
  });

  it('points at files that are there', () => {
    const icons = Object.values(contributes.views).flatMap((views) => views.map(({ icon }) => icon));
    const steps = contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.markdown));
    for (const file of [manifest.icon, manifest.l10n, ...icons, ...steps]) {
      assert.ok(existsSync(join(projectRoot, file)), file);
    }
  });

  it('says every text of package.json in both languages', () => {
    const used = new Set([...read('package.json').matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? ''));
    for (const file of ['package.nls.json', 'package.nls.de.json']) {
      const texts = JSON.parse(read(file)) as Record<string, string>;
      assert.deepEqual(sorted(Object.keys(texts)), sorted(used), file);
      for (const [key, text] of Object.entries(texts)) assert.notEqual(text.trim(), '', `${file}: ${key}`);
    }
  });
});
