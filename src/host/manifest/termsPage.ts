import { say, render, type Translate } from '../../core/message';
import { TERM_SECTIONS, termInfo, type TermId } from '../../core/report/terms';

/** What `npm run contributes` writes to media/docs: each term with its two sentences and its formula, under its id. */
export function termsPage(translate: Translate): string {
  const intro = say(
    'For one module, dW is the update that the adapter adds, V the alignment step (aligned minus base weights, m × n entries), and P = C dW the update projected on the alignment, with C = V Vᵀ / ‖V‖. Scores measure weights, not behavior: a high score does not prove harm, and a low score does not prove safety.',
  );
  return [
    `# ${render(say('Terms and formulas'), translate)}`,
    render(intro, translate),
    ...TERM_SECTIONS.flatMap(({ title, ids }) => [
      `## ${translate(title)}`,
      ...ids.map((id) => termEntry(id, translate)),
    ]),
  ].join('\n\n');
}

/** The anchor is the id: titles differ by language. */
function termEntry(id: TermId, translate: Translate): string {
  const { title, description, formula, more } = termInfo(id);
  return [
    `<a id="${id}"></a>`,
    `### ${translate(title)}`,
    translate(description),
    ...(formula === undefined
      ? []
      : [`\`\`\`text\n${formula.replace(/[,;] (?=size:|[dPS] ?[=:])/g, '\n')}\n\`\`\``]),
    ...(more === undefined ? [] : [translate(more)]),
  ].join('\n\n');
}
