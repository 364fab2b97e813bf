#!/usr/bin/env bash
# PEFT loads adapters of experts on transformers 5 without an error, and leaves out a part that depends on the model type.
#
# Versions     peft 0.21.2, transformers 5.19.0, torch 2.13.0, Python 3.11, Linux x64, on the CPU
# Behavior     Qwen2-MoE: pairs of single experts are ignored, those of the shared expert are applied. The model type is
#              missing in the table by which PEFT rewrites target_modules for stacked experts (it is the key of its own
#              rules there, and not a type that they are for).
#              DeepSeek-V3: the other way around. Every target that is or ends in gate_proj, up_proj or down_proj becomes
#              a target for experts and is removed from target_modules, so that shared experts and dense layers get no
#              module. That is so even where the file has no factors of experts. Both times the loader warns at most of
#              keys that it misses, not of those that it leaves out.
# Good guess   Both models load alike: they have the same names on disk and the same stacks in their classes, and an
#              adapter that PEFT wrote on transformers 4 has the same effect on transformers 5.
# Why here     The load check has to say which modules have an effect (src/core/check/expertTargets.ts has PEFT's table).
# Seen         qwen2_moe: experts ignored, shared experts applied, dense layers applied
#              deepseek_v3: experts applied, shared experts ignored, dense layers ignored
#
# Exits 0 if the behavior is as described, 1 if it has changed. Installs 6 GB: torch from PyPI brings CUDA's libraries.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --only-binary :all: \
  torch==2.13.0 peft==0.21.2 transformers==5.19.0

cat > run.py <<'PY'
import json
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, DeepseekV3Config, Qwen2MoeConfig

EXPERTS, RANK, HIDDEN, EXPERT, OTHER = 4, 2, 32, 24, 48
MATRICES = ("gate_proj", "up_proj", "down_proj")
SIZES = dict(
    vocab_size=64, hidden_size=HIDDEN, intermediate_size=OTHER, moe_intermediate_size=EXPERT, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=4, num_experts_per_tok=EXPERTS,
)
# The first layer is dense, the second one has experts.
CONFIGS = {
    "qwen2_moe": Qwen2MoeConfig(
        **SIZES, num_experts=EXPERTS, shared_expert_intermediate_size=EXPERT, mlp_only_layers=[0]
    ),
    "deepseek_v3": DeepseekV3Config(
        **SIZES, n_routed_experts=EXPERTS, n_shared_experts=1, first_k_dense_replace=1, n_group=1, topk_group=1,
        q_lora_rank=None, kv_lora_rank=16, qk_rope_head_dim=8, qk_nope_head_dim=8, v_head_dim=8,
    ),
}
SHARED = {"qwen2_moe": "shared_expert", "deepseek_v3": "shared_experts"}


def parts(kind):
    """Modules by what they belong to, with the inner size of their layer."""
    return {
        "experts": ([f"model.layers.1.mlp.experts.{expert}" for expert in range(EXPERTS)], EXPERT),
        "shared experts": ([f"model.layers.1.mlp.{SHARED[kind]}"], EXPERT),
        "dense layers": (["model.layers.0.mlp"], OTHER),
    }


def adapter(folder, kind, with_effect):
    """Pairs for all parts; B is zero for those without an effect."""
    torch.manual_seed(2)
    tensors = {}
    for part, (modules, inner) in parts(kind).items():
        for module in modules:
            for matrix in MATRICES:
                rows, columns = (HIDDEN, inner) if matrix == "down_proj" else (inner, HIDDEN)
                stem = f"base_model.model.{module}.{matrix}"
                tensors[f"{stem}.lora_A.weight"] = torch.randn(RANK, columns)
                tensors[f"{stem}.lora_B.weight"] = torch.randn(rows, RANK) * (part == with_effect)
    folder.mkdir(parents=True)
    save_file(tensors, folder / "adapter_model.safetensors", {"format": "pt"})
    config = dict(peft_type="LORA", task_type="CAUSAL_LM", r=RANK, lora_alpha=RANK, target_modules=MATRICES)
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return str(folder)


@torch.no_grad()
def logits(model):
    return model.eval()(torch.arange(20).unsqueeze(0)).logits


lines = []
for kind, config in CONFIGS.items():
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.1)
    model.save_pretrained(kind)

    def fresh():
        return AutoModelForCausalLM.from_pretrained(kind)

    base, found = logits(fresh()), []
    for part in parts(kind):
        adapted = PeftModel.from_pretrained(fresh(), adapter(Path("adapters", kind, part), kind, part))
        difference = (logits(adapted) - base).abs().max().item()
        found.append(f"{part} {'applied' if difference > 1e-4 else 'ignored'}")
    lines.append(f"{kind}: {', '.join(found)}")
Path("seen").write_text("\n".join(lines))
PY
HF_HUB_OFFLINE=1 python/bin/python run.py > log 2>&1 || { tail -n 20 log; exit 1; }
cat seen
echo

expected='qwen2_moe: experts ignored, shared experts applied, dense layers applied
deepseek_v3: experts applied, shared experts ignored, dense layers ignored'
if [[ $(cat seen) == "$expected" ]]; then
  echo 'As described: which modules PEFT leaves out depends on the model type.'
else
  echo 'The behavior has changed.'
  exit 1
fi
