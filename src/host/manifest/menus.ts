import { COMMAND_TABLE } from '../commandTable';
import {
  ALIASES,
  COMMANDS,
  CONTEXT,
  EDITORS,
  SCHEMES,
  SUBMENU,
  TREE_ITEMS,
  VIEWS,
  type CommandName,
} from '../ids';

interface Entry {
  readonly what: CommandName | typeof SUBMENU;
  readonly group: string;
  /** Alternatives. Commands that need trust get a clause for it. */
  readonly when?: readonly string[];
}

interface MenuItem {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
  readonly group?: string;
}

const TRUSTED = 'isWorkspaceTrusted';
const { hasBehavior, hasResults, running } = CONTEXT;
const FILE =
  'resourceFilename =~ /^(adapter_model\\.safetensors|(\\d+_)?adapters\\.safetensors|adapter_config\\.json)$/';
const FOLDER = `explorerResourceIsFolder && resourcePath in ${CONTEXT.adapterFolders}`;
const SAFETENSORS = 'resourceExtname == .safetensors';
const PANEL = `activeWebviewPanelId == ${EDITORS.panel}`;
const IN_VIEW = `view == ${VIEWS.adapters}`;
const FILE_IS_RUNNING = `resourceDirname in ${CONTEXT.runningFolders}`;
const FILE_IS_IDLE = `resourceDirname not in ${CONTEXT.runningFolders}`;

const inView = (what: CommandName, group: string, ...more: readonly string[]): Entry => ({
  what,
  group,
  when: [[IN_VIEW, ...more].join(' && ')],
});
/** `=~` with `/^splora\.adapter/` matches rows that run or are pinned, too. */
const onRow = (items: string, what: CommandName, group: string, ...more: readonly string[]): Entry =>
  inView(what, group, `viewItem ${items}`, ...more);
const IDLE_ADAPTER = `== ${TREE_ITEMS.adapter}`;
const RUN = `== ${TREE_ITEMS.run}`;
const ADAPTER = `=~ /^splora\\.adapter/`;
const FREE = `=~ /^splora\\.(block|module)$/`;
const PINNED = `=~ /^splora\\.(block|module)\\.pinned$/`;
const MODULES = `=~ /^splora\\.(block|module)/`;

