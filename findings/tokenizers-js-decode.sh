#!/usr/bin/env bash
# @huggingface/tokenizers deletes spaces from what it decodes, and throws for no ids.
#
# Versions     @huggingface/tokenizers 0.2.0 (Node.js 20), tokenizers 0.23.3 (Python 3.11), Linux x64
# Behavior     decode() deletes spaces before . ? ! , and before 's, 've, n't and the like, wherever tokenizer_config.json
#              does not say clean_up_tokenization_spaces: false. decode([]) throws an Error.
# Good guess   Text that was encoded comes back as it was: Python's tokenizers gives it back whole, transformers 5 does not
#              clean up unless it is asked to, and no ids are an empty text.
# Why here     Answers are compared with references letter by letter, and an answer that ends at once has no ids.
#              src/evaluation/chat/tokenizer.ts always passes the flag, and asks for nothing where there is nothing.
# Seen         python  "it 's here , is n't it ?" | ""
#              js      "it's here, isn't it?" | Error: token_ids must be a non-empty array of integers.
#
# Exits 0 if the behavior is as described, 1 if it has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --ignore-scripts --no-audit --no-fund @huggingface/tokenizers@0.2.0
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --only-binary :all: tokenizers==0.23.3

cat > make.py <<'PY'
import json
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
tokenizer = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(alphabet)}, merges=[]))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.save("tokenizer.json")
text = "it 's here , is n't it ?"
print("python ", json.dumps(tokenizer.decode(tokenizer.encode(text).ids)), "|", json.dumps(tokenizer.decode([])))
PY
cat > decode.cjs <<'JS'
const { Tokenizer } = require('@huggingface/tokenizers');
const tokenizer = new Tokenizer(require('./tokenizer.json'), {});
const { ids } = tokenizer.encode("it 's here , is n't it ?");
let nothing;
try {
  nothing = JSON.stringify(tokenizer.decode([]));
} catch (error) {
  nothing = String(error);
}
console.log('js     ', JSON.stringify(tokenizer.decode(ids)), '|', nothing);
JS
{ python/bin/python make.py && node decode.cjs; } | tee seen

expected='python  "it '"'"'s here , is n'"'"'t it ?" | ""
js      "it'"'"'s here, isn'"'"'t it?" | Error: token_ids must be a non-empty array of integers.'
if [[ $(cat seen) == "$expected" ]]; then
  echo 'As described: JavaScript changes the text, and throws.'
else
  echo 'The behavior has changed.'
  exit 1
fi
