import { AGENT_TOOLS } from '../../agentTools';
import { inputSchema } from '../../agentTools/define';
import { render } from '../../core/message';
import { isScoreName } from '../../core/report/scores';
import type { TermId } from '../../core/report/terms';
import { ALIAS_TITLES, COMMAND_TABLE } from '../commandTable';
import {
  ALIASES,
  COMMANDS,
  CONTEXT,
  EDITORS,
  SCHEMES,
  SETTING_SECTION,
  SUBMENU,
  VIEWS,
  WALKTHROUGH,
  type AliasName,
  type CommandName,
} from '../ids';
import { SETTING_TERMS, SETTINGS, type Setting, type SettingKey } from '../settingDefinitions';
import { menus } from './menus';

export interface Manifest {
  readonly contributes: Readonly<Record<string, unknown>>;
  /** Settings that have no effect in an untrusted workspace. */
  readonly restricted: readonly string[];
  readonly texts: Readonly<Record<string, string>>;
}

/** Sections of the settings editor, with the first part of the keys in them. */
const SECTIONS: readonly {
  readonly id: string;
  readonly title: string;
  readonly keys: readonly string[];
  /** These could point the extension at files and devices. */
  readonly restricted?: true;
}[] = [
  { id: 'models', title: 'Models', keys: ['models'], restricted: true },
  { id: 'rule', title: 'Selection Rule', keys: ['rule'] },
  { id: 'analysis', title: 'Analysis', keys: ['analysis'] },
  { id: 'prune', title: 'Repaired Adapter', keys: ['prune', 'repair'] },
  { id: 'display', title: 'Display', keys: ['diagnostics', 'hover', 'fileBadges'] },
  { id: 'engine', title: 'Engine', keys: ['engine'], restricted: true },
];

/** Shows analyses and evaluations in outputs of notebooks. */
const NOTEBOOK_RENDERER = {
  id: 'splora.document',
  displayName: 'SPLoRA',
  entrypoint: './dist/webview/notebook.js',
  mimeTypes: ['application/vnd.splora+json'],
  requiresMessaging: 'never',
};

/** Everything that package.json and package.nls.json take from the tables of the extension. */
export function manifest(): Manifest {
  const texts: Record<string, string> = {};
  /** Adds a text. @returns its place in package.json */
  const nls: AddText = (key, text) => {
    texts[key] = text;
    return `%${key}%`;
  };
  const contributes = {
    commands: commands(nls),
    menus: menus(),
    keybindings: keybindings(),
    submenus: [{ id: SUBMENU, label: 'SPLoRA' }],
    ...views(nls),
    languages: [{ id: SCHEMES.layers, aliases: [nls('language.layers', 'SPLoRA Layer Listing')] }],
    customEditors: customEditors(nls),
    notebookRenderer: [NOTEBOOK_RENDERER],
    configuration: configuration(nls),
    configurationDefaults: {
      [`[${SCHEMES.layers}]`]: {
        'editor.minimap.enabled': false,
        'editor.wordWrap': 'off',
        'editor.unicodeHighlight.ambiguousCharacters': false,
      },
    },
    walkthroughs: [walkthrough(nls)],
    languageModelTools: languageModelTools(nls),
  };
  nls(
    'description',
    'Measure whether a LoRA adapter still refuses harmful prompts, see which modules move away from the safety alignment (E-DIEM), and repair it.',
  );
  nls(
    'untrusted',
    'In an untrusted workspace, SPLoRA only inspects files and shows earlier scores, because workspace settings could point it to files elsewhere. Writing an adapter requires trust.',
  );
  nls('virtual', 'SPLoRA needs files on disk, so it does not support virtual workspaces.');
  const keys = SECTIONS.flatMap((section) => (section.restricted === true ? settingsOf(section) : []));
  return { contributes, restricted: keys.map((key) => `${SETTING_SECTION}.${key}`), texts };
}

type AddText = (key: string, text: string) => string;

