/** What transformers' classes with a head put before the names of their backbone (`base_model_prefix`). */
export const BACKBONE_PREFIXES: ReadonlySet<string> = new Set([
  'model.',
  'transformer.',
  'gpt_neox.',
  'bert.',
  'roberta.',
  'deberta.',
  'distilbert.',
]);