const MENUS: Readonly<Record<string, readonly Entry[]>> = {
  'explorer/context': [
    { what: 'measure', group: '4_splora@1', when: [FILE, FOLDER] },
    { what: 'analyze', group: '4_splora@2', when: [FILE, FOLDER] },
    { what: SUBMENU, group: '4_splora@3', when: [FILE, FOLDER] },
    { what: 'openInspector', group: '4_splora@4', when: [`${SAFETENSORS} && !(${FILE})`] },
  ],
  [SUBMENU]: [
    { what: 'showScores', group: '1_look@1', when: [TRUSTED, hasResults] },
    { what: 'openLayerListing', group: '1_look@2' },
    { what: 'openInspector', group: '1_look@3' },
    { what: 'writePruned', group: '2_make@1' },
    { what: 'repair', group: '2_make@2' },
    { what: 'compareMethods', group: '2_make@3' },
    { what: 'exportAdapter', group: '2_make@4' },
    { what: 'exportReport', group: '2_make@5' },
    { what: 'compare', group: '2_make@6' },
    { what: 'checkLoad', group: '2_make@7' },
    { what: 'chooseModels', group: '3_set@1' },
    { what: 'clearResults', group: '3_set@2' },
  ],
  'editor/title': [
    { what: 'analyze', group: 'navigation@1', when: [`${FILE} && ${FILE_IS_IDLE}`] },
    { what: 'cancel', group: 'navigation@1', when: [`${FILE} && ${FILE_IS_RUNNING}`] },
    {
      what: 'showScores',
      group: 'navigation@2',
      when: [`resourceScheme == ${SCHEMES.layers}`, `${FILE} && (${hasResults} || ${hasBehavior})`],
    },
    { what: 'measure', group: 'navigation@1', when: [PANEL] },
    { what: 'analyze', group: 'navigation@2', when: [PANEL] },
    { what: 'repair', group: 'navigation@3', when: [PANEL] },
    { what: 'exportReport', group: '1_splora@1', when: [`${PANEL} && (${hasResults} || ${hasBehavior})`] },
    { what: 'writePruned', group: '1_splora@2', when: [`${PANEL} && ${hasResults}`] },
    { what: 'checkLoad', group: '1_splora@3', when: [PANEL] },
    { what: 'compare', group: '1_splora@4', when: [PANEL] },
    { what: 'exportAdapter', group: '1_splora@5', when: [PANEL] },
    { what: 'chooseModels', group: '2_set@1', when: [PANEL] },
    { what: 'openSettings', group: '2_set@2', when: [PANEL] },
    { what: 'openHelp', group: '2_set@3', when: [PANEL] },
    { what: 'explainTerm', group: '2_set@4', when: [PANEL] },
    { what: 'measure', group: '1_splora@0', when: [FILE] },
    { what: 'writePruned', group: '1_splora@1', when: [`${FILE} && ${hasResults}`] },
    { what: 'exportReport', group: '1_splora@2', when: [`${FILE} && ${hasResults}`] },
    { what: 'openLayerListing', group: '1_splora@3', when: [FILE] },
    {
      what: 'openInspector',
      group: '1_splora@4',
      when: [
        [
          SAFETENSORS,
          `activeCustomEditorId != ${EDITORS.inspector}`,
          `activeCustomEditorId != ${EDITORS.adapterInspector}`,
        ].join(' && '),
      ],
    },
  ],
  'view/title': [
    inView('cancel', 'navigation@1', running),
    inView('analyzeAll', 'navigation@1', CONTEXT.hasAdapters, 'workbenchState != empty', `!${running}`),
    inView('changeRule', 'navigation@2', hasResults),
    inView('treeSortByScore', 'navigation@3', hasResults, `${CONTEXT.treeSort} != score`),
    inView('treeSortByName', 'navigation@3', hasResults, `${CONTEXT.treeSort} == score`),
    inView('treeShowMarked', 'navigation@4', hasResults, `!${CONTEXT.treeMarkedOnly}`),
    inView('treeShowAll', 'navigation@4', hasResults, CONTEXT.treeMarkedOnly),
    inView('undoSelection', '1_edit@1', hasResults),
    inView('redoSelection', '1_edit@2', hasResults),
    inView('refreshAdapters', '2_more@0'),
    inView('openSample', '2_more@1'),
    inView('compare', '2_more@2'),
    inView('clearResults', '3_end@1', hasResults),
    inView('openWalkthrough', '3_end@2'),
    inView('openSettings', '3_end@3'),
    inView('openHelp', '3_end@4'),
    inView('explainTerm', '3_end@5'),
    inView('showLog', '3_end@6'),
  ],
  'view/item/context': [
    onRow(RUN, 'analyzeAll', 'inline@1'),
    onRow(RUN, 'showScores', 'inline@2'),
    onRow(RUN, 'analyzeAll', '1_look@1'),
    onRow(RUN, 'showScores', '1_look@2'),
    onRow(RUN, 'repairRun', '2_make@1'),
    onRow(IDLE_ADAPTER, 'measure', 'inline@0'),
    onRow(IDLE_ADAPTER, 'analyze', 'inline@1'),
    onRow(`== ${TREE_ITEMS.adapterRunning}`, 'cancel', 'inline@1'),
    onRow(ADAPTER, 'showScores', 'inline@2'),
    onRow(ADAPTER, 'writePruned', 'inline@3'),
    onRow(ADAPTER, 'measure', '1_look@0'),
    onRow(IDLE_ADAPTER, 'analyze', '1_look@1'),
    onRow(ADAPTER, 'showScores', '1_look@2'),
    onRow(ADAPTER, 'openLayerListing', '1_look@3'),
    onRow(ADAPTER, 'openInspector', '1_look@4'),
    onRow(ADAPTER, 'writePruned', '2_make@1'),
    onRow(ADAPTER, 'repair', '2_make@2'),
    onRow(ADAPTER, 'compareMethods', '2_make@3'),
    onRow(ADAPTER, 'exportAdapter', '2_make@4'),
    onRow(ADAPTER, 'exportReport', '2_make@5', `(${hasResults} || ${hasBehavior})`),
    onRow(ADAPTER, 'compare', '2_make@6'),
    onRow(ADAPTER, 'checkLoad', '2_make@7'),
    onRow(ADAPTER, 'changeRule', '3_set@1'),
    onRow(ADAPTER, 'unpinAll', '3_set@2', hasResults),
    onRow(ADAPTER, 'resetToRule', '3_set@3', hasResults),
    onRow(ADAPTER, 'chooseModels', '3_set@4'),
    onRow(ADAPTER, 'clearResults', '3_set@5'),
    onRow(FREE, 'pinKeep', 'inline@1'),
    onRow(FREE, 'pinPrune', 'inline@2'),
    onRow(PINNED, 'unpin', 'inline@1'),
    onRow('=~ /^splora\\.module/', 'revealModule', 'inline@3'),
    onRow(MODULES, 'pinKeep', '1_pin@1'),
    onRow(MODULES, 'pinPrune', '1_pin@2'),
    onRow(PINNED, 'unpin', '1_pin@3'),
    onRow('=~ /^splora\\.module/', 'revealModule', '2_look@1'),
  ],
};

export function menus(): Readonly<Record<string, readonly MenuItem[]>> {
  const lists = Object.entries(MENUS).map(([name, entries]) => [name, entries.map(menuItem)] as const);
  return { ...Object.fromEntries(lists), commandPalette: palette() };
}

function menuItem({ what, when, group }: Entry): MenuItem {
  if (what === SUBMENU) return { submenu: what, ...clause(when), group };
  return { command: COMMANDS[what], ...clause(withTrust(what, when)), group };
}

/** What the palette does not always offer. */
function palette(): readonly MenuItem[] {
  const item = (command: string, name: CommandName): MenuItem => {
    const { palette } = COMMAND_TABLE[name];
    return { command, ...clause(withTrust(name, palette === undefined ? undefined : [palette])) };
  };
  const own = (Object.keys(COMMANDS) as CommandName[]).map((name) => item(COMMANDS[name], name));
  const aliases = Object.values(ALIASES).map(({ id, runs }) => item(id, runs));
  return [...own, ...aliases].filter((one) => 'when' in one);
}

function withTrust(name: CommandName, when: readonly string[] | undefined): readonly string[] | undefined {
  if (COMMAND_TABLE[name].trust !== true) return when;
  return when === undefined ? [TRUSTED] : when.map((one) => `${one} && ${TRUSTED}`);
}

function clause(when: readonly string[] | undefined): Pick<MenuItem, 'when'> {
  return when === undefined ? {} : { when: when.join(' || ') };
}
