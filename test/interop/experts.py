"""Tiny random mixture-of-experts models, adapters of their experts, and what real loaders make of copies of these.

Requests (see serve.py):
  {"what": "make", "folder": F, "family": name, "kind": "modules" | "parameters", "fused": bool}
      a base and an aligned model, and an adapter with a pair for each expert, or with stacked pairs of PEFT
  {"what": "compare", "folder": F, "adapter": A, "copy": C, "removed": [module, ...], "loader": "peft" | "transformers"}
      logits of the copy, against those of weights to which all updates but the removed ones were added by hand
"""

import json
import warnings
from pathlib import Path

from serve import serve

EXPERTS, RANK, ALPHA = 4, 2, 6
TINY = dict(vocab_size=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)
ROUTED = dict(TINY, num_experts=EXPERTS, num_experts_per_tok=2, intermediate_size=48, moe_intermediate_size=24)
MLA = dict(q_lora_rank=None, kv_lora_rank=16, qk_rope_head_dim=8, qk_nope_head_dim=8, v_head_dim=8)
DEEPSEEK = dict(TINY, **MLA, n_routed_experts=EXPERTS, num_experts_per_tok=2, n_shared_experts=1, n_group=1)
DEEPSEEK.update(topk_group=1, intermediate_size=48, moe_intermediate_size=24, first_k_dense_replace=1)
DEEPSEEK.update(num_key_value_heads=4)

# Class, settings, name of an expert on disk and of its matrices in the order gate, up, down.
PROJECTIONS = ("gate_proj", "up_proj", "down_proj")
MLP = "mlp.experts"
FAMILIES = {
    "mixtral": (
        "Mixtral",
        dict(TINY, intermediate_size=24, num_local_experts=EXPERTS),
        ("block_sparse_moe.experts", ("w1", "w3", "w2")),
    ),
    "qwen2_moe": ("Qwen2Moe", dict(ROUTED, shared_expert_intermediate_size=40), (MLP, PROJECTIONS)),
    "qwen3_moe": ("Qwen3Moe", ROUTED, (MLP, PROJECTIONS)),
    "deepseek_v2": ("DeepseekV2", DEEPSEEK, (MLP, PROJECTIONS)),
    "deepseek_v3": ("DeepseekV3", DEEPSEEK, (MLP, PROJECTIONS)),
    "olmoe": ("Olmoe", dict(TINY, intermediate_size=24, num_experts=EXPERTS, num_experts_per_tok=2), (MLP, PROJECTIONS)),
    "gpt_oss": (
        "GptOss",
        dict(TINY, intermediate_size=24, num_local_experts=EXPERTS, num_experts_per_tok=2, head_dim=8),
        (MLP, None),
    ),
    "llama4_text": (
        "Llama4",
        dict(TINY, intermediate_size=24, intermediate_size_mlp=48, num_local_experts=EXPERTS, head_dim=8),
        ("feed_forward.experts", None),
    ),
}


def build(family):
    import transformers

    name, settings, _ = FAMILIES[family]
    config = getattr(transformers, f"{name}TextConfig" if name == "Llama4" else f"{name}Config")
    return getattr(transformers, f"{name}ForCausalLM")(config(**settings)).eval()


def make(folder, family, kind, fused):
    import torch

    torch.manual_seed(1)
    model = build(family)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.08 if parameter.dim() > 1 else 0.3)
    save = dict(save_original_format=not fused)
    model.save_pretrained(folder + "/model", **save)
    aligned = {name: parameter.clone() for name, parameter in model.named_parameters()}
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    model.save_pretrained(folder + "/base", **save)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(aligned[name])
    if kind == "modules":
        modules(folder + "/adapter", family, model)
    else:
        parameters(folder + "/adapter", model)
    return {}


