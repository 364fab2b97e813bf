#!/usr/bin/env bash
# mlx-lm runs Llama and Qwen2 models that transformers 5 saved with another rotary base.
#
# Versions     mlx-lm 0.32.2, mlx and mlx-cpu 0.32.4, transformers 5.19.0, Linux x64, on the CPU
# Behavior     transformers 5 writes the rotary base into config.json as rope_parameters.rope_theta only. mlx-lm's llama and
#              qwen2 do not read that: they take their own default (10000 and 1000000) and say nothing. Its qwen3 reads
#              it. With rope_theta copied to the top level of config.json, all three are the same model again.
# Good guess   A model that loads without a warning computes what it was trained to compute.
# Why here     Answers of another model would be measured. src/evaluation/runners/endpoint reads config.json before it asks
#              an mlx-lm server, and says what to add to it.
# Seen         llama  base of the config 500000, read 10000: logits differ
#              qwen2  base of the config 500000, read 1000000: logits differ
#              qwen3  base of the config 500000, read 500000: logits are equal
#
# Exits 0 if the behavior is as described, 1 if it has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --only-binary :all: \
  'mlx[cpu]==0.32.4' mlx-lm==0.32.2 transformers==5.19.0

cat > run.py <<'PY'
import json
from pathlib import Path

import mlx.core as mx
import numpy as np
from mlx.utils import tree_flatten
from mlx_lm.utils import load_model
from transformers import LlamaConfig, Qwen2Config, Qwen3Config

THETA = 500_000.0
SIZES = dict(
    vocab_size=64,
    hidden_size=64,
    intermediate_size=96,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=2,
    head_dim=32,
    max_position_embeddings=512,
    tie_word_embeddings=False,
    rope_parameters={"rope_type": "default", "rope_theta": THETA},
)
TOKENS = mx.array([list(range(1, 49))])


def weights_for(folder):
    """Random weights, named and shaped as mlx-lm's own model of this config is."""
    model, _ = load_model(folder, strict=False)
    random = np.random.default_rng(1)
    shapes = [(name, value.shape) for name, value in tree_flatten(model.parameters())]
    made = {
        name: mx.ones(shape) if "norm" in name else mx.array(random.normal(0, 0.3, shape).astype(np.float32))
        for name, shape in shapes
    }
    mx.save_safetensors(str(folder / "model.safetensors"), made, metadata={"format": "mlx"})


def logits(folder):
    model, config = load_model(folder)
    return np.array(model(TOKENS).astype(mx.float32)), model.args.rope_theta


for kind in (LlamaConfig, Qwen2Config, Qwen3Config):
    folder = Path(kind.model_type)
    kind(**SIZES).save_pretrained(folder)
    file = folder / "config.json"
    saved = json.loads(file.read_text())
    assert "rope_theta" not in saved and saved["rope_parameters"]["rope_theta"] == THETA
    mx.save_safetensors(str(folder / "model.safetensors"), {"none": mx.zeros((1,))}, metadata={"format": "mlx"})
    weights_for(folder)
    as_saved, read = logits(folder)
    file.write_text(json.dumps({**saved, "rope_theta": THETA}))
    mended, _ = logits(folder)
    verdict = "are equal" if np.array_equal(as_saved, mended) else "differ"
    print(f"{kind.model_type}  base of the config {THETA:.0f}, read {read:.0f}: logits {verdict}")
PY
python/bin/python run.py | tee seen

expected='llama  base of the config 500000, read 10000: logits differ
qwen2  base of the config 500000, read 1000000: logits differ
qwen3  base of the config 500000, read 500000: logits are equal'
if [[ $(cat seen) == "$expected" ]]; then
  echo 'As described: the rotary base is missed by llama and qwen2.'
else
  echo 'The behavior has changed.'
  exit 1
fi
