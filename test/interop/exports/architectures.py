"""Tiny random models of the classes that GGUF export supports, each with an adapter of all its linear layers.

Requests (see serve.py):
  {"what": "make", "name": class, "folder": F}              F/model, F/adapter, and F/gguf/model.gguf
  {"what": "run", "model": M, "adapter": A or null, "prompts": [[token, ...], ...]}
"""

import json
from pathlib import Path

from peftLogits import run
from serve import serve

VOCABULARY = 300
COMMON = dict(
    vocab_size=VOCABULARY,
    hidden_size=64,
    intermediate_size=96,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=32,
    max_position_embeddings=128,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
# transformers' config, llama.cpp's architecture, and what differs from COMMON.
CLASSES = {
    "LlamaForCausalLM": ("LlamaConfig", "llama", dict(rope_theta=50000.0)),
    "MistralForCausalLM": ("MistralConfig", "llama", dict(sliding_window=None)),
    "Qwen2ForCausalLM": ("Qwen2Config", "qwen2", dict(head_dim=None)),
    "Qwen3ForCausalLM": ("Qwen3Config", "qwen3", dict(tie_word_embeddings=True)),
    "GemmaForCausalLM": ("GemmaConfig", "gemma", dict(num_key_value_heads=1)),
    "Gemma2ForCausalLM": ("Gemma2Config", "gemma2", dict(query_pre_attn_scalar=32, sliding_window=64)),
    "Gemma3ForCausalLM": ("Gemma3TextConfig", "gemma3", dict(query_pre_attn_scalar=32, sliding_window=64)),
    "Phi3ForCausalLM": ("Phi3Config", "phi3", dict(head_dim=None)),
}


def make(name, folder):
    import torch
    import transformers
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(7)
    config_class, arch, more = CLASSES[name]
    config = {key: value for key, value in {**COMMON, **more}.items() if value is not None}
    model = getattr(transformers, name)(getattr(transformers, config_class)(**config))
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            parameter.normal_(1 if "norm" in key and not arch.startswith("gemma") else 0, 0.1)
    model.save_pretrained(folder + "/model")
    write_gguf(model, arch, Path(folder))
    tied = model.config.tie_word_embeddings
    linear = {key for key, module in model.named_modules() if isinstance(module, torch.nn.Linear)}
    targets = sorted(key for key in linear if not (tied and key == "lm_head"))
    ranks = {"k_proj": 2}
    adapted = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=targets, rank_pattern=ranks, use_rslora=True, task_type="CAUSAL_LM"))
    with torch.no_grad():
        for key, parameter in adapted.named_parameters():
            if "lora_" in key:
                parameter.normal_(0, 0.15)
    adapted.save_pretrained(folder + "/adapter", save_embedding_layers=False)
    return {"modules": len(targets)}


def write_gguf(model, arch, folder):
    import gguf

    (folder / "gguf").mkdir()
    config = json.loads((folder / "model" / "config.json").read_text())
    layers = config["num_hidden_layers"]
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    head = config.get("head_dim") or config["hidden_size"] // heads
    file = gguf.GGUFWriter(str(folder / "gguf" / "model.gguf"), arch)
    file.add_file_type(gguf.LlamaFileType.ALL_F32)
    file.add_context_length(config["max_position_embeddings"])
    file.add_embedding_length(config["hidden_size"])
    file.add_block_count(layers)
    file.add_feed_forward_length(config["intermediate_size"])
    file.add_head_count(heads)
    file.add_head_count_kv(groups)
    file.add_key_length(head)
    file.add_value_length(head)
    file.add_rope_dimension_count(head)
    file.add_layer_norm_rms_eps(config["rms_norm_eps"])
    parameters = config.get("rope_parameters") or {}
    # Gemma 3 has one for each kind of attention.
    parameters = parameters.get("full_attention", parameters)
    file.add_rope_freq_base(parameters.get("rope_theta") or config.get("rope_theta") or 10000.0)
    if arch in ("gemma2", "gemma3"):
        file.add_sliding_window(config["sliding_window"])
    if arch == "gemma2":
        file.add_attn_logit_softcapping(config["attn_logit_softcapping"])
        file.add_final_logit_softcapping(config["final_logit_softcapping"])
    add_tokens(file, gguf)
    found = {value: key for key, value in gguf.MODEL_ARCH_NAMES.items()}[arch]
    names = gguf.get_tensor_name_map(found, layers)
    for key, parameter in model.state_dict().items():
        if key == "lm_head.weight" and config["tie_word_embeddings"]:
            continue
        value = parameter.detach().float().numpy()
        if arch == "llama" and ".self_attn.q_proj." in key:
            value = rotated(value, heads)
        if arch == "llama" and ".self_attn.k_proj." in key:
            value = rotated(value, groups)
        if arch.startswith("gemma") and key.endswith("norm.weight"):
            value = value + 1
        file.add_tensor(names.get_name(key, try_suffixes=(".weight", ".bias")), value)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


def rotated(value, heads):
    split = value.reshape(heads, 2, -1, *value.shape[1:])
    return split.swapaxes(1, 2).reshape(value.shape)


def add_tokens(file, gguf):
    special = ["<unk>", "<s>", "</s>"]
    octets = [f"<0x{octet:02X}>" for octet in range(256)]
    words = [chr(ord("\u0400") + index) for index in range(VOCABULARY - len(special) - len(octets))]
    kinds = gguf.TokenType
    file.add_tokenizer_model("llama")
    file.add_token_list(special + octets + words)
    file.add_token_scores([-float(index) for index in range(VOCABULARY)])
    file.add_token_types(
        [kinds.UNKNOWN] + [kinds.CONTROL] * 2 + [kinds.BYTE] * len(octets) + [kinds.NORMAL] * len(words)
    )
    file.add_bos_token_id(1)
    file.add_eos_token_id(2)
    file.add_unk_token_id(0)
    file.add_add_bos_token(False)
    file.add_add_space_prefix(False)


serve({"make": make, "run": run})
