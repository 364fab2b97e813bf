"""Tiny random models of the real classes, and what transformers and PEFT compute with them. Requests (see serve.py):
  {"what": "make", "folder": F, "kind": K}     the model in F/model, an adapter of all its linear layers in F/adapter
  {"what": "expect", "folder": F, "prompts": [[id, ...], ...], "continuations": [[id, ...], ...], "tokens": N}
      with and without the adapter: log-probabilities of all ids after each prompt and of those of each continuation,
      and the next N ids, greedily
"""

import json
from pathlib import Path

from serve import serve

VOCABULARY = 96
SIZES = dict(
    vocab_size=VOCABULARY,
    hidden_size=64,
    intermediate_size=80,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=256,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=0,
)
GEMMA = dict(SIZES, head_dim=24, query_pre_attn_scalar=20, sliding_window=8)
LONG = dict(rope_theta=10000.0, original_max_position_embeddings=128)


def cases():
    import transformers as t

    linear = dict(rope_type="linear", factor=3.0, rope_theta=10000.0)
    llama3 = dict(LONG, rope_type="llama3", factor=2.0, low_freq_factor=1.0, high_freq_factor=4.0)
    yarn = dict(LONG, rope_type="yarn", factor=2.0)
    factors = [1.0 + 0.1 * i for i in range(6)]
    longrope = dict(LONG, rope_type="longrope", short_factor=factors, long_factor=factors, partial_rotary_factor=0.75)
    gemma3 = dict(
        full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1e6),
        sliding_attention=dict(rope_type="default", rope_theta=1e4),
    )
    types = ["sliding_attention", "sliding_attention", "full_attention"]
    return {
        "llama": lambda: t.LlamaConfig(**SIZES),
        "llama, biases": lambda: t.LlamaConfig(**SIZES, attention_bias=True, mlp_bias=True, head_dim=24),
        "llama, rope linear": lambda: t.LlamaConfig(**SIZES, rope_parameters=linear),
        "llama, rope dynamic": lambda: t.LlamaConfig(**SIZES, rope_parameters=dict(linear, rope_type="dynamic")),
        "llama, rope llama3": lambda: t.LlamaConfig(**SIZES, rope_parameters=llama3, tie_word_embeddings=True),
        "llama, rope yarn": lambda: t.LlamaConfig(**SIZES, rope_parameters=yarn),
        "mistral": lambda: t.MistralConfig(**SIZES, sliding_window=8),
        "qwen2": lambda: t.Qwen2Config(**SIZES),
        "qwen2, sliding": lambda: t.Qwen2Config(
            **SIZES, use_sliding_window=True, sliding_window=8, max_window_layers=1
        ),
        "qwen3": lambda: t.Qwen3Config(**SIZES, head_dim=32, tie_word_embeddings=True),
        "gemma": lambda: t.GemmaConfig(**SIZES, head_dim=24),
        "gemma2": lambda: t.Gemma2Config(**GEMMA, attn_logit_softcapping=4.0, final_logit_softcapping=5.0),
        "gemma3": lambda: t.Gemma3TextConfig(**GEMMA, layer_types=types, rope_parameters=gemma3),
        "smollm3": lambda: t.SmolLM3Config(**SIZES, no_rope_layers=[1, 0, 1]),
        "olmo2": lambda: t.Olmo2Config(**SIZES),
        "phi3": lambda: t.Phi3Config(**SIZES, partial_rotary_factor=0.5, sliding_window=8),
        "phi3, longrope": lambda: t.Phi3Config(
            **SIZES, rope_parameters=longrope, original_max_position_embeddings=128, tie_word_embeddings=True
        ),
        "gpt2": lambda: t.GPT2Config(
            vocab_size=VOCABULARY, n_positions=256, n_embd=64, n_layer=3, n_head=4, bos_token_id=1, eos_token_id=2
        ),
        "gpt_neox": lambda: t.GPTNeoXConfig(**SIZES, rotary_pct=0.5),
        "gpt_neox, one after the other": lambda: t.GPTNeoXConfig(**SIZES, use_parallel_residual=False),
        "granite": lambda: t.GraniteConfig(
            **SIZES,
            embedding_multiplier=3.0,
            attention_multiplier=0.3,
            residual_multiplier=0.7,
            logits_scaling=1.5,
        ),
    }


def make(folder, kind, dtype="float32", v4=False):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(len(kind))
    model = AutoModelForCausalLM.from_config(cases()[kind]())
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.2)
            else:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    model.to(getattr(torch, dtype)).save_pretrained(folder + "/model")
    if v4:
        as_v4(Path(folder, "model", "config.json"))
    conv1d = kind == "gpt2"
    config = LoraConfig(r=4, lora_alpha=6, target_modules="all-linear", task_type="CAUSAL_LM", fan_in_fan_out=conv1d)
    adapted = get_peft_model(model.float(), config)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.15)
    adapted.save_pretrained(folder + "/adapter")
    return {"modules": sum("lora_A" in name for name, _ in adapted.named_parameters())}


def as_v4(file):
    """Fields as transformers 4 wrote them."""
    config = json.loads(file.read_text())
    parameters = config.pop("rope_parameters")
    config["rope_theta"] = parameters.pop("rope_theta")
    config["rope_scaling"] = None if parameters["rope_type"] == "default" else parameters
    config["torch_dtype"] = config.pop("dtype")
    file.write_text(json.dumps(config))


def expect(folder, prompts, continuations, tokens):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder + "/model", dtype=torch.float32, attn_implementation="eager")
    bare = answers(model.eval(), prompts, continuations, tokens)
    adapted = PeftModel.from_pretrained(model, folder + "/adapter").eval()
    return {"bare": bare, "adapter": answers(adapted, prompts, continuations, tokens)}


def answers(model, prompts, continuations, tokens):
    import torch

    every = {"next": [], "scores": [], "greedy": []}
    for prompt, continuation in zip(prompts, continuations):
        ids = torch.tensor([prompt + continuation])
        with torch.no_grad():
            logs = model(input_ids=ids, use_cache=False).logits[0].log_softmax(-1)
            made = model.generate(
                input_ids=ids[:, : len(prompt)],
                attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
                max_new_tokens=tokens,
                min_new_tokens=tokens,
                do_sample=False,
                eos_token_id=None,
                pad_token_id=0,
            )
        start = len(prompt) - 1
        every["next"].append(logs[start].tolist())
        every["scores"].append([logs[start + i, id].item() for i, id in enumerate(continuation)])
        every["greedy"].append(made[0, len(prompt) :].tolist())
    return every


serve({"make": make, "expect": expect})