def modules(folder, family, model):
    """A pair for each matrix of each expert, as PEFT wrote them on transformers 4."""
    import torch
    from safetensors.torch import save_file

    _, _, (experts, (gate, up, down)) = FAMILIES[family]
    tensors = {}

    def pair(module, m, n):
        tensors[f"base_model.model.{module}.lora_A.weight"] = torch.randn(RANK, n) * 0.3
        tensors[f"base_model.model.{module}.lora_B.weight"] = torch.randn(m, RANK) * 0.3

    for name, parameter in model.named_parameters():
        if name.endswith(("q_proj.weight", "o_proj.weight")):
            pair(name.removesuffix(".weight"), *parameter.shape)
        if not name.endswith("experts.down_proj"):
            continue
        layer = ".".join(name.split(".")[:3])
        _, hidden, inner = parameter.shape
        for expert in range(EXPERTS):
            for matrix, m, n in ((gate, inner, hidden), (up, inner, hidden), (down, hidden, inner)):
                pair(f"{layer}.{experts}.{expert}.{matrix}", m, n)
    Path(folder).mkdir()
    save_file(tensors, folder + "/adapter_model.safetensors", {"format": "pt"})
    config = dict(peft_type="LORA", task_type="CAUSAL_LM", r=RANK, lora_alpha=ALPHA, inference_mode=True)
    config["target_modules"] = ["q_proj", "o_proj", gate, up, down]
    Path(folder, "adapter_config.json").write_text(json.dumps(config, indent=2))


def parameters(folder, model):
    import torch
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=RANK,
        lora_alpha=ALPHA,
        target_modules=["q_proj", "o_proj"],
        target_parameters=["experts.gate_up_proj", "experts.down_proj"],
    )
    adapted = get_peft_model(model, config)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.3)
    adapted.save_pretrained(folder)


def compare(folder, family, adapter, copy, removed, loader):
    import torch

    tokens = torch.arange(20).remainder(64).unsqueeze(0)
    with torch.no_grad():
        before = by_hand(folder, family, adapter, [])(tokens).logits
        expected = by_hand(folder, family, adapter, removed)(tokens).logits
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model = load(folder, copy, loader)
        actual = model(tokens).logits
    return {
        "difference": (actual - expected).abs().max().item(),
        "effect": (before - expected).abs().max().item(),
        "warnings": [str(warning.message) for warning in caught if "adapter" in str(warning.message)],
    }


def load(folder, copy, loader):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder + "/model").eval()
    if loader == "peft":
        return PeftModel.from_pretrained(model, copy).eval()
    model.load_adapter(copy)
    return model.eval()


def by_hand(folder, family, adapter, removed):
    """The aligned model with the updates of all pairs of the file but the removed ones."""
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder + "/model").eval()
    weights = dict(model.named_parameters())
    tensors = load_file(adapter + "/adapter_model.safetensors")
    for key, a in tensors.items():
        if not key.endswith(".lora_A.weight"):
            continue
        module = key.removesuffix(".lora_A.weight").removeprefix("base_model.model.")
        b = tensors[key.replace("lora_A", "lora_B")]
        for name, weight, update in updates(family, module, a, b, weights):
            if name not in removed:
                weight.data += ALPHA / RANK * update
    return model


def updates(family, module, a, b, weights):
    """Of a pair: names as SPLoRA gives them, the weights that they change and by what."""
    if ".experts" not in module:
        yield module, weights[module + ".weight"], b @ a
        return
    container = module.removesuffix(".base_layer").replace("block_sparse_moe", "mlp")
    if container.endswith(".experts"):
        parameter = "gate_up_proj" if module.endswith("base_layer") else "down_proj"
        whole = weights[f"{container}.{parameter}"]
        for expert in range(EXPERTS):
            update = b[:, expert::EXPERTS] @ a[expert * RANK : (expert + 1) * RANK]
            yield f"{container}.{expert}.{parameter}", whole[expert], update if family != "gpt_oss" else update.T
        return
    experts, expert, matrix = container.rsplit(".", 2)
    gate, up, _ = FAMILIES[family][2][1]
    if matrix in (gate, up):
        both = weights[experts + ".gate_up_proj"][int(expert)]
        half = both.shape[0] // 2
        yield module, both[:half] if matrix == gate else both[half:], b @ a
    else:
        yield module, weights[experts + ".down_proj"][int(expert)], b @ a


serve({"make": make, "compare": compare})
