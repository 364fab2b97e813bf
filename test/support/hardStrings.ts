import { uniform } from './random';

const PIECES: readonly string[] = [
  'Hello world',
  ' The quick brown fox',
  "I'm can't WE'LL they'd've",
  'sorry , no ! it \'s " quoted " .',
  '0123456789 3.14159 1,000,000 -42 1e-5',
  'for (let i = 0; i < n; ++i) { x[i] += `${i}`; }',
  '\tdef f(x):\n\t\treturn x ** 2  # ok\n\n',
  '<div class="a">&amp; \\n</div>',
  'https://example.org/a?b=c&d=%20#e',
  'Größe, Äpfel, Straße, ÜBER Über über',
  'naïve café résumé',
  'nai\u0308ve cafe\u0301', // decomposed
  'Привет, мир! Ёлка',
  'Γειά σου Κόσμε ΑΣ',
  'שלום עולם שָׁלוֹם',
  'مرحبا بالعالم ٠١٢٣',
  'नमस्ते दुनिया क्षत्रिय',
  'สวัสดีชาวโลก',
  '你好,世界。繁體字',
  'こんにちは世界 カタカナ ﾊﾝｶｸ',
  '안녕하세요 \u1112\u1161\u11ab\u1100\u1173\u11af', // syllables, and jamo
  'ქართული Հայերեն አማርኛ ᠮᠣᠩᠭᠣᠯ',
  '😀 👩‍👩‍👧‍👦 👍🏽 🇩🇪 ☎️ ❤',
  '∑∫√≠∞ ½ ² ₃ ™ № ﬁ Ⅷ ①',
  'ＦＵＬＬｗｉｄｔｈ　１２３',
  '\u00a0\u2003\u3000\u200b\u200d\ufeff\u00ad',
  '   leading', // runs of blanks
  'trailing   ',
  'a  b   c    d     e',
  '\n\n\n\r\n\r\r\t\t \n ',
  '\u0000\u0001\u001f\u007f\u0085',
  '\ufffd \ufffe \u{10ffff} \u{1f9ff} \u{20000}',
  'z\u0351\u0363a\u0322l\u0334g\u0337o\u0336',
  '<|im_start|>user\nhi<|im_end|>\n',
  '<s> </s> <unk> [CLS] [SEP] <|begin|><|end|>',
  '<mark> around <mark>   spaces<mark>tight',
  'Überraschung, UU\u0308ber',
  '▁already▁there ▁▁',
  '<0x41><0xE2><0x96>',
  "'''\"\"\"``` ''s 'S",
  'a'.repeat(150),
  '=-=-=-=-=-====----____',
  'İstanbul ıI ẞ ŉ ǰ ΐ',
  '',
];

/** Texts that tokenizers differ about: scripts, blanks, control characters, special tokens, and mixtures of them. */
export function hardStrings(count = 400): readonly string[] {
  const random = uniform(18);
  const any = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const mixture = (): string =>
    Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
      const characters = Array.from(any(PIECES) ?? '');
      const from = Math.floor(random() * characters.length);
      return characters.slice(from, from + 1 + Math.floor(random() * 12)).join('');
    }).join(any(['', ' ', '  ', '\n']));
  const strings = new Set(PIECES);
  while (strings.size < count) strings.add(mixture());
  return [...strings];
}
