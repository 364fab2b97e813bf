"""What loaders call the modules of a model whose file has other names, from the real classes.

  python classNames.py vllm-classes.json > src/core/check/data/names.json

Needs transformers and PEFT (test/interop/requirements.txt); vllm-classes.json lists vLLM's classes (`lora`, `mapper`). For
each class of vLLM that takes LoRA, and each generator, classifier and vision-language class of transformers: a small model
on the meta device (nothing is downloaded), the names of its matrices, and those under which `save_pretrained` writes them.
"""
import datetime
import json
import os
import re
import sys
import warnings

os.environ.setdefault('CUDA_VISIBLE_DEVICES', '')
warnings.filterwarnings('ignore')
import peft
import torch
import transformers
from peft.utils.transformers_weight_conversion import convert_peft_adapter_state_dict_for_transformers
from transformers.core_model_loading import revert_weight_conversion
from transformers.models.auto import modeling_auto

# Names repeat; the first three layers of some models have no experts.
LAYERS = 4
COUNTS = ('num_hidden_layers', 'num_layers', 'n_layer', 'n_layers', 'depth', 'encoder_layers', 'decoder_layers',
          'num_decoder_layers', 'num_nextn_predict_layers', 'mtp_num_hidden_layers')
KINDS = ('layer_types', 'mlp_layer_types', 'layers_block_type', 'mlp_only_layers', 'no_rope_layers')
PREFIX = 'base_model.model.'


def shrink(config):
    for field in COUNTS:
        value = getattr(config, field, None)
        if isinstance(value, int) and value > LAYERS:
            setattr(config, field, LAYERS)
    for field in KINDS:
        value = getattr(config, field, None)
        if isinstance(value, list) and len(value) > LAYERS:
            setattr(config, field, (list(dict.fromkeys(value)) + value)[:LAYERS])
    for value in list(vars(config).values()):
        if isinstance(value, transformers.PretrainedConfig):
            shrink(value)


def made(cls):
    """The model on the meta device; some classes refuse a config whose layers were cut."""
    reason = None
    for small in (True, False):
        try:
            config = cls.config_class()
            if small:
                shrink(config)
            with torch.device('meta'):
                return cls(config)
        except Exception as error:
            reason = error
    raise reason


def numbered(name):
    return re.sub(r'(?<=\.)\d+(?=\.|$)', '#', name)


def without_end(disk, own):
    left, right = disk.split('.'), own.split('.')
    while len(left) > 1 and len(right) > 1 and left[-1] == right[-1]:
        left.pop(), right.pop()
    return '.'.join(left), '.'.join(right)


def covers(beginning, name):
    return name == beginning or name.startswith(beginning + '.')


def replaced(name, renames):
    """By the longest beginning."""
    for disk, own in sorted(renames, key=lambda pair: -len(pair[0])):
        if covers(disk, name):
            return own + name[len(disk):]
    return name


def renames_of(pairs):
    """Beginnings of names, as short as they can be without renaming what keeps its name."""
    renames = {without_end(disk, own) for disk, own in pairs if disk != own}
    for disk, own in pairs:
        if replaced(disk, renames) != own:
            renames.add((disk, own))
    # Numbers that become names ("mlp.0" and "mlp.2") are left out.
    ambiguous = [disk for disk, _ in renames]
    return sorted((disk, own) for disk, own in renames if ambiguous.count(disk) == 1 and disk != own)


def renamed_by_peft(model, pairs):
    """The names of modules in the file that PEFT renames in the keys of an adapter."""
    keys = {f'{PREFIX}{disk}.lora_{part}.weight': torch.empty(4, 4, device='meta') for disk, _ in pairs for part in 'AB'}
    config = peft.LoraConfig(target_modules=['q_proj'])
    found = set(convert_peft_adapter_state_dict_for_transformers(model, config, keys))
    return {disk for disk, own in pairs if f'{PREFIX}{own}.lora_A.weight' in found}


def row_of(model):
    own = dict(model.state_dict())
    names = {id(value): name for name, value in own.items()}
    pairs, stacked = [], False
    for name, value in revert_weight_conversion(model, dict(own)).items():
        source = names.get(id(value))
        stacked = stacked or (source is None and re.search(r'\.experts\.\d+\.', name) is not None)
        if source is not None and value.dim() == 2 and name.endswith('.weight') and source.endswith('.weight'):
            pairs.append((name.removesuffix('.weight'), source.removesuffix('.weight')))
    row = {}
    renames = renames_of({(numbered(disk), numbered(source)) for disk, source in pairs})
    if renames:
        changed = [(disk, own) for disk, own in pairs if disk != own and '.experts.' not in disk]
        known = renamed_by_peft(model, changed)
        # Of each whether PEFT renames all keys that begin so; those of experts are converted in another way.
        row['renames'] = [
            [disk, own, all(name in known for name, _ in changed if covers(disk, numbered(name)))] for disk, own in renames
        ]
    if stacked:
        row['stacked'] = True
    if model.base_model_prefix not in ('', 'model'):
        row['prefix'] = model.base_model_prefix
    return row


def classes(table):
    wanted = {name for name, known in table.items() if known['lora']}
    for part in ('CAUSAL_LM', 'IMAGE_TEXT_TO_TEXT', 'SEQ_TO_SEQ_CAUSAL_LM', 'SEQUENCE_CLASSIFICATION'):
        for value in getattr(modeling_auto, f'MODEL_FOR_{part}_MAPPING_NAMES').values():
            wanted.update([value] if isinstance(value, str) else value)
    return sorted(name for name in wanted if hasattr(transformers, name))


def class_of_type():
    """The class that most files of a model type name in `architectures`."""
    found = {}
    for part in ('SEQ_TO_SEQ_CAUSAL_LM', 'CAUSAL_LM', 'IMAGE_TEXT_TO_TEXT'):
        for kind, value in getattr(modeling_auto, f'MODEL_FOR_{part}_MAPPING_NAMES').items():
            found[kind] = value if isinstance(value, str) else value[0]
    return dict(sorted(found.items()))


def vllm_rows(table):
    parts = ('substr', 'prefix', 'suffix')
    rows = {}
    for name, known in table.items():
        mapper = known.get('mapper') or {}
        kept = {part: list(mapper[f'orig_to_new_{part}'].items()) for part in parts if mapper.get(f'orig_to_new_{part}')}
        if known['lora'] and kept:
            rows.setdefault(json.dumps(kept), []).append(name)
    return [{'classes': ' '.join(names), **json.loads(kept)} for kept, names in rows.items()]


def main(source):
    table = json.load(open(source))
    rows, failed = {}, []
    for name in classes(table['classes']):
        try:
            row = row_of(made(getattr(transformers, name)))
        except Exception as error:
            failed.append(name)
            print(f'{name}: {type(error).__name__}: {str(error)[:120]}', file=sys.stderr)
            continue
        if row:
            rows.setdefault(json.dumps(row), []).append(name)
    json.dump({
        'made': datetime.date.today().isoformat(),
        'transformers': transformers.__version__, 'peft': peft.__version__, 'vllm': table['vllm'],
        'classes': [{'classes': ' '.join(names), **json.loads(row)} for row, names in rows.items()],
        'failed': ' '.join(failed),
        'classOfType': class_of_type(),
        'vllmClasses': vllm_rows(table['classes']),
    }, sys.stdout, indent=1)


main(*sys.argv[1:])
