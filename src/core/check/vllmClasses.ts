/**
 * Model classes of vLLM 0.32.0, by what they take LoRA for: made by importing each registered class of the CPU build on
 * 2026-11-30. Other classes may run through vLLM's transformers backend.
 */
const CLASSES: Readonly<Record<'none' | 'layers' | 'embeddings' | 'heads', readonly string[]>> = {
  /** Not at all (`does not support LoRA yet`). */
  none: [
    'AriaForConditionalGeneration BailingMoeV25MTPModel BailingMoeV2_5ForCausalLM BailingMoeV3ForCausalLM',
    'BailingMoeV3MTPModel BailingMoeV3VLForConditionalGeneration BeeForConditionalGeneration BertForMaskedLM',
    'BertForSequenceClassification BertForTokenClassification BloomForCausalLM CLIPModel Cohere2MoeForCausalLM',
    'Cohere2VisionForConditionalGeneration CohereAsrForConditionalGeneration ColBERTJinaRobertaModel',
    'ColBERTLfm2Model ColBERTModernBertModel ColModernVBertForRetrieval Cosmos3EdgeForConditionalGeneration',
    'DFlashLagunaForCausalLM DSparkDraftModel DSparkV41DraftModel DbrxForCausalLM DeepSeekMTPModel',
    'DeepSeekV4MTPModel DeepseekV32MTPModel DeepseekV41ForCausalLM DeepseekV4ForCausalLM',
    'DeepseekV4ForConditionalGeneration DeepseekVLV2ForCausalLM DiffusionGemmaForBlockDiffusion',
    'EmbeddingGemma2Model ErnieMTPModel Exaone4_5_MTP ExaoneMoeMTP ExtractHiddenStatesModel FalconForCausalLM',
    'FalconMambaForCausalLM FireRedASR2ForConditionalGeneration FunASRForConditionalGeneration',
    'FunAudioChatForConditionalGeneration GPT2ForSequenceClassification GPT2LMHeadModel GPTJForCausalLM',
    'Gemma3TextModel Gemma3nForCausalLM Gemma3nForConditionalGeneration Gemma4MTPModel Glm4MoeLiteMTPModel',
    'Glm4MoeMTPModel Glm5NextForCausalLM Glm5NextMTPModel GlmOcrMTPModel GteModel GteNewForSequenceClassification',
    'GteNewModel HCXVisionV2ForCausalLM HYV3MTPModel HYV4MTPModel HfMoondream HrmTextForCausalLM',
    'IQuestLoopCoderForCausalLM InklingMTPModel InternS2MobiusMTP JinaForRanking K3DSparkModel',
    'KimiK25ForConditionalGeneration KimiK3ForConditionalGeneration KimiK3MTPModel KimiLinearForCausalLM',
    'KimiVLForConditionalGeneration LlavaOnevision2ForConditionalGeneration',
    'LlavaOnevisionForConditionalGeneration LongCatFlashMTPModel Mamba2ForCausalLM MambaForCausalLM MedusaModel',
    'MiDashengLMModel MiMoMTPModel MiMoV2FlashForCausalLM MiMoV2ForCausalLM MiMoV2MTPModel MiMoV2OmniForCausalLM',
    'MiMoV2OmniMTPModel MiniMaxM3MTP MiniMaxM3SparseForCausalLM MiniMaxM3SparseForConditionalGeneration',
    'ModernBertForSequenceClassification ModernBertForTokenClassification Moondream3ForCausalLM',
    'MoonshotKimiaForCausalLM MossTranscribeDiarizeForConditionalGeneration NemotronHMTPModel',
    'NemotronParseForConditionalGeneration NomicBertModel OpenAIPrivacyFilterForTokenClassification',
    'OpenPanguMTPModel OpenVLAForActionPrediction OrionForCausalLM Ovis Ovis2_5 Ovis2_6ForCausalLM',
    'Ovis2_6_MoeForCausalLM PaddleOCRVLForConditionalGeneration Phi3VForCausalLM Phi4ForCausalLMV',
    'Qwen2AudioForConditionalGeneration Qwen3NextMTP Qwen3_5MTP Qwen3_5MoeMTP Qwen4ExpMTP',
    'RForConditionalGeneration RobertaForTokenClassification SiglipModel SkyworkR1VChatModel StableLmForCausalLM',
    'Step1ForCausalLM Step3TextForCausalLM Step3VLForConditionalGeneration Step3p5ForCausalLM Step3p5MTP',
    'Step3p7ForConditionalGeneration StepVLForConditionalGeneration XLMRobertaForTokenClassification',
    'Zamba2ForCausalLM',
  ],
  /** Linear layers, and neither embeddings nor heads. */
  layers: [
    'AXK1ForCausalLM AfmoeForCausalLM AudioFlamingo3ForConditionalGeneration BagelForConditionalGeneration',
    'BailingMoeForCausalLM BailingMoeV2ForCausalLM BertModel BertSpladeSparseEmbeddingModel BgeM3EmbeddingModel',
    'Blip2ForConditionalGeneration ChatGLMForConditionalGeneration ChatGLMModel ClefOmniForJointSchema',
    'CohereCompassForConditionalGeneration ColPaliForRetrieval ColQwen3 ColQwen3_5',
    'Cosmos3ForConditionalGeneration DeepseekForCausalLM DeepseekOCR2ForCausalLM DeepseekOCRForCausalLM',
    'DeepseekV2ForCausalLM DeepseekV32ForCausalLM DeepseekV3BidirectionalModel DeepseekV3ForCausalLM',
    'DotsOCRForCausalLM Eagle2_5_VLForConditionalGeneration Eagle3DeepseekV2ForCausalLM',
    'Eagle3DeepseekV3ForCausalLM EagleDeepSeekMTPModel EagleMistralForCausalLM EagleMistralLarge3ForCausalLM',
    'Ernie4_5_MoeForCausalLM Ernie4_5_VLMoeForConditionalGeneration Exaone4_5_ForConditionalGeneration',
    'GLM4VForCausalLM Gemma2ForCausalLM Gemma2Model Gemma3ForCausalLM Gemma3ForConditionalGeneration',
    'Gemma4ForCausalLM Gemma4ForConditionalGeneration Gemma4UnifiedForConditionalGeneration GemmaForCausalLM',
    'Glm4ForCausalLM Glm4MoeForCausalLM Glm4MoeLiteForCausalLM Glm4vForConditionalGeneration',
    'Glm4vMoeForConditionalGeneration Glm5NextForConditionalGeneration GlmAsrForConditionalGeneration',
    'GlmMoeDsaForCausalLM GlmOcrForConditionalGeneration GptOssForCausalLM Granite4VisionForConditionalGeneration',
    'GraniteSpeechForConditionalGeneration GraniteSpeechPlusForConditionalGeneration H2OVLChatModel HF_ColBERT',
    'HYV3ForCausalLM HYV4ForCausalLM Idefics3ForConditionalGeneration InternLM2ForCausalLM',
    'InternLM2ForRewardModel InternS1ForConditionalGeneration InternS1ProForConditionalGeneration',
    'InternS2MobiusForConditionalGeneration InternS2PreviewForConditionalGeneration InternVLChatModel',
    'InternVLForConditionalGeneration IsaacForConditionalGeneration JinaVLForRanking KeyeForConditionalGeneration',
    'KeyeVL1_5ForConditionalGeneration LagunaForCausalLM Lfm2VlForConditionalGeneration',
    'LightOnOCRForConditionalGeneration Llama4ForConditionalGeneration LlamaNemotronVLForSequenceClassification',
    'LlamaNemotronVLModel Llama_Nemotron_Nano_VL LlavaForConditionalGeneration LlavaNextForConditionalGeneration',
    'LlavaNextVideoForConditionalGeneration LongcatFlashForCausalLM LongcatFlashNgramForCausalLM MiMoForCausalLM',
    'MiniCPMO MiniCPMV MiniCPMV4_6ForConditionalGeneration MiniCPMV4_7ForConditionalGeneration',
    'MiniMaxM2ForCausalLM Ministral3ForCausalLM Mistral3ForConditionalGeneration MistralForCausalLM',
    'MistralLarge3ForCausalLM ModernBertModel Molmo2ForConditionalGeneration MolmoForCausalLM',
    'MuseGlimmerForCausalLM MuseGlimmerForConditionalGeneration NVLM_D OPTForCausalLM OlmoHybridForCausalLM',
    'OlmoeForCausalLM OpenCUAForConditionalGeneration OpenPanguVLForConditionalGeneration OpsColQwen3Model',
    'PaliGemmaForConditionalGeneration PanguEmbeddedForCausalLM PanguProMoEV2ForCausalLM PanguUltraMoEForCausalLM',
    'Phi4MMForCausalLM PixtralForConditionalGeneration Plamo3ForCausalLM QianfanOCRForConditionalGeneration',
    'Qwen2ForCausalLM Qwen2ForProcessRewardModel Qwen2ForRewardModel Qwen2Model Qwen2MoeForCausalLM',
    'Qwen2VLForConditionalGeneration Qwen2_5OmniForConditionalGeneration Qwen2_5OmniModel',
    'Qwen2_5_VLForConditionalGeneration Qwen3ASRForConditionalGeneration',
    'Qwen3ASRForcedAlignerForTokenClassification Qwen3ASRRealtimeGeneration Qwen3NextForCausalLM',
    'Qwen3OmniMoeForConditionalGeneration Qwen3VLForConditionalGeneration Qwen3VLMoeForConditionalGeneration',
    'Qwen3VLNemotronEmbedModel Qwen3_5ForConditionalGeneration Qwen3_5MoeForConditionalGeneration',
    'Qwen4ExpForCausalLM Qwen4ExpForConditionalGeneration Rnj1ForCausalLM RobertaForMaskedLM',
    'RobertaForSequenceClassification RobertaModel SarvamMLAForCausalLM SarvamMoEForCausalLM',
    'SmolVLMForConditionalGeneration UltravoxModel UnlimitedOCRForCausalLM VoxtralForConditionalGeneration',
    'VoxtralRealtimeGeneration VoyageQwen3BidirectionalEmbedModel WhisperForConditionalGeneration',
    'XLMRobertaForSequenceClassification XLMRobertaModel',
  ],
  /** Linear layers and `embed_tokens`. */
  embeddings: [
    'ArceeForCausalLM Cohere2ForCausalLM CohereForCausalLM CwmForCausalLM EagleCohereForCausalLM',
    'Emu3ForConditionalGeneration FlexOlmoForCausalLM GPTBigCodeForCausalLM GPTNeoXForCausalLM GlmForCausalLM',
    'HunYuanDenseV1ForCausalLM HunYuanMoEV1ForCausalLM HunYuanVLForConditionalGeneration Jais2ForCausalLM',
    'MellumForCausalLM NanbeigeForCausalLM Olmo2ForCausalLM Olmo3ForCausalLM OlmoForCausalLM PhiForCausalLM',
    'SeedOssForCausalLM SmolLM3ForCausalLM Starcoder2ForCausalLM TransformersEmbeddingModel',
    'TransformersForCausalLM TransformersForSequenceClassification TransformersMoEEmbeddingModel',
    'TransformersMoEForCausalLM TransformersMoEForSequenceClassification TransformersMultiModalEmbeddingModel',
    'TransformersMultiModalForCausalLM TransformersMultiModalForSequenceClassification',
    'TransformersMultiModalMoEForCausalLM VaultGemmaForCausalLM VibeVoiceAsrForConditionalGeneration',
  ],
  /** Linear layers, `embed_tokens` and `lm_head`. */
  heads: [
    // The first calls its embedding `wte`; the others take the head alone.
    'ExaoneForCausalLM InklingForCausalLM InklingForConditionalGeneration',
    'ApertusForCausalLM DFlash2DraftModel DFlashDraftModel DFlashMuseGlimmerAssistantModel DeciLMForCausalLM',
    'Eagle3LlamaForCausalLM Eagle3MiniMaxM2ForCausalLM Eagle3Qwen2_5vlForCausalLM Eagle3Qwen3ForCausalLM',
    'Eagle3Qwen3vlForCausalLM EagleLlama4ForCausalLM EagleLlamaForCausalLM EagleMiniCPMForCausalLM',
    'Ernie4_5ForCausalLM Exaone4ForCausalLM ExaoneMoEForCausalLM ExaoneMoeForCausalLM FalconH1ForCausalLM',
    'Gemma4DSparkModel GraniteForCausalLM GraniteMoeForCausalLM GraniteMoeHybridForCausalLM',
    'GraniteMoeSWAForCausalLM GraniteMoeSharedForCausalLM GraniteSWAForCausalLM HyperCLOVAXForCausalLM',
    'IQuestCoderForCausalLM InternLM3ForCausalLM JambaForCausalLM JambaForSequenceClassification',
    'JinaEmbeddingsV5Model K2HorizonForCausalLM LLaMAForCausalLM Lfm2ForCausalLM Lfm2MoeForCausalLM',
    'LiLiCorrDraftModel Llama4ForCausalLM LlamaBidirectionalForSequenceClassification LlamaBidirectionalModel',
    'LlamaForCausalLM LlamaForCausalLMEagle3 LlamaModel MiniCPM3ForCausalLM MiniCPMForCausalLM MistralModel',
    'MixtralForCausalLM MossAudioModel MuseGlimmerAssistantModel NemotronForCausalLM NemotronHForCausalLM',
    'NemotronHPuzzleForCausalLM NemotronH_Nano_Omni_Reasoning_V3 NemotronH_Nano_VL_V2 NemotronH_Omni_Reasoning_V3',
    'NemotronH_Super_Omni_Reasoning_V3 PEagleDraftModel Param2MoEForCausalLM PeagleLlamaForCausalLM',
    'PeagleQwen3ForCausalLM Phi3ForCausalLM PhiMoEForCausalLM Qwen3DSparkModel Qwen3ForCausalLM',
    'Qwen3MoeForCausalLM Qwen3OmniDSparkModel Qwen3_5ForCausalLM Qwen3_5MoeForCausalLM SolarForCausalLM',
    'TeleChat2ForCausalLM TeleChat3ForCausalLM TeleFLMForCausalLM',
  ],
};

export type ClassSupport = keyof typeof CLASSES;

const BY_CLASS: ReadonlyMap<string, ClassSupport> = new Map(
  (Object.keys(CLASSES) as ClassSupport[]).flatMap((support) =>
    CLASSES[support].flatMap((names) => names.split(' ')).map((name) => [name, support] as const),
  ),
);

/** What the first known class of a config.json takes LoRA for; undefined: vLLM 0.32 has none of them. */
export function classSupport(
  architectures: readonly string[],
): { readonly name: string; readonly support: ClassSupport } | undefined {
  for (const name of architectures) {
    const support = BY_CLASS.get(name);
    if (support !== undefined) return { name, support };
  }
  return undefined;
}
