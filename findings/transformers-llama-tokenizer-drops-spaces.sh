#!/usr/bin/env bash
# transformers 5 reads only parts of tokenizer.json where tokenizer_config.json names LlamaTokenizerFast.
#
# Versions     transformers 5.19.0, tokenizers 0.23.3, Python 3.11, Linux x64
# Behavior     AutoTokenizer takes the vocabulary and the merges of tokenizer.json, and puts Llama 2's normalizer,
#              pre-tokenizer and decoder around them instead of those in the file. For a byte-level vocabulary that means
#              other ids, and spaces and line ends are gone when they are decoded. Nothing is logged.
#              PreTrainedTokenizerFast reads the whole file.
# Good guess   tokenizer.json says all of how text is split; tokenizer_class only names the Python class around it. So it
#              was in transformers 4, and so DeepSeek Coder's files are written: byte-level, with LlamaTokenizerFast.
# Why here     SPLoRA reads tokenizer.json as it is, so its ids differ from those of such a model in transformers 5 and in
#              servers that are built on it, and theirs are the wrong ones. Proofs against transformers must not use it.
# Seen         tokenizer.json           'def f(x):\n    return x'
#              PreTrainedTokenizerFast  'def f(x):\n    return x'
#              AutoTokenizer            'deff(x):returnx'
#
# Exits 0 if the behavior is as described, 1 if it has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --only-binary :all: transformers==5.19.0 tokenizers==0.23.3

cat > compare.py <<'PY'
import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

text = "def f(x):\n    return x"
tokenizer = Tokenizer(models.BPE())
digits, level = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, level])
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=300,
    special_tokens=["<s>", "</s>"],
    initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    show_progress=False,
)
tokenizer.train_from_iterator([text] * 10, trainer)
Path("model").mkdir()
tokenizer.save("model/tokenizer.json")
config = {"tokenizer_class": "LlamaTokenizerFast", "bos_token": "<s>", "eos_token": "</s>"}
Path("model/tokenizer_config.json").write_text(json.dumps(config))
Path("model/config.json").write_text(json.dumps({"model_type": "llama"}))

print("tokenizer.json".ljust(24), repr(tokenizer.decode(tokenizer.encode(text).ids)))
for name, kind in (("PreTrainedTokenizerFast", PreTrainedTokenizerFast), ("AutoTokenizer", AutoTokenizer)):
    read = kind.from_pretrained("model")
    print(name.ljust(24), repr(read.decode(read(text, add_special_tokens=False).input_ids)))
PY
HF_HUB_OFFLINE=1 python/bin/python compare.py 2> said | tee seen

expected="tokenizer.json           'def f(x):\\n    return x'
PreTrainedTokenizerFast  'def f(x):\\n    return x'
AutoTokenizer            'deff(x):returnx'"
if [[ $(cat seen) == "$expected" ]]; then
  echo 'As described: the spaces are gone.'
else
  cat said
  echo 'The behavior has changed.'
  exit 1
fi
