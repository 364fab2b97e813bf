import { COMMANDS, type CommandId, type ModuleTarget } from '../ids';

/** The only commands that a hover or tooltip of ours may run. */
export const HOVER_COMMANDS = [
  COMMANDS.revealModule,
  COMMANDS.pinKeep,
  COMMANDS.pinPrune,
  COMMANDS.unpin,
] as const satisfies readonly CommandId[];

/**
 * A Markdown link that runs a command on modules. Names are hostile: the argument is percent-encoded, with the
 * parentheses that would end the link.
 * @param label trusted text of ours
 */
export function commandLink(
  label: string,
  command: (typeof HOVER_COMMANDS)[number],
  target: ModuleTarget,
): string {
  const { adapter, modules } = target;
  const argument = encodeURIComponent(JSON.stringify([{ kind: 'module', adapter, modules }])).replace(
    /[()'*!~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `[${label}](command:${command}?${argument})`;
}
