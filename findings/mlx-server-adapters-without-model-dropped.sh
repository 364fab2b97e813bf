#!/usr/bin/env bash
# mlx_lm.server drops a request's adapter without a word, and keeps answering with weights that were replaced.
#
# Versions     mlx-lm 0.32.2, mlx and mlx-cpu 0.32.4, Linux x64, on the CPU
# Behavior     Status 200 throughout:
#              - `adapters` without `model`, or with `model: "default_model"`, is dropped: the model alone answers, also for
#                a folder that does not exist. With the model's path as `model`, the adapter answers, and a folder that
#                does not exist is an error (404).
#              - New weights in the same adapter folder are not read: the old ones answer until something else was loaded.
#                Then the new weights run on the prompt states that the old ones computed: neither adapter's answer.
# Good guess   A field of a request that the server has is used, or refused. An answer belongs to the weights that are in
#              the folder, or to those that were in it; never to a mixture.
# Why here     A measurement before and after a change, in one folder, measures "before" twice, and then neither.
#              src/evaluation/runners/endpoint always sends the model's path, and writes each variant into a new folder.
# Seen         no model                   alone
#              default_model              alone
#              no model, no such folder   alone
#              model path                 A
#              model path, no such folder status 404
#              B in the folder of A       A
#              after the model alone      neither A nor B
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
import shutil
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

HERE = Path.cwd()
MODEL = str(HERE / "model")


def ask(prompt="the quick brown fox jumps over the lazy dog", **more):
    """The log-probabilities of the answer's tokens, or a status."""
    messages = [{"role": "user", "content": prompt}]
    body = {"messages": messages, "max_tokens": 8, "temperature": 0, "logprobs": True, **more}
    request = Request(
        f"http://127.0.0.1:{sys.argv[1]}/v1/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urlopen(request, timeout=60) as reply:
            (choice,) = json.load(reply)["choices"]
    except HTTPError as error:
        return f"status {error.code}"
    return [round(entry["logprob"], 3) for entry in choice["logprobs"]["content"]]


def folder(name):
    return str(HERE / name)


# Each in a folder of its own, with prompts that nothing was asked before: what is right.
alone = ask(model=MODEL)
right = {name: ask(model=MODEL, adapters=folder(name)) for name in ("A", "B")}
assert len({json.dumps(answer) for answer in (alone, *right.values())}) == 3


def who(answer):
    names = {"alone": alone, **right}
    return answer if isinstance(answer, str) else next((n for n, a in names.items() if a == answer), "neither A nor B")


def line(what, answer):
    print(f"{what:26} {who(answer)}")


line("no model", ask(adapters=folder("A")))
line("default_model", ask(adapters=folder("A"), model="default_model"))
line("no model, no such folder", ask(adapters=folder("none")))
line("model path", ask(adapters=folder("A"), model=MODEL))
line("model path, no such folder", ask(adapters=folder("none"), model=MODEL))
shutil.copytree(folder("A"), folder("C"))
assert who(ask(model=MODEL, adapters=folder("C"))) == "A"
shutil.copyfile(HERE / "B" / "adapters.safetensors", HERE / "C" / "adapters.safetensors")
line("B in the folder of A", ask(model=MODEL, adapters=folder("C")))
ask(model=MODEL)
line("after the model alone", ask(model=MODEL, adapters=folder("C")))
PY

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
HF_HUB_OFFLINE=1 python/bin/python -m mlx_lm server --model "$work/model" --host 127.0.0.1 --port "$port" > server.log 2>&1 &
server=$!
for _ in $(seq 240); do
  curl --silent --fail "http://127.0.0.1:$port/health" > /dev/null && break
  sleep 0.5
done
python/bin/python ask.py "$port" | tee seen

expected='no model                   alone
default_model              alone
no model, no such folder   alone
model path                 A
model path, no such folder status 404
B in the folder of A       A
after the model alone      neither A nor B'
if [[ $(cat seen) == "$expected" ]]; then
  echo 'As described: adapters are dropped, and weights and prompts keyed by their folder.'
else
  echo 'The behavior has changed.'
  exit 1
fi
