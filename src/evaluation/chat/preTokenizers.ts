import {
  ByteLevelPreTokenizer,
  SequencePreTokenizer,
  SplitPreTokenizer,
  WhitespacePreTokenizer,
  WhitespaceSplitPreTokenizer,
  type PreTokenizer,
} from '@huggingface/tokenizers';

/**
 * The library rewrites the patterns of files, in which `\s` and `\w` mean what Rust means, and not its own: there `\s`
 * takes U+FEFF, the byte order mark that text from spreadsheets begins with, and `\w` only ASCII.
 */
const matches = (pattern: string): SplitPreTokenizer =>
  new SplitPreTokenizer({ type: 'Split', pattern: { Regex: pattern }, behavior: 'Removed', invert: true });

const BYTE_LEVEL = matches(
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
);
/** `\w` of this one is another, that of Rust's regex package. */
const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;
const WORDS_AND_OTHERS = matches(String.raw`[${WORD}]+|[^${WORD}\s]+`);
const WORDS = matches(String.raw`\S+`);

/** Makes the library's pre-tokenizers split as those of Python's tokenizers. */
export function splitLikePython(preTokenizer: PreTokenizer | null): void {
  if (preTokenizer instanceof SequencePreTokenizer) preTokenizer.tokenizers.forEach(splitLikePython);
  else if (preTokenizer instanceof ByteLevelPreTokenizer)
    preTokenizer.pattern = BYTE_LEVEL.pattern ?? preTokenizer.pattern;
  else if (preTokenizer instanceof WhitespacePreTokenizer)
    preTokenizer.pre_tokenize_text = (text) => WORDS_AND_OTHERS.pre_tokenize_text(text);
  else if (preTokenizer instanceof WhitespaceSplitPreTokenizer)
    preTokenizer.pre_tokenize_text = (text) => WORDS.pre_tokenize_text(text);
}
