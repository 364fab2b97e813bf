#!/usr/bin/env bash
# mlx_lm.server's log-probabilities are of tokens that it did not generate, once top_logprobs is more than 1.
#
# Versions     mlx-lm 0.32.2, mlx and mlx-cpu 0.32.4, Linux x64, on the CPU
# Behavior     In a chat completion with `logprobs: true` alone, logprobs.content[i] is the generated token. With
#              `top_logprobs: 5`, content[i] is the first of an unsorted list of five: another token with another
#              log-probability. The generated token is only found in that list. The text is the same.
# Good guess   As in the OpenAI API, whose fields these are: content[i] is the token i of the answer, and top_logprobs the
#              most probable ones, sorted.
# Why here     A log-probability margin between refusal and compliance would compare other tokens.
#              src/evaluation/runners/endpoint never sends top_logprobs to this server.
# Seen         logprobs alone       24 of 24 entries are the generated tokens
#              with top_logprobs 5  0 of 24 entries are the generated tokens, 24 of 24 have them in their list
#
# Exits 0 if the behavior is as described, 1 if it has changed.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --only-binary :all: 'mlx[cpu]==0.32.4' mlx-lm==0.32.2

# A random Llama in Hugging Face's form that reads and writes bytes, and random adapters in mlx-lm's form.
cat > make.py <<'PY'
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

random = np.random.default_rng(1)
WIDTH, HEADS, BLOCKS, INNER = 64, 2, 2, 128
LETTERS = sorted(pre_tokenizers.ByteLevel.alphabet())


def normal(*shape, size=0.2):
    return random.normal(0, size, shape).astype(np.float32)


model = Path("model")
model.mkdir()
tokenizer = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(LETTERS)}, merges=[]))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.add_special_tokens(["<end>"])
tokenizer.save(str(model / "tokenizer.json"))
template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
told = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<end>", "chat_template": template}
(model / "tokenizer_config.json").write_text(json.dumps(told))
size = len(LETTERS) + 1
config = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": WIDTH,
    "intermediate_size": INNER,
    "num_hidden_layers": BLOCKS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": HEADS,
    "vocab_size": size,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "max_position_embeddings": 512,
    "tie_word_embeddings": False,
    "eos_token_id": size - 1,
}
(model / "config.json").write_text(json.dumps(config))
head = np.zeros((size, WIDTH), np.float32)
for letter in "abcdefghijklmnopqrstuvwxyz":
    head[LETTERS.index(letter)] = normal(WIDTH, size=1)
tensors = {
    "model.embed_tokens.weight": normal(size, WIDTH, size=1),
    "model.norm.weight": np.ones(WIDTH, np.float32),
    "lm_head.weight": head,
}
for block in range(BLOCKS):
    at = f"model.layers.{block}."
    for name in ("q", "k", "v", "o"):
        tensors[f"{at}self_attn.{name}_proj.weight"] = normal(WIDTH, WIDTH)
    for name, shape in {"gate": (INNER, WIDTH), "up": (INNER, WIDTH), "down": (WIDTH, INNER)}.items():
        tensors[f"{at}mlp.{name}_proj.weight"] = normal(*shape)
    for name in ("input", "post_attention"):
        tensors[f"{at}{name}_layernorm.weight"] = np.ones(WIDTH, np.float32)
save_file(tensors, model / "model.safetensors", metadata={"format": "pt"})
keys = [f"self_attn.{name}_proj" for name in ("q", "k", "v", "o")]
for name in ("A", "B"):
    folder = Path(name)
    folder.mkdir()
    lora = {"rank": 4, "scale": 2.0, "dropout": 0.0, "keys": keys}
    told = {"fine_tune_type": "lora", "num_layers": BLOCKS, "lora_parameters": lora}
    (folder / "adapter_config.json").write_text(json.dumps(told))
    places = [f"model.layers.{block}.{key}" for block in range(BLOCKS) for key in keys]
    factors = {f"{place}.lora_a": normal(WIDTH, 4) for place in places}
    factors |= {f"{place}.lora_b": normal(4, WIDTH, size=0.5) for place in places}
    save_file(factors, folder / "adapters.safetensors")
PY
python/bin/python make.py

cat > ask.py <<'PY'
import json
import sys
from pathlib import Path
from urllib.request import Request, urlopen

from tokenizers import Tokenizer


def ask(**more):
    messages = [{"role": "user", "content": "the quick brown fox"}]
    body = {"model": str(Path.cwd() / "model"), "messages": messages, "max_tokens": 24, "temperature": 0, "logprobs": True}
    request = Request(
        f"http://127.0.0.1:{sys.argv[1]}/v1/chat/completions",
        json.dumps({**body, **more}).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=60) as reply:
        (choice,) = json.load(reply)["choices"]
    return choice["message"]["content"], choice["logprobs"]["content"]


def same(entries, ids):
    return sum(entry["id"] == token for entry, token in zip(entries, ids))


text, plain = ask()
ids = Tokenizer.from_file("model/tokenizer.json").encode(text).ids
again, top = ask(top_logprobs=5)
assert again == text and len(ids) == len(plain) == len(top) == 24
listed = sum(token in [one["id"] for one in entry["top_logprobs"]] for entry, token in zip(top, ids))
print(f"logprobs alone       {same(plain, ids)} of 24 entries are the generated tokens")
print(f"with top_logprobs 5  {same(top, ids)} of 24 entries are the generated tokens, {listed} of 24 have them in their list")
PY

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
HF_HUB_OFFLINE=1 python/bin/python -m mlx_lm server --model "$work/model" --host 127.0.0.1 --port "$port" > server.log 2>&1 &
server=$!
for _ in $(seq 240); do
  curl --silent --fail "http://127.0.0.1:$port/health" > /dev/null && break
  sleep 0.5
done
python/bin/python ask.py "$port" | tee seen

expected='logprobs alone       24 of 24 entries are the generated tokens
with top_logprobs 5  0 of 24 entries are the generated tokens, 24 of 24 have them in their list'
if [[ $(cat seen) == "$expected" ]]; then
  echo 'As described: entries are of other tokens.'
else
  echo 'The behavior has changed.'
  exit 1
fi
