#!/usr/bin/env bash
# @huggingface/tokenizers gives other token ids than Python's tokenizers for the same tokenizer.json.
#
# Versions     @huggingface/tokenizers 0.2.0 (Node.js 20), tokenizers 0.23.3 (Python 3.11), Linux x64
# Behavior     The pre-tokenizers ByteLevel, Whitespace and WhitespaceSplit have patterns of their own, written with
#              JavaScript's \s and \w. \s takes U+FEFF (the byte order mark) for white space, which Rust does not, and
#              \w takes ASCII alone. So a byte order mark is split from its neighbors, or dropped, and words of other
#              alphabets lose their letters. Patterns that a tokenizer.json brings itself are rewritten, and right.
# Good guess   The same tokenizer.json and the same text give the same ids: that is what the package is for, and ids of
#              Llama 3, Qwen and Gemma, whose files bring their patterns, are equal over thousands of strings.
# Why here     SPLoRA measures with this package. Prompts from spreadsheets begin with a byte order mark; GPT-2 and
#              SmolLM2 use ByteLevel's own pattern. src/evaluation/chat/preTokenizers.ts puts right patterns in.
# Seen         ByteLevel        python [11, 4, 12]         js [11, 5, 6]
#              Whitespace       python [8, 7, 9]           js [0, 7, 0]
#              WhitespaceSplit  python [10]                js [3, 3]
#
# Exits 0 if the behavior is as described, 1 if it has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --ignore-scripts --no-audit --no-fund @huggingface/tokenizers@0.2.0
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.3