function commands(nls: AddText): readonly unknown[] {
  const aliases = (Object.keys(ALIASES) as AliasName[]).map((name) => ({
    command: ALIASES[name].id,
    title: nls(`alias.${name}`, ALIAS_TITLES[name]),
    category: 'SPLoRA',
  }));
  const own = (Object.keys(COMMANDS) as CommandName[]).map((name) => {
    const { title, icon, enablement } = COMMAND_TABLE[name];
    const command = COMMANDS[name];
    return {
      command,
      title: nls(command.replace('splora.', 'command.'), title),
      category: 'SPLoRA',
      icon: `$(${icon})`,
      ...(enablement === undefined ? {} : { enablement }),
    };
  });
  return [...own, ...aliases];
}

function keybindings(): readonly unknown[] {
  return (Object.keys(COMMANDS) as CommandName[]).flatMap((name) =>
    (COMMAND_TABLE[name].keys ?? []).map((key) => ({
      command: COMMANDS[name],
      key,
      mac: key.replace('ctrl', 'cmd'),
      when: `focusedView == ${VIEWS.adapters}`,
    })),
  );
}

function languageModelTools(nls: AddText): readonly unknown[] {
  return AGENT_TOOLS.map((tool) => ({
    name: tool.name,
    displayName: nls(`tool.${tool.name}`, render(tool.title)),
    // Models read English best.
    modelDescription: tool.description,
    canBeReferencedInPrompt: true,
    toolReferenceName: tool.name.replace('_', '-'),
    icon: '$(beaker)',
    tags: ['splora', 'lora', 'safety'],
    inputSchema: inputSchema(tool),
  }));
}

function settingsOf({ keys }: { readonly keys: readonly string[] }): readonly SettingKey[] {
  return (Object.keys(SETTINGS) as SettingKey[]).filter((key) =>
    keys.some((first) => key.startsWith(`${first}.`)),
  );
}

function configuration(nls: AddText): readonly unknown[] {
  let order = 0;
  return SECTIONS.map((section) => ({
    title: nls(`section.${section.id}`, section.title),
    properties: Object.fromEntries(
      settingsOf(section).map((key) => [`${SETTING_SECTION}.${key}`, property(nls, key, order++)]),
    ),
  }));
}

function property(nls: AddText, key: SettingKey, order: number): Readonly<Record<string, unknown>> {
  const setting: Setting<unknown> = SETTINGS[key];
  const { type, scope, schema, minimum, maximum, choices, choiceDescriptions, description = '' } = setting;
  return {
    type,
    default: setting.default,
    ...schema,
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    scope,
    order,
    markdownDescription: nls(`setting.${key}`, withLink(description, SETTING_TERMS[key])),
    ...(choices === undefined
      ? {}
      : {
          enum: choices,
          markdownEnumDescriptions: choices.map((one) => {
            const text = choiceDescriptions?.[one] ?? one;
            return nls(`setting.${key}.${one}`, isScoreName(one) ? withLink(text, one) : text);
          }),
        }),
  };
}

/** With the command that opens the page of terms: the settings editor runs commands of links. */
function withLink(description: string, term: TermId): string {
  const options = encodeURIComponent(JSON.stringify([{ term }]));
  return `${description} [More](command:${COMMANDS.explainTerm}?${options})`;
}

function views(nls: AddText): Readonly<Record<string, unknown>> {
  const icon = 'media/icon.svg';
  const name = nls('view.adapters', 'Adapters');
  const view = { id: VIEWS.adapters, name, icon, contextualTitle: 'SPLoRA' };
  return {
    viewsContainers: { activitybar: [{ id: VIEWS.container, title: 'SPLoRA', icon }] },
    views: { [VIEWS.container]: [view] },
    viewsWelcome: viewsWelcome(nls),
  };
}

