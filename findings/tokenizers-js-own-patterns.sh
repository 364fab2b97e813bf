#!/usr/bin/env bash
# @huggingface/tokenizers gives other token ids than Python's tokenizers for the same tokenizer.json.
#
# Versions     @huggingface/tokenizers 0.2.0 (Node.js 20), tokenizers 0.23.3 (Python 3.11), Linux x64
# Behavior     The pre-tokenizers ByteLevel, Whitespace and WhitespaceSplit have patterns of their own, written with
#              JavaScript's \s and \w. \s takes U+FEFF (the byte order mark) for white space, which Rust does not, and
#              \w takes ASCII alone. So a byte order mark is cut from what follows it or dropped, and a word in another
#              alphabet becomes one unknown token, its punctuation included. Patterns that a tokenizer.json brings itself
#              are rewritten for JavaScript, and right.
# Good guess   The same file and the same text give the same ids. That is what the package is for, and the ids of Llama 3,
#              Qwen and Gemma, whose files bring their patterns, are equal over thousands of strings.
# Why here     SPLoRA measures with this package. Prompts from spreadsheets begin with a byte order mark, and GPT-2 and
#              SmolLM2 use ByteLevel's own pattern. src/evaluation/chat/preTokenizers.ts puts right patterns in.
# Seen         ByteLevel        python [8]        js [6,7]
#              Whitespace       python [1,2]      js [0]
#              WhitespaceSplit  python [3]        js [4]
#
# Exits 0 if the behavior is as described, 1 if it has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --ignore-scripts --no-audit --no-fund @huggingface/tokenizers@0.2.0
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --only-binary :all: tokenizers==0.23.3

cat > cases.py <<'PY'
import json
from tokenizers import Tokenizer

# U+FEFF and U+00AD as ByteLevel spells their bytes (EF BB BF, C2 AD), and what they merge to.
mark, hyphen = "ï»¿", "ÂŃ"
pieces = [*mark, *hyphen, mark[:2], mark, hyphen, mark + hyphen]
merges = [[mark[0], mark[1]], [mark[:2], mark[2]], [hyphen[0], hyphen[1]], [mark, hyphen]]
bpe = {"type": "BPE", "vocab": {piece: index for index, piece in enumerate(pieces)}, "merges": merges}
words = ["[UNK]", "да", "!", "\ufeffa", "a"]
wordpiece = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##"}
wordpiece |= {"max_input_chars_per_word": 100, "vocab": {word: index for index, word in enumerate(words)}}
level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}

cases = []
for before, model, text in (
    (level, bpe, "\ufeff\u00ad"),
    ({"type": "Whitespace"}, wordpiece, "да!"),
    ({"type": "WhitespaceSplit"}, wordpiece, "\ufeffa"),
):
    file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None}
    file |= {"pre_tokenizer": before, "post_processor": None, "decoder": None, "model": model}
    ids = Tokenizer.from_str(json.dumps(file)).encode(text).ids
    cases.append({"name": before["type"], "file": file, "text": text, "python": ids})
json.dump(cases, open("cases.json", "w"))
PY
python/bin/python cases.py

cat > compare.cjs <<'JS'
const { Tokenizer } = require('@huggingface/tokenizers');
for (const { name, file, text, python } of require('./cases.json')) {
  const { ids } = new Tokenizer(file, {}).encode(text);
  console.log(name.padEnd(16), 'python', JSON.stringify(python).padEnd(10), 'js', JSON.stringify(ids));
}
JS
node compare.cjs | tee seen

expected='ByteLevel        python [8]        js [6,7]
Whitespace       python [1,2]      js [0]
WhitespaceSplit  python [3]        js [4]'
if [[ $(cat seen) == "$expected" ]]; then
  echo 'As described: other ids.'
else
  echo 'The behavior has changed.'
  exit 1
fi
