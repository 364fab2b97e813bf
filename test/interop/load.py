"""Loads adapters that SPLoRA wrote with the real libraries, and compares logits with those of the original.

Requests (see serve.py):
  {"what": "make", "folder": F, "kind": "llama" | "gpt2" | "rslora"}    a tiny random model and an adapter of it
  {"what": "compare", "folder": F, "original": A, "pruned": P, "removed": [module, ...]}
  {"what": "cut", "folder": F, "original": A, "repaired": P, "k": k, "side": side, "keep": share,
   "rest": factor}
  {"what": "gates", "folder": F, "original": A, "repaired": P, "k": k, "gates": {module: [on, off]}}
  {"what": "deserialize", "files": [path, ...]}                  the real safetensors reader alone
"""

import warnings
from pathlib import Path

from serve import serve


def make(folder, kind):
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    model = build(kind)
    model.save_pretrained(folder + "/model")
    before = build(kind)
    with torch.no_grad():
        for parameter, aligned in zip(before.parameters(), model.parameters()):
            parameter.copy_(aligned + 0.05 * torch.randn_like(aligned))
    before.save_pretrained(folder + "/base")
    common = dict(r=4, lora_alpha=8, bias="none", task_type="CAUSAL_LM")
    if kind != "gpt2":
        config = LoraConfig(
            target_modules=["q_proj", "v_proj", "up_proj", "down_proj"],
            rank_pattern={"v_proj": 2},
            alpha_pattern={"v_proj": 6, "model.layers.1.mlp.up_proj": 3},
            use_rslora=kind == "rslora",
            **common,
        )
    else:
        config = LoraConfig(target_modules=["c_attn", "c_proj"], fan_in_fan_out=True, **common)
    adapted = get_peft_model(model, config)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.1)
    adapted.save_pretrained(folder + "/adapter")
    return {"modules": sum("lora_A" in name for name, _ in adapted.named_parameters())}


def build(kind):
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

    if kind != "gpt2":
        return LlamaForCausalLM(
            LlamaConfig(
                vocab_size=64,
                hidden_size=32,
                intermediate_size=48,
                num_hidden_layers=3,
                num_attention_heads=4,
                num_key_value_heads=2,
            )
        )
    return GPT2LMHeadModel(GPT2Config(vocab_size=64, n_positions=32, n_embd=32, n_layer=2, n_head=4))


def about_adapter(warning):
    """Whether PEFT itself warns of what it loads; what a library says of its own future is nothing about an adapter."""
    import peft

    deprecation = issubclass(warning.category, (DeprecationWarning, PendingDeprecationWarning, FutureWarning))
    return not deprecation and Path(peft.__file__).parent in Path(warning.filename).parents


def load(folder, adapter):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(folder + "/model").eval()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = PeftModel.from_pretrained(base, adapter).eval()
    return model, [str(warning.message) for warning in caught if about_adapter(warning)]


def allocated(model):
    return sorted(
        name.removeprefix("base_model.model.").split(".lora_A")[0]
        for name, _ in model.named_parameters()
        if ".lora_A." in name
    )


def compare(folder, original, pruned, removed):
    import torch

    tokens = torch.arange(20).remainder(64).unsqueeze(0)
    reference, _ = load(folder, original)
    with torch.no_grad():
        before = reference(tokens).logits
        for name, parameter in reference.named_parameters():
            module = name.removeprefix("base_model.model.").split(".lora_B")[0]
            if ".lora_B." in name and module in removed:
                parameter.zero_()
        expected = reference(tokens).logits
        model, caught = load(folder, pruned)
        actual = model(tokens).logits
    return {
        "warnings": caught,
        "allocated": allocated(model),
        "difference": (actual - expected).abs().max().item(),
        "effect": (before - expected).abs().max().item(),
    }


def cut(folder, original, repaired, k, side, keep, rest):
    """The cut by dense singular vectors in torch, against the logits of the file."""
    import torch
    from transformers import AutoModelForCausalLM

    tokens = torch.arange(20).remainder(64).unsqueeze(0)
    share = 1 - keep / rest
    reference, _ = load(folder, original)
    aligned, base = (
        dict(AutoModelForCausalLM.from_pretrained(f"{folder}/{name}").named_parameters())
        for name in ("model", "base")
    )
    with torch.no_grad():
        before = reference(tokens).logits
        for name, parameter in reference.named_parameters():
            if ".lora_" not in name:
                continue
            module = name.removeprefix("base_model.model.").split(".lora_")[0]
            v = (aligned[module + ".weight"] - base[module + ".weight"]).double()
            if ".c_" in name:  # Conv1D
                v = v.T
            u, _, yt = torch.linalg.svd(v, full_matrices=False)
            left, right = u[:, :k], yt[:k].T
            exact = parameter.double()
            if ".lora_B" in name:
                kept = exact if side == "input" else exact - share * left @ (left.T @ exact)
                parameter.copy_(rest * kept)
            if ".lora_A" in name and side != "output":
                parameter.copy_(exact - share * (exact @ right) @ right.T)
        expected = reference(tokens).logits
        model, heard = load(folder, repaired)
        actual = model(tokens).logits
    return {
        "warnings": heard,
        "difference": (actual - expected).abs().max().item(),
        "effect": (before - expected).abs().max().item(),
    }


def gates(folder, original, repaired, k, gates):
    """Each module's dense update, its parts on and off the subspace times their gates, added to the model itself."""
    import torch
    from transformers import AutoModelForCausalLM

    tokens = torch.arange(20).remainder(64).unsqueeze(0)
    model, _ = load(folder, original)
    plain = AutoModelForCausalLM.from_pretrained(folder + "/model").eval()
    base = dict(AutoModelForCausalLM.from_pretrained(folder + "/base").named_parameters())
    weights = dict(plain.named_parameters())
    with torch.no_grad():
        before = model(tokens).logits
        for name, module in model.named_modules():
            if not hasattr(module, "get_delta_weight"):
                continue
            name = name.removeprefix("base_model.model.")
            on, off = gates[name]
            weight = weights[name + ".weight"]
            conv = ".c_" in name  # Conv1D
            v = (weight - base[name + ".weight"]).double()
            update = module.get_delta_weight("default").double()
            if conv:
                v, update = v.T, update.T
            u, _, yt = torch.linalg.svd(v, full_matrices=False)
            left, right = u[:, :k], yt[:k].T
            rest = update - left @ (left.T @ update)
            rest = rest - (rest @ right) @ right.T
            update = off * rest + on * (update - rest)
            weight += (update.T if conv else update).to(weight.dtype)
        expected = plain(tokens).logits
        written, caught = load(folder, repaired)
        actual = written(tokens).logits
    return {
        "warnings": caught,
        "difference": (actual - expected).abs().max().item(),
        "effect": (before - expected).abs().max().item(),
    }


def deserialize(files):
    import safetensors

    answer = {}
    for path in files:
        with open(path, "rb") as file:
            tensors = safetensors.deserialize(file.read())
        answer[path] = sorted(name for name, _ in tensors)
    return {"tensors": answer}


serve({"make": make, "compare": compare, "cut": cut, "gates": gates, "deserialize": deserialize})
