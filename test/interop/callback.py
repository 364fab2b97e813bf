"""Trains an adapter of the sample with a callback for the Trainer that comes as source text."""

import torch
from peft import LoraConfig, get_peft_model
from serve import serve
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments


def train(source, model, texts, steps, output, splora, flags):
    """Saves after each step. Returns what the Trainer logged, and how many steps it took."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    rows = []
    for text in texts:
        ids = tokenizer(text)["input_ids"]
        rows.append({"input_ids": torch.tensor(ids), "labels": torch.tensor(ids)})
    lora = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    adapter = get_peft_model(AutoModelForCausalLM.from_pretrained(model), lora)
    arguments = TrainingArguments(
        output_dir=output,
        max_steps=steps,
        save_steps=1,
        per_device_train_batch_size=1,
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = Trainer(model=adapter, args=arguments, train_dataset=rows)
    names = {}
    exec(source, names)
    trainer.add_callback(names["SploraCallback"](trainer, *flags, splora=splora))
    trainer.train()
    return {"logged": trainer.state.log_history, "steps": trainer.state.global_step}


serve({"train": train})