function viewsWelcome(nls: AddText): readonly unknown[] {
  const { scanned, hasAdapters } = CONTEXT;
  const OPEN = 'workbenchState != empty';
  const TRUSTED = 'isWorkspaceTrusted';
  const welcome = (key: string, when: readonly string[], text: string): unknown => ({
    view: VIEWS.adapters,
    contents: nls(`welcome.${key}`, text),
    when: when.join(' && '),
  });
  return [
    welcome(
      'noFolder',
      ['workbenchState == empty'],
      'Open a folder that contains a LoRA adapter.\n[Open Folder](command:vscode.openFolder)\nOr try SPLoRA with the built-in sample: a tiny model family with nothing to download.\n[Open Sample](command:splora.openSample)',
    ),
    welcome('looking', [OPEN, `!${scanned}`], 'Looking for LoRA adapters in this workspace…'),
    welcome(
      'noAdapter',
      [OPEN, scanned, `!${hasAdapters}`, TRUSTED],
      'No LoRA adapter was found in this workspace. SPLoRA looks for adapter_model.safetensors (PEFT) and adapters.safetensors (MLX).\n[Look Again](command:splora.refreshAdapters)\n[Analyze Adapter Elsewhere…](command:splora.analyze)\n[Open Sample](command:splora.openSample)',
    ),
    welcome(
      'untrusted',
      [`!${TRUSTED}`, scanned, OPEN, `!${hasAdapters}`],
      'This workspace is not trusted, so SPLoRA only inspects safetensors files. Trust the workspace to analyze and write adapters: its settings can point SPLoRA to files elsewhere.\n[Manage Workspace Trust](command:workbench.trust.manage)',
    ),
  ];
}

function customEditors(nls: AddText): readonly unknown[] {
  return [
    {
      viewType: EDITORS.adapterInspector,
      displayName: nls('editor.adapterInspector', 'SPLoRA Adapter Inspector'),
      selector: ['adapter_model', 'adapters', '[0-9]*_adapters'].map((name) => ({
        filenamePattern: `${name}.safetensors`,
      })),
      priority: 'default',
    },
    {
      viewType: EDITORS.inspector,
      displayName: nls('editor.inspector', 'SPLoRA Safetensors Inspector'),
      selector: [{ filenamePattern: '*.safetensors' }],
      priority: 'option',
    },
  ];
}

function walkthrough(nls: AddText): unknown {
  const step = (id: string, completionEvent: string, title: string, description: string): unknown => ({
    id,
    title: nls(`walkthrough.${id}.title`, title),
    description: nls(`walkthrough.${id}.description`, description),
    media: { markdown: `media/walkthrough/${id}.md` },
    completionEvents: [completionEvent],
  });
  return {
    id: WALKTHROUGH,
    icon: 'media/icon.png',
    title: nls('walkthrough.title', 'SPLoRA: Did fine-tuning weaken safety?'),
    description: nls(
      'walkthrough.description',
      'Measure whether a LoRA adapter still refuses, repair it, and measure again.',
    ),
    steps: [
      step(
        'sample',
        `onCommand:${COMMANDS.openSample}`,
        'Open the sample',
        'The extension includes a tiny trained model family: a base model, its aligned model, and two adapters. Nothing is downloaded.\n[Open Sample](command:splora.openSample)',
      ),
      step(
        'measure',
        `onContext:${CONTEXT.hasBehavior}`,
        'Measure behavior',
        'Run prompts through the aligned model with and without the adapter, and see what is refused and which tasks are solved. It runs on this machine, without Python or a GPU.\n[Measure Behavior…](command:splora.measure)',
      ),
      step(
        'analyze',
        `onContext:${CONTEXT.hasResults}`,
        'Find the modules responsible',
        'Score the modules of the adapter: which ones move away from the alignment? You confirm which base and aligned models belong to it.\n[Analyze Adapter](command:splora.analyze)',
      ),
      step(
        'repair',
        `onCommand:${COMMANDS.repair}`,
        'Repair the adapter',
        'The repaired adapter goes to a new folder beside the original. Nothing is overwritten.\n[Repair Adapter…](command:splora.repair)',
      ),
      step(
        'again',
        `onContext:${CONTEXT.hasComparison}`,
        'Measure again',
        'Measure the original along with the repaired adapter: one plot shows what the repair restored, and what it cost.\n[Measure Behavior…](command:splora.measure)',
      ),
    ],
  };
}
