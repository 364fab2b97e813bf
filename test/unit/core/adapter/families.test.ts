import assert from 'node:assert/strict';
import { declineLayout, declinePeftType, declineUnknown } from '../../../../src/core/adapter/families';
import { headerOf, peftPair } from '../../../support/adapterFixture';
import { english } from '../../../support/english';
import { words } from '../../../support/words';

const shape = [2, 2];

describe('families', () => {
  const layouts: readonly (readonly [string, RegExp])[] = [
    ['lora_unet_down_blocks_0_attn1_to_q.lora_down.weight', /kohya/],
    ['lora_te1_text_model_encoder_layers_0_mlp_fc1.alpha', /kohya/],
    ['model.layers.0.q_proj.lora_down.weight', /kohya-style LoRA/],
    ['transformer_blocks_0.lora_up.weight', /kohya-style LoRA/],
    ['blocks.0.attn.to_q_lora.down.weight', /diffusers/],
    ['unet.down_blocks.0.attn1.to_q.lora.down.weight', /diffusers/],
    ['unet.down_blocks.0.attn1.to_q.lora_A.weight', /diffusers/],
    ['text_encoder.text_model.q_proj.lora_linear_layer.up.weight', /diffusers/],
    ['transformer.transformer_blocks.0.attn.to_q.lora_A.weight', /diffusers/],
    ['diffusion_model.blocks.0.q.lora_A.weight', /diffusers/],
    ['layers.0.q_proj.diff', /full difference/],
    ['layers.0.q_proj.dora_scale', /full difference|dora/],
    ['layers.0.q.hada_w1_a', /LoHa/],
    ['layers.0.q.lokr_w1', /LoKr/],
    ['base_model.model.q.lora_E', /AdaLoRA/],
    ['base_model.model.q.lora_E.default', /AdaLoRA/],
    ['base_model.model.k.ia3_l', /IA/],
    ['base_model.model.q.oft_R.weight', /OFT/],
    ['base_model.model.q.vera_lambda_b', /VeRA/],
    ['base_model.model.q.fourierft_spectrum.default', /FourierFT/],
    ['prompt_embeddings', /prompt-tuning/],
    ['w_a_000', /w_a_000/],
    ['transformer.h.0.attn.c_attn.lora_A', /loralib/],
    ['transformer.blocks.0.attn.to_q.lora_A.weight', /diffusers/],
    ['single_transformer_blocks.0.attn.to_k.lora_A.weight', /diffusers/],
    ['double_blocks.0.img_attn.qkv.lora_A.weight', /diffusers/],
    ['blocks.0.self_attn.q.lora_A.weight', /diffusers/],
    ['down_blocks.0.resnets.0.conv1.lora_A_1.default_0.weight', /diffusers/],
    ['double_blocks.0.processor.qkv_lora1.down.weight', /XLabs/],
    ['ip_adapter.1.to_k_ip.weight', /IP-Adapter/],
    ['emb_params', /textual inversion/],
    ['layers.0.attn.q_proj.lora_a.weight', /torchtune/],
    ['language_model.model.layers.0.self_attn.q_proj.A', /mlx-vlm/],
  ];
  for (const [name, message] of layouts) {
    it(`declines ${name} by name`, () => {
      const why = declineLayout(
        headerOf([
          { name: 'a.weight', shape },
          { name, shape },
        ]),
      );
      assert.ok(why);
      assert.match(english(why.message), message);
      assert.ok(english(why.message).includes(name));
      assert.ok(english(why.advice).length > 10);
    });
  }

  it('lets PEFT names pass, GPT-2 in front of all', () => {
    assert.equal(declineLayout(headerOf(peftPair('transformer.h.0.attn.c_attn'))), undefined);
    assert.equal(
      declineLayout(headerOf([{ name: 'transformer.h.0.attn.c_attn.lora_A.weight', shape }])),
      undefined,
    );
  });

  it('declines every peft_type but LORA', () => {
    assert.equal(declinePeftType(undefined), undefined);
    assert.equal(declinePeftType('LORA'), undefined);
    for (const type of words`LOHA LOKR IA3 ADALORA VERA OFT BOFT XLORA PROMPT_TUNING P_TUNING PREFIX_TUNING BRAND_NEW`) {
      assert.ok(english(declinePeftType(type)?.message).includes(type));
    }
    assert.match(english(declinePeftType('PROMPT_TUNING')?.advice), /changes no weight/);
  });

  it('says what an unknown file holds', () => {
    assert.match(
      english(declineUnknown(headerOf([{ name: 'model.embed_tokens.weight', shape }])).message),
      /1 tensors.*model\.embed_tokens/,
    );
    assert.match(english(declineUnknown(headerOf([])).message), /no tensors/);
  });
});
