"""The configurations of tools/prove_architectures.py: one row for each model, as small as it can be and still differ
from its relatives where it does differ."""

import re
from dataclasses import dataclass, field, replace

BASE = {
    "vocab_size": 96,
    "hidden_size": 48,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": False,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
TOKENS = [1, 17, 5, 93, 44, 44, 8, 61, 30, 2, 77, 19, 5, 88, 12, 71, 3, 26, 59, 90, 34, 7, 66, 50]
EXPERTS = {"num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 24}


def rope(kind: str, theta: float = 10000.0, **members) -> dict:
    return {"rope_parameters": {"rope_type": kind, "rope_theta": theta, **members}}


LLAMA3 = rope("llama3", 500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=16)
YARN = rope("yarn", 10000.0, factor=4.0, original_max_position_embeddings=16)


@dataclass
class Case:
    name: str
    model_type: str
    model_class: str
    changes: dict = field(default_factory=dict)
    kind: str = "logits"  # logits, embedding, score, encoder-decoder
    pooling: str = ""  # of an embedding: the key of 1_Pooling/config.json, without pooling_mode_
    tokens: list = field(default_factory=lambda: TOKENS)
    encoder: list = field(default_factory=list)
    tolerance: float = 1e-4
    special: list = field(default_factory=list)  # rows of KINDS of its own
    extra: dict = field(default_factory=dict)  # shapes of tensors that the library leaves out, by name
    base: bool = True  # begins with BASE

    def config(self, transformers):
        # A change to None takes a key of BASE away.
        values = {**(BASE if self.base else {}), **self.changes}
        values = {key: value for key, value in values.items() if value is not None}
        config = transformers.AutoConfig.for_model(self.model_type, **values)
        config.architectures = [self.model_class]
        return config

    def kinds(self, name, shape):
        for pattern, offset, scale in self.special:
            if re.search(pattern, name):
                return offset, scale
        return None


def causal(name: str, model_type: str, model_class: str, **changes) -> Case:
    return Case(name, model_type, model_class + "ForCausalLM", changes)


MLA = {
    "num_hidden_layers": 3, "num_key_value_heads": 4, "head_dim": None,
    "q_lora_rank": 20, "kv_lora_rank": 24, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 12,
    "n_routed_experts": 8, "n_shared_experts": 1, "num_experts_per_tok": 3, "moe_intermediate_size": 24,
    "first_k_dense_replace": 1, "routed_scaling_factor": 1.5, "norm_topk_prob": True,
}
SIGMOID = {"num_hidden_layers": 3, "num_experts_per_tok": 2, "moe_intermediate_size": 24}
COHERE_MOE = {
    "num_hidden_layers": 4, "num_experts": 6, "num_experts_per_tok": 2, "logit_scale": 0.5, "sliding_window": 8,
    "layer_norm_eps": 1e-5, "prefix_dense_intermediate_size": 56, "tie_word_embeddings": True,
}
OLMO_HYBRID = {
    "num_hidden_layers": 3, "layer_types": ["linear_attention", "full_attention", "linear_attention"],
    "linear_conv_kernel_dim": 4, "linear_key_head_dim": 12, "linear_value_head_dim": 12,
    "rope_parameters": {"rope_type": "default", "rope_theta": None},
}
BAILING_HYBRID = {
    "num_hidden_layers": 3, "num_key_value_heads": 4, "head_dim": 8, "layer_group_size": 2, "short_conv_kernel_size": 4,
    "kv_lora_rank": 24, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 12, "num_experts": 8,
    "num_experts_per_token": 3, "num_shared_experts": 1, "moe_intermediate_size": 24, "first_k_dense_replace": 1,
    "num_expert_group": 4, "topk_group": 2, "routed_scaling_factor": 1.5,
}
NEMOTRON_MOE = {
    "rms_norm_eps": None, "num_hidden_layers": None, "layers_block_type": ["mamba", "moe", "attention", "moe"],
    "mamba_num_heads": 6, "mamba_head_dim": 16, "ssm_state_size": 12, "n_groups": 2, "conv_kernel": 4,
    "n_routed_experts": 8, "num_experts_per_tok": 3, "moe_intermediate_size": 24, "n_shared_experts": 1,
    "moe_shared_expert_intermediate_size": 32, "n_group": 4, "topk_group": 2, "routed_scaling_factor": 1.5,
}
SLIDING = ["sliding_attention", "full_attention"]
DELTA_NET = {
    "num_hidden_layers": 4, "layer_types": ["linear_attention", "linear_attention", "linear_attention", "full_attention"],
    "linear_conv_kernel_dim": 4, "linear_key_head_dim": 12, "linear_value_head_dim": 12,
    "linear_num_key_heads": 2, "linear_num_value_heads": 4,
    **rope("default", 10000.0, partial_rotary_factor=0.5),
}
GPT = {key: None for key in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
                             "num_key_value_heads", "head_dim", "max_position_embeddings", "rms_norm_eps")}
ENCODER = {"num_key_value_heads": None, "head_dim": None, "rms_norm_eps": None, "max_position_embeddings": 40}

# Some of a draft layer's, where it is a fourth layer and where it has names of its own.
FOURTH = {"model.layers.3.eh_proj.weight": [48, 96], "model.layers.3.self_attn.o_proj.weight": [48, 48]}
DRAFT = {"mtp.fc.weight": [48, 96], "mtp.norm.weight": [48], "mtp.layers.0.input_layernorm.weight": [48]}
JINA = {**ENCODER, "position_embedding_type": "alibi", "feed_forward_type": "geglu", "emb_pooler": "mean",
        "model_max_length": 8192}

CASES = [
    causal("llama", "llama", "Llama", num_hidden_layers=3),
    causal("llama-3.1", "llama", "Llama", **LLAMA3),
    causal("llama-3.2", "llama", "Llama", tie_word_embeddings=True, **LLAMA3),
    causal("llama-linear", "llama", "Llama", attention_bias=True, mlp_bias=True, **rope("linear", factor=4.0)),
    causal("llama-yarn", "llama", "Llama", **YARN),
    causal("llama-dynamic", "llama", "Llama", **rope("dynamic", factor=4.0)),
    causal("mistral", "mistral", "Mistral", sliding_window=8),
    causal("ministral", "ministral", "Ministral", sliding_window=8, layer_types=SLIDING),
    causal("ministral-3", "ministral3", "Ministral3", sliding_window=None,
           **rope("yarn", 10000.0, factor=4.0, original_max_position_embeddings=16, beta_fast=32.0, beta_slow=1.0,
                  mscale=1.0, mscale_all_dim=1.0, llama_4_scaling_beta=0.1)),
    causal("mixtral", "mixtral", "Mixtral", num_local_experts=6, num_experts_per_tok=2, sliding_window=8),
    causal("qwen2", "qwen2", "Qwen2", head_dim=None),
    causal("qwen2-yarn", "qwen2", "Qwen2", head_dim=None, **YARN),
    causal("qwen2moe", "qwen2_moe", "Qwen2Moe", head_dim=None, shared_expert_intermediate_size=32, **EXPERTS),
    causal("qwen3", "qwen3", "Qwen3"),
    causal("qwen3moe", "qwen3_moe", "Qwen3Moe", norm_topk_prob=True, **EXPERTS),
    replace(causal("qwen3next", "qwen3_next", "Qwen3Next", shared_expert_intermediate_size=32, norm_topk_prob=True,
                   **EXPERTS, **DELTA_NET), extra=DRAFT),
    replace(causal("qwen3.5", "qwen3_5_text", "Qwen3_5", mtp_num_hidden_layers=1, **DELTA_NET), extra=DRAFT),
    causal("qwen3.5-moe", "qwen3_5_moe_text", "Qwen3_5Moe", shared_expert_intermediate_size=32, **EXPERTS, **DELTA_NET),
    causal("gemma", "gemma", "Gemma", tie_word_embeddings=True),
    causal("gemma2", "gemma2", "Gemma2", tie_word_embeddings=True, sliding_window=8, attn_logit_softcapping=1.5,
           final_logit_softcapping=2.0, query_pre_attn_scalar=16),
    causal("gemma3", "gemma3_text", "Gemma3", tie_word_embeddings=True, sliding_window=8, num_hidden_layers=7,
           query_pre_attn_scalar=16),
    causal("gemma3n", "gemma3n_text", "Gemma3n", tie_word_embeddings=True, sliding_window=8, num_hidden_layers=5,
           vocab_size_per_layer_input=96, hidden_size_per_layer_input=12, laurel_rank=64, num_kv_shared_layers=2,
           intermediate_size=[512] * 5, altup_num_inputs=4, final_logit_softcapping=2.0,
           layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention",
                        "full_attention"],
           activation_sparsity_pattern=[0.95, 0.95, 0.0, 0.0, 0.0]),
    causal("gemma4", "gemma4_text", "Gemma4", tie_word_embeddings=True, sliding_window=8, num_hidden_layers=7,
           global_head_dim=32, vocab_size_per_layer_input=96, hidden_size_per_layer_input=12, num_kv_shared_layers=0,
           final_logit_softcapping=2.0,
           layer_types=["sliding_attention"] * 5 + ["full_attention", "sliding_attention"]),
    causal("gpt-oss", "gpt_oss", "GptOss", sliding_window=8, num_local_experts=6, num_experts_per_tok=2,
           layer_types=SLIDING,
           **rope("yarn", 10000.0, factor=4.0, original_max_position_embeddings=16, beta_fast=32.0, beta_slow=1.0,
                  truncate=False)),
    causal("phi2", "phi", "Phi", head_dim=None, rms_norm_eps=None, num_key_value_heads=4, hidden_size=64,
           **rope("default", partial_rotary_factor=0.5)),
    causal("phi3", "phi3", "Phi3", head_dim=None, sliding_window=8),
    causal("phi3-longrope", "phi3", "Phi3", head_dim=None, hidden_size=64, original_max_position_embeddings=16,
           **rope("longrope", short_factor=[1.0 + 0.1 * i for i in range(8)],
                  long_factor=[2.0 + 0.3 * i for i in range(8)], original_max_position_embeddings=16)),
    causal("phi4-mini", "phi3", "Phi3", head_dim=None, hidden_size=64, tie_word_embeddings=True,
           original_max_position_embeddings=32,
           **rope("longrope", short_factor=[1.0 + 0.1 * i for i in range(6)],
                  long_factor=[2.0 + 0.3 * i for i in range(6)], original_max_position_embeddings=32,
                  partial_rotary_factor=0.75)),
    causal("phimoe", "phimoe", "Phimoe", head_dim=None, num_local_experts=6, num_experts_per_tok=2,
           router_jitter_noise=0.01, attention_bias=True, lm_head_bias=True),
    causal("deepseek-v2", "deepseek_v2", "DeepseekV2", **{**MLA, "norm_topk_prob": False}, topk_method="greedy",
           n_group=1, topk_group=1),
    causal("deepseek-v2-lite", "deepseek_v2", "DeepseekV2", **{**MLA, "q_lora_rank": None, "norm_topk_prob": False},
           topk_method="greedy", n_group=1, topk_group=1),
    replace(causal("deepseek-v3", "deepseek_v3", "DeepseekV3", **MLA, n_group=4, topk_group=2, num_nextn_predict_layers=1,
                   **rope("yarn", 10000.0, factor=4.0, original_max_position_embeddings=16, mscale=1.0,
                          mscale_all_dim=1.0, beta_fast=32.0, beta_slow=1.0)), extra=FOURTH),
    replace(causal("deepseek-v3.2", "deepseek_v32", "DeepseekV32", **MLA, n_group=4, topk_group=2, index_topk=8,
                   index_n_heads=16, index_head_dim=16, num_nextn_predict_layers=1), extra=FOURTH),
    replace(causal("glm-dsa", "glm_moe_dsa", "GlmMoeDsa", **MLA, n_group=1, topk_group=1, index_topk=8, index_n_heads=16,
                   index_head_dim=16, mlp_layer_types=["dense", "sparse", "sparse"], num_nextn_predict_layers=1),
            extra=FOURTH),
    causal("glm", "glm", "Glm", attention_bias=True, **rope("default", partial_rotary_factor=0.5)),
    causal("glm4", "glm4", "Glm4", attention_bias=True, **rope("default", partial_rotary_factor=0.5)),
    causal("glm4moe", "glm4_moe", "Glm4Moe", n_routed_experts=6, num_experts_per_tok=2, n_shared_experts=1,
           moe_intermediate_size=24, first_k_dense_replace=1, use_qk_norm=True, attention_bias=True, n_group=1, num_nextn_predict_layers=0,
           topk_group=1, routed_scaling_factor=1.5, **rope("default", partial_rotary_factor=0.5)),
    causal("glm4-moe-lite", "glm4_moe_lite", "Glm4MoeLite", **{k: v for k, v in MLA.items() if k != "first_k_dense_replace"},
           mlp_layer_types=["dense", "sparse", "sparse"], n_group=1, topk_group=1),
    causal("youtu", "youtu", "Youtu", num_key_value_heads=4, head_dim=None, q_lora_rank=20, kv_lora_rank=24,
           qk_nope_head_dim=16, qk_rope_head_dim=8, v_head_dim=12, tie_word_embeddings=True,
           pad_token_id=None),
    causal("solar-open", "solar_open", "SolarOpen", **SIGMOID, n_routed_experts=6, n_shared_experts=2, n_group=1,
           topk_group=1, routed_scaling_factor=1.5, intermediate_size=None),
    causal("dots1", "dots1", "Dots1", **SIGMOID, n_routed_experts=6, n_shared_experts=2, first_k_dense_replace=1,
           n_group=1, topk_group=1, routed_scaling_factor=1.5, norm_topk_prob=True),
    causal("exaone-moe", "exaone_moe", "ExaoneMoe", **{**SIGMOID, "num_hidden_layers": 4}, num_experts=6,
           num_shared_experts=2, first_k_dense_replace=1, routed_scaling_factor=1.5, sliding_window=8,
           layer_types=["sliding_attention"] * 3 + ["full_attention"]),
    causal("hy-v3", "hy_v3", "HYV3", **SIGMOID, num_experts=6, num_shared_experts=2, router_scaling_factor=1.5),
    causal("afmoe", "afmoe", "Afmoe", **{**SIGMOID, "num_hidden_layers": 4}, num_experts=6, num_shared_experts=2,
           num_dense_layers=1, route_scale=1.5, sliding_window=8, mup_enabled=True),
    causal("laguna", "laguna", "Laguna", **SIGMOID, num_experts=6, shared_expert_intermediate_size=32,
           moe_routed_scaling_factor=1.5, sliding_window=8, num_attention_heads_per_layer=[4, 6, 4],
           layer_types=["full_attention", "sliding_attention", "full_attention"],
           rope_parameters={"full_attention": {**YARN["rope_parameters"], "partial_rotary_factor": 0.5},
                            "sliding_attention": {"rope_type": "default", "rope_theta": 500.0}}),
    causal("laguna-m", "laguna", "Laguna", **SIGMOID, num_experts=6, shared_expert_intermediate_size=32,
           gating="per-element", mlp_layer_types=["dense", "dense", "sparse"]),
    causal("mimo-v2-flash", "mimo_v2_flash", "MiMoV2Flash", **SIGMOID, n_routed_experts=6, v_head_dim=12,
           attention_value_scale=0.7, sliding_window=8,
           layer_types=["full_attention", "sliding_attention", "sliding_attention"],
           rope_parameters={"full_attention": {"rope_type": "default", "rope_theta": 10000.0,
                                               "partial_rotary_factor": 0.52},
                            "sliding_attention": {"rope_type": "default", "rope_theta": 500.0,
                                                  "partial_rotary_factor": 0.52}}),
    causal("cohere2-moe", "cohere2_moe", "Cohere2Moe", **COHERE_MOE, mlp_layer_types=["dense"] + ["sparse"] * 3,
           layer_types=["full_attention", "sliding_attention", "full_attention", "sliding_attention"],
           expert_selection_fn="sigmoid", norm_topk_prob=True, num_shared_experts=2,
           shared_expert_combination_strategy="average", rms_norm_eps=1e-5),
    causal("cohere2-moe-softmax", "cohere2_moe", "Cohere2Moe", **COHERE_MOE, rms_norm_eps=None,
           expert_selection_fn="softmax"),
    Case("dbrx", "dbrx", "DbrxForCausalLM",
         {**GPT, "d_model": 48, "n_heads": 4, "n_layers": 2, "max_seq_len": 64,
          "attn_config": {"kv_n_heads": 2, "clip_qkv": 0.8, "rope_theta": 500.0},
          "ffn_config": {"ffn_hidden_size": 24, "moe_num_experts": 6, "moe_top_k": 2},
          **rope("default", 500.0)}),
    causal("flex-olmo", "flex_olmo", "FlexOlmo", head_dim=None, num_experts=6, num_experts_per_tok=2),
    causal("granitemoe-swa", "granitemoe_swa", "GraniteMoeSWA", head_dim=None, embedding_multiplier=3.0,
           residual_multiplier=0.6, attention_multiplier=0.2, logits_scaling=2.0, num_hidden_layers=3,
           num_local_experts=6, num_experts_per_tok=2, shared_intermediate_size=32, sliding_window=8,
           layer_types=["full_attention", "sliding_attention", "sliding_attention"],
           layer_rope_theta=[0, 10000.0, 500.0]),
    causal("bamba", "bamba", "Bamba", head_dim=None, num_hidden_layers=3, attn_layer_indices=[1], mamba_n_heads=8,
           mamba_d_head=16, mamba_d_state=12, mamba_n_groups=1, mamba_expand=2, mamba_d_conv=4, hidden_size=64),
    causal("olmo-hybrid", "olmo_hybrid", "OlmoHybrid", head_dim=None, **OLMO_HYBRID),
    causal("olmo-hybrid-rope", "olmo_hybrid", "OlmoHybrid", head_dim=None, **{**OLMO_HYBRID, **rope("default", 500.0)},
           linear_allow_neg_eigval=False),
    causal("lfm3", "lfm3", "Lfm3", rms_norm_eps=None, norm_eps=1e-5, num_hidden_layers=4, sliding_window=8,
           layer_types=["conv", "full_attention", "sliding_attention", "conv"], conv_L_cache=7,
           tie_word_embeddings=True),
    causal("jetmoe", "jetmoe", "JetMoe", num_attention_heads=None, head_dim=None, kv_channels=12, num_local_experts=6,
           num_experts_per_tok=2, tie_word_embeddings=True, pad_token_id=None),
    causal("deepseek", "llama", "Deepseek", **SIGMOID, n_routed_experts=6, n_shared_experts=2, first_k_dense_replace=1,
           norm_topk_prob=False, routed_scaling_factor=1.0),
    causal("bailingmoe", "llama", "BailingMoe", **SIGMOID, num_experts=6, num_shared_experts=2, norm_topk_prob=True,
           first_k_dense_replace=0, routed_scaling_factor=1.0),
    causal("bailingmoe2", "llama", "BailingMoeV2", **SIGMOID, num_experts=8, num_shared_experts=2, norm_topk_prob=True,
           first_k_dense_replace=1, n_group=4, topk_group=2, routed_scaling_factor=1.5),
    causal("smallthinker", "llama", "SmallThinker", num_hidden_layers=3, moe_num_primary_experts=6,
           moe_num_active_primary_experts=2, moe_ffn_hidden_size=24, moe_primary_router_apply_softmax=False,
           sliding_window_size=8, sliding_window_layout=[0, 1, 1], rope_layout=[0, 1, 1]),
    causal("arctic", "llama", "Arctic", num_local_experts=6, num_experts_per_tok=2),
    causal("mistral4", "mistral4", "Mistral4", **MLA, n_group=1, topk_group=1,
           **rope("yarn", 10000.0, factor=4.0, original_max_position_embeddings=16, mscale=1.0, mscale_all_dim=1.0,
                  beta_fast=32.0, beta_slow=1.0, llama_4_scaling_beta=0.3)),
    causal("bailing-hybrid", "bailing_hybrid", "BailingHybrid", **BAILING_HYBRID),
    causal("bailing-hybrid-unbounded", "bailing_hybrid", "BailingHybrid", **BAILING_HYBRID, kda_safe_gate=False),
    replace(causal("minimax", "minimax", "MiniMax", num_hidden_layers=3, num_local_experts=6, num_experts_per_tok=2,
                   layer_types=["linear_attention", "full_attention", "linear_attention"], block_size=1,
                   full_attn_alpha_factor=3.5, full_attn_beta_factor=1.1, linear_attn_alpha_factor=3.2,
                   linear_attn_beta_factor=0.9, mlp_alpha_factor=2.8, mlp_beta_factor=1.2),
            special=[("slope_rate$", 0.25, 0.0), ("query_decay$", 0.77880078, 0.0), ("_decay$", 1.0, 0.0)]),
    causal("recurrent-gemma", "recurrent_gemma", "RecurrentGemma", hidden_size=80, num_hidden_layers=3, head_dim=None,
           intermediate_size=112, lru_width=72, attention_window_size=8, conv1d_width=4, logits_soft_cap=2.0,
           block_types=["recurrent", "recurrent", "attention"], num_key_value_heads=1, tie_word_embeddings=True),
    causal("nemotron-h-moe", "nemotron_h", "NemotronH", **NEMOTRON_MOE),
    causal("nemotron-h-latent", "nemotron_h", "NemotronH", **NEMOTRON_MOE, moe_latent_size=20),
    causal("minimax-m2", "minimax_m2", "MiniMaxM2", num_local_experts=6, num_experts_per_tok=2,
           **rope("default", partial_rotary_factor=0.5)),
    causal("granite", "granite", "Granite", head_dim=None, embedding_multiplier=3.0, residual_multiplier=0.6,
           attention_multiplier=0.2, logits_scaling=2.0),
    causal("granitemoe", "granitemoe", "GraniteMoe", head_dim=None, embedding_multiplier=3.0, residual_multiplier=0.6,
           attention_multiplier=0.2, logits_scaling=2.0, num_local_experts=6, num_experts_per_tok=2),
    causal("granitemoe-shared", "granitemoeshared", "GraniteMoeShared", head_dim=None, embedding_multiplier=3.0,
           residual_multiplier=0.6, attention_multiplier=0.2, logits_scaling=2.0, num_local_experts=6,
           num_experts_per_tok=2, shared_intermediate_size=32),
    causal("granite-4-hybrid", "granitemoehybrid", "GraniteMoeHybrid", head_dim=None, embedding_multiplier=3.0,
           residual_multiplier=0.6, attention_multiplier=0.2, logits_scaling=2.0, num_local_experts=6,
           num_experts_per_tok=2, shared_intermediate_size=32, num_hidden_layers=3,
           layer_types=["mamba", "attention", "mamba"], mamba_n_heads=6, mamba_d_head=16, mamba_d_state=12,
           mamba_n_groups=2, mamba_expand=2, mamba_d_conv=4, position_embedding_type="rope"),
    causal("lfm2", "lfm2", "Lfm2", head_dim=None, rms_norm_eps=None, norm_eps=1e-5, num_hidden_layers=3, layer_types=["conv", "full_attention", "conv"],
           conv_L_cache=3, block_auto_adjust_ff_dim=False, tie_word_embeddings=True),
    causal("lfm2moe", "lfm2_moe", "Lfm2Moe", head_dim=None, rms_norm_eps=None, norm_eps=1e-5, num_hidden_layers=3,
           layer_types=["conv", "full_attention", "conv"], conv_L_cache=3, num_dense_layers=1, use_expert_bias=True,
           tie_word_embeddings=True, **EXPERTS),
    causal("nemotron", "nemotron", "Nemotron", rms_norm_eps=None, norm_eps=1e-5,
           **rope("default", partial_rotary_factor=0.5)),
    replace(causal("nemotron-h", "nemotron_h", "NemotronH", rms_norm_eps=None, num_hidden_layers=None,
                   layers_block_type=["mamba", "attention", "mlp", "mamba"], num_nextn_predict_layers=1,
                   mamba_num_heads=6, mamba_head_dim=16, ssm_state_size=12, n_groups=2, conv_kernel=4),
            extra={"mtp.layers.0.eh_proj.weight": [48, 96]}),
    causal("falcon", "falcon", "Falcon", num_key_value_heads=None, intermediate_size=None, head_dim=None,
           rms_norm_eps=None, multi_query=True, new_decoder_architecture=False, parallel_attn=True, bias=False,
           alibi=False),
    causal("falcon-40b", "falcon", "Falcon", num_key_value_heads=None, intermediate_size=None, head_dim=None,
           rms_norm_eps=None, num_kv_heads=2, new_decoder_architecture=True, parallel_attn=True, bias=False,
           alibi=False),
    causal("falcon-h1", "falcon_h1", "FalconH1", mamba_n_heads=6, mamba_d_head=16, mamba_d_ssm=96, mamba_d_state=12,
           mamba_n_groups=2, mamba_d_conv=4, mamba_expand=2, embedding_multiplier=1.5, lm_head_multiplier=0.5,
           key_multiplier=0.7, attention_in_multiplier=1.1, attention_out_multiplier=0.8, ssm_in_multiplier=1.2,
           ssm_out_multiplier=0.6, ssm_multipliers=[0.5, 0.9, 1.1, 0.7, 1.3], mlp_multipliers=[0.9, 0.8]),
    causal("command-r", "cohere", "Cohere", head_dim=None, rms_norm_eps=None, layer_norm_eps=1e-5, logit_scale=0.5,
           use_qk_norm=False, tie_word_embeddings=True),
    causal("command-r-plus", "cohere", "Cohere", head_dim=None, rms_norm_eps=None, layer_norm_eps=1e-5,
           logit_scale=0.5, use_qk_norm=True, tie_word_embeddings=True),
    causal("cohere2", "cohere2", "Cohere2", rms_norm_eps=None, layer_norm_eps=1e-5, logit_scale=0.5, sliding_window=8,
           num_hidden_layers=4, tie_word_embeddings=True),
    causal("olmo2", "olmo2", "Olmo2", head_dim=None),
    causal("olmo3", "olmo3", "Olmo3", head_dim=None, sliding_window=8, layer_types=SLIDING),
    causal("olmoe", "olmoe", "Olmoe", head_dim=None, num_experts=6, num_experts_per_tok=2, norm_topk_prob=False),
    causal("smollm3", "smollm3", "SmolLM3", head_dim=None, num_hidden_layers=4, no_rope_layers=[1, 1, 1, 0]),
    causal("stablelm", "stablelm", "StableLm", head_dim=None, rms_norm_eps=None, layer_norm_eps=1e-5, hidden_size=64,
           use_qkv_bias=True, **rope("default", partial_rotary_factor=0.5)),
    causal("stablelm-2-12b", "stablelm", "StableLm", head_dim=None, rms_norm_eps=None, layer_norm_eps=1e-5,
           hidden_size=64, qk_layernorm=True, use_parallel_residual=True, **rope("default", partial_rotary_factor=0.5)),
    causal("starcoder2", "starcoder2", "Starcoder2", head_dim=None, rms_norm_eps=None, norm_epsilon=1e-5, use_bias=True,
           sliding_window=8),
    Case("gpt2", "gpt2", "GPT2LMHeadModel",
         {**GPT, "n_embd": 48, "n_layer": 2, "n_head": 4, "n_positions": 64, "tie_word_embeddings": True}),
    Case("gptneox", "gpt_neox", "GPTNeoXForCausalLM",
         {"num_key_value_heads": None, "head_dim": None, "rms_norm_eps": None, "layer_norm_eps": 1e-5,
          "hidden_size": 64, "use_parallel_residual": True, **rope("default", partial_rotary_factor=0.25)}),
    Case("gptneox-serial", "gpt_neox", "GPTNeoXForCausalLM",
         {"num_key_value_heads": None, "head_dim": None, "rms_norm_eps": None, "layer_norm_eps": 1e-5,
          "hidden_size": 64, "use_parallel_residual": False, **rope("default", partial_rotary_factor=0.5)}),
    Case("gptj", "gptj", "GPTJForCausalLM",
         {**GPT, "n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 64, "rotary_dim": 8}),
    Case("bloom", "bloom", "BloomForCausalLM",
         {**GPT, "hidden_size": 48, "n_layer": 2, "n_head": 4, "tie_word_embeddings": True}),
    Case("mpt", "mpt", "MptForCausalLM",
         {**GPT, "d_model": 48, "n_heads": 4, "n_layers": 2, "max_seq_len": 64,
          "tie_word_embeddings": True}),
    causal("exaone4", "exaone4", "Exaone4", sliding_window=8, num_hidden_layers=4,
           layer_types=["sliding_attention"] * 3 + ["full_attention"]),
    causal("seed-oss", "seed_oss", "SeedOss", attention_bias=True, attention_out_bias=False),
    causal("ernie4.5", "ernie4_5", "Ernie4_5"),
    replace(causal("ernie4.5-moe", "ernie4_5_moe", "Ernie4_5_Moe", head_dim=None, moe_num_experts=6, moe_k=2,
                   moe_intermediate_size=24, moe_num_shared_experts=1, moe_layer_start_index=1, moe_layer_interval=1,
                   moe_layer_end_index=2, num_hidden_layers=3, num_nextn_predict_layers=1),
            extra={"model.mtp_emb_norm.0.weight": [48], "model.mtp_linear_proj.0.weight": [48, 96]}),
    causal("hunyuan-dense", "hunyuan_v1_dense", "HunYuanDenseV1", **rope("dynamic", alpha=1000.0, factor=1.0)),
    causal("hunyuan-moe", "hunyuan_v1_moe", "HunYuanMoEV1", num_experts=6, moe_topk=2, moe_intermediate_size=40,
           num_shared_expert=1),
    causal("llama4", "llama4_text", "Llama4", intermediate_size=24, intermediate_size_mlp=40, num_local_experts=6,
           num_experts_per_tok=1, num_hidden_layers=4, interleave_moe_layer_step=2, attention_chunk_size=8,
           no_rope_layers=[1, 1, 1, 0], use_qk_norm=True, attn_temperature_tuning=True, floor_scale=8192,
           attn_scale=0.1),
    causal("apertus", "apertus", "Apertus"),
    causal("arcee", "arcee", "Arcee"),
    Case("mamba", "mamba", "MambaForCausalLM",
         {**GPT, "hidden_size": 48, "num_hidden_layers": 2, "state_size": 12, "conv_kernel": 4, "expand": 2,
          "time_step_rank": 5, "tie_word_embeddings": True}),
    Case("mamba2", "mamba2", "Mamba2ForCausalLM",
         {**GPT, "hidden_size": 48, "num_hidden_layers": 2, "state_size": 12, "conv_kernel": 4, "expand": 2,
          "num_heads": 6, "head_dim": 16, "n_groups": 2, "chunk_size": 8, "tie_word_embeddings": True}),
    causal("jamba", "jamba", "Jamba", head_dim=None, num_hidden_layers=4, attn_layer_period=4, attn_layer_offset=1,
           expert_layer_period=2, expert_layer_offset=1, num_experts=6, num_experts_per_tok=2, mamba_d_state=12,
           mamba_d_conv=4, mamba_expand=2, mamba_dt_rank=5, use_mamba_kernels=False),
    causal("kimi-linear", "kimi_linear", "KimiLinear",
           **{key: value for key, value in MLA.items() if key not in ("q_lora_rank", "n_routed_experts")},
           q_lora_rank=None, num_experts=8, num_local_experts=8,
           linear_head_dim=8, linear_num_heads=4, linear_conv_kernel_dim=4,
           layer_types=["linear_attention", "full_attention", "linear_attention"]),
    Case("t5", "t5", "T5ForConditionalGeneration",
         {**GPT, "d_model": 48, "d_kv": 16, "d_ff": 40, "num_layers": 2, "num_decoder_layers": 3, "num_heads": 4,
          "feed_forward_proj": "gated-gelu", "relative_attention_num_buckets": 8,
          "decoder_start_token_id": 0},
         kind="encoder-decoder", tokens=[0, *TOKENS[:11]], encoder=TOKENS),
    Case("bart", "bart", "BartForConditionalGeneration",
         {**GPT, "d_model": 48, "encoder_layers": 2, "decoder_layers": 3, "encoder_attention_heads": 4,
          "decoder_attention_heads": 4, "encoder_ffn_dim": 40, "decoder_ffn_dim": 56, "max_position_embeddings": 64,
          "tie_word_embeddings": True, "scale_embedding": True, "decoder_start_token_id": 2},
         kind="encoder-decoder", tokens=[2, *TOKENS[:11]], encoder=TOKENS),
    Case("bert", "bert", "BertModel", ENCODER, kind="embedding", pooling="cls_token"),
    Case("bert-mean", "bert", "BertModel", ENCODER, kind="embedding", pooling="mean_tokens"),
    Case("xlm-roberta", "xlm-roberta", "XLMRobertaModel", {**ENCODER, "pad_token_id": 1, "bos_token_id": 0},
         kind="embedding", pooling="cls_token", tokens=[0, *TOKENS[1:]]),
    Case("roberta", "roberta", "RobertaModel", {**ENCODER, "pad_token_id": 1, "bos_token_id": 0},
         kind="embedding", pooling="mean_tokens", tokens=[0, *TOKENS[1:]]),
    Case("xlm-roberta-reranker", "xlm-roberta", "XLMRobertaForSequenceClassification",
         {**ENCODER, "pad_token_id": 1, "bos_token_id": 0, "num_labels": 1}, kind="score", tokens=[0, *TOKENS[1:]]),
    Case("bert-reranker", "bert", "BertForSequenceClassification", {**ENCODER, "num_labels": 1}, kind="score"),
    Case("modernbert", "modernbert", "ModernBertModel",
         {"num_key_value_heads": None, "head_dim": None, "rms_norm_eps": None, "num_hidden_layers": 4,
          "global_attn_every_n_layers": 3, "local_attention": 8, "global_rope_theta": 160000.0,
          "local_rope_theta": 10000.0}, kind="embedding", pooling="cls_token"),
    Case("jina-v2", "bert", "JinaBertModel", JINA, kind="embedding", pooling="mean_tokens"),
    Case("jina-v2-code", "bert", "JinaCodeBertModel", JINA, kind="embedding", pooling="mean_tokens"),
    Case("nomic-bert", "nomic_bert", "NomicBertModel",
         {"num_key_value_heads": None, "head_dim": None, "rms_norm_eps": None}, kind="embedding", pooling="mean_tokens"),
    Case("embeddinggemma", "gemma3_text", "Gemma3TextModel",
         {"tie_word_embeddings": True, "sliding_window": 8, "num_hidden_layers": 7, "query_pre_attn_scalar": 16,
          "use_bidirectional_attention": True}, kind="embedding", pooling="mean_tokens"),
]
