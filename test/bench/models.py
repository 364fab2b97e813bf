"""Random models for benches."""

import json
import shutil
from pathlib import Path


def make(folder, tokenizer, adapters):
    """A model in the shape of SmolLM2-135M, bfloat16, with the tokenizer of a folder, and random adapters of it."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    model = LlamaForCausalLM(config)
    model.to(torch.bfloat16).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copyfile(Path(tokenizer, name), Path(folder, name))
    # An end token among random ones would make answers of any length.
    for name in ("config.json", "generation_config.json"):
        text = json.loads(Path(folder, name).read_text())
        Path(folder, name).write_text(json.dumps({**text, "eos_token_id": 0}))
    for index, adapter in enumerate(adapters):
        own = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
        wrapped = get_peft_model(own, LoraConfig(r=8, target_modules="all-linear", task_type="CAUSAL_LM"))
        torch.manual_seed(2 + index)
        with torch.no_grad():
            for name, parameter in wrapped.named_parameters():
                if "lora_B" in name:
                    parameter.normal_(0, 0.02)
        wrapped.save_pretrained(adapter)
    return {"bytes": Path(folder, "model.safetensors").stat().st_size}
