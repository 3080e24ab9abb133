"""Mixtures of experts that transformers has no class for, as in decoders.py."""
import math

import torch
from torch import nn
from transformers import LlamaConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput

from own.parts import Rms, attended, turned


class Gated(nn.Module):
    def __init__(self, dim, width, gate="gate_proj", up="up_proj", down="down_proj", act=nn.functional.silu):
        super().__init__()
        self.names, self.act = (gate, up, down), act
        self.add_module(gate, nn.Linear(dim, width, bias=False))
        self.add_module(up, nn.Linear(dim, width, bias=False))
        self.add_module(down, nn.Linear(width, dim, bias=False))

    def forward(self, x):
        gate, up, down = (getattr(self, name) for name in self.names)
        return down(self.act(gate(x)) * up(x))


def mixed(x, experts, chosen, weights):
    rows = [sum(w * experts[int(e)](row) for e, w in zip(es, ws)) for row, es, ws in zip(x, chosen, weights)]
    return torch.stack(rows)


class Mixture(PreTrainedModel):
    config_class = LlamaConfig
    embeddings, layer = "embed_tokens", None

    def __init__(self, config):
        super().__init__(config)
        dim, eps = config.hidden_size, config.rms_norm_eps
        layers = [self.layer(config, index) for index in range(config.num_hidden_layers)]
        self.model = nn.ModuleDict({
            self.embeddings: nn.Embedding(config.vocab_size, dim), "layers": nn.ModuleList(layers), "norm": Rms(dim, eps),
        })
        self.lm_head = nn.Linear(dim, config.vocab_size, bias=False)
        self.post_init()

    def forward(self, input_ids, use_cache=False):
        x = self.model[self.embeddings](input_ids[0])
        for layer in self.model["layers"]:
            x = layer(x)
        return CausalLMOutput(logits=self.lm_head(self.model["norm"](x))[None])


class Attention(nn.Module):
    def __init__(self, config, window=0, turn=True):
        super().__init__()
        self.config, self.window, self.turn = config, window, turn
        dim, size = config.hidden_size, config.head_dim
        self.q_proj = nn.Linear(dim, config.num_attention_heads * size, bias=False)
        self.k_proj = nn.Linear(dim, config.num_key_value_heads * size, bias=False)
        self.v_proj = nn.Linear(dim, config.num_key_value_heads * size, bias=False)
        self.o_proj = nn.Linear(config.num_attention_heads * size, dim, bias=False)

    def forward(self, h):
        q, k, v = (f(h).view(len(h), -1, self.config.head_dim).transpose(0, 1)
                   for f in (self.q_proj, self.k_proj, self.v_proj))
        if self.turn:
            theta = self.config.rope_parameters["rope_theta"]
            q, k = turned(q, theta), turned(k, theta)
        return self.o_proj(attended(q, k, v, self.window))


class Ring(nn.Module):
    """Ling's attention: one projection for all three; in the second, norms, and half of each head turned."""

    def __init__(self, config, second):
        super().__init__()
        self.config, dim, size = config, config.hidden_size, config.head_dim
        heads, kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.query_key_value = nn.Linear(dim, (heads + 2 * kv_heads) * size, bias=False)
        self.dense = nn.Linear(heads * size, dim, bias=False)
        if second:
            self.query_layernorm = Rms(size, config.rms_norm_eps)
            self.key_layernorm = Rms(size, config.rms_norm_eps)

    def forward(self, h):
        c = self.config
        y = self.query_key_value(h).view(len(h), -1, c.head_dim).transpose(0, 1)
        q, k, v = y.split([c.num_attention_heads, c.num_key_value_heads, c.num_key_value_heads])
        theta, width = c.rope_parameters["rope_theta"], None
        if hasattr(self, "query_layernorm"):
            q, k, width = self.query_layernorm(q), self.key_layernorm(k), c.head_dim // 2
        return self.dense(attended(turned(q, theta, width), turned(k, theta, width), v))


class Routed(nn.Module):
    """By softmax; or by sigmoid, with biases that change the choice, and only within the best groups."""

    def __init__(self, config, count, shared, second=False):
        super().__init__()
        self.config, self.second = config, second
        dim, width = config.hidden_size, config.moe_intermediate_size
        self.gate = nn.Linear(dim, count, bias=False)
        if second:
            self.gate.expert_bias = nn.Parameter(torch.zeros(count))
        self.experts = nn.ModuleList([Gated(dim, width) for _ in range(count)])
        self.shared_experts = Gated(dim, width * shared)

    def forward(self, h):
        c, scores = self.config, self.gate(h)
        if self.second:
            scores = scores.sigmoid()
            wanted = (scores + self.gate.expert_bias).view(len(h), c.n_group, -1)
            best = wanted.topk(2, -1)[0].sum(-1).topk(c.topk_group, -1)[1]
            kept = torch.zeros(len(h), c.n_group).scatter(1, best, 1.0)[..., None] > 0
            chosen = wanted.masked_fill(~kept, -math.inf).flatten(1).topk(c.num_experts_per_tok)[1]
        else:
            scores = scores.softmax(-1)
            chosen = scores.topk(c.num_experts_per_tok)[1]
        weights = scores.gather(1, chosen)
        if c.norm_topk_prob:
            weights = weights / weights.sum(-1, keepdim=True)
        return mixed(h, self.experts, chosen, weights * c.routed_scaling_factor) + self.shared_experts(h)


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.input_layernorm = Rms(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = Rms(config.hidden_size, config.rms_norm_eps)

    def forward(self, x):
        x = x + getattr(self, "attention" if hasattr(self, "attention") else "self_attn")(self.input_layernorm(x))
        return x + self.mlp(self.post_attention_layernorm(x))


class DeepseekLayer(Layer):
    def __init__(self, config, index):
        super().__init__(config)
        self.self_attn = Attention(config)
        dense = index < config.first_k_dense_replace
        self.mlp = Gated(config.hidden_size, config.intermediate_size) if dense else Routed(
            config, config.n_routed_experts, config.n_shared_experts)


class DeepseekForCausalLM(Mixture):
    """DeepSeek's first."""

    layer = DeepseekLayer


class BailingMoeLayer(Layer):
    def __init__(self, config, index):
        super().__init__(config)
        self.attention = Ring(config, second=False)
        self.mlp = Routed(config, config.num_experts, config.num_shared_experts)


class BailingMoeForCausalLM(Mixture):
    """Ling."""

    embeddings, layer = "word_embeddings", BailingMoeLayer


class BailingMoeV2Layer(Layer):
    def __init__(self, config, index):
        super().__init__(config)
        self.attention = Ring(config, second=True)
        dense = index < config.first_k_dense_replace
        self.mlp = Gated(config.hidden_size, config.intermediate_size) if dense else Routed(
            config, config.num_experts, config.num_shared_experts, second=True)


class BailingMoeV2ForCausalLM(Mixture):
    """Ling and Ring 2."""

    embeddings, layer = "word_embeddings", BailingMoeV2Layer


class SmallThinkerLayer(nn.Module):
    """Its experts are chosen before the attention, by what the layer is given."""

    def __init__(self, config, index):
        super().__init__()
        self.config, dim = config, config.hidden_size
        window = config.sliding_window_size if config.sliding_window_layout[index] else 0
        self.self_attn = Attention(config, window, config.rope_layout[index])
        self.input_layernorm = Rms(dim, config.rms_norm_eps)
        self.post_attention_layernorm = Rms(dim, config.rms_norm_eps)
        count, width = config.moe_num_primary_experts, config.moe_ffn_hidden_size
        experts = [Gated(dim, width, "gate", "up", "down", nn.functional.relu) for _ in range(count)]
        self.block_sparse_moe = nn.ModuleDict({
            "primary_router": nn.Linear(dim, count, bias=False), "experts": nn.ModuleList(experts)})

    def forward(self, x):
        scores, chosen = self.block_sparse_moe["primary_router"](x).topk(self.config.moe_num_active_primary_experts)
        if self.config.moe_primary_router_apply_softmax:
            weights = scores.softmax(-1)
        else:
            weights = scores.sigmoid() / scores.sigmoid().sum(-1, keepdim=True)
        x = x + self.self_attn(self.input_layernorm(x))
        return x + mixed(self.post_attention_layernorm(x), self.block_sparse_moe["experts"], chosen, weights)


class SmallThinkerForCausalLM(Mixture):
    layer = SmallThinkerLayer


class ArcticLayer(nn.Module):
    """A dense part behind the attention, and experts beside both."""

    def __init__(self, config, index):
        super().__init__()
        self.config, dim, width = config, config.hidden_size, config.intermediate_size
        self.self_attn = Attention(config)
        self.input_layernorm = Rms(dim, config.rms_norm_eps)
        self.residual_layernorm = Rms(dim, config.rms_norm_eps)
        self.post_attention_layernorm = Rms(dim, config.rms_norm_eps)
        self.residual_mlp = Gated(dim, dim, "w1", "w3", "w2")
        experts = [Gated(dim, width, "w1", "w3", "w2") for _ in range(config.num_local_experts)]
        self.block_sparse_moe = nn.ModuleDict({
            "gate": nn.Linear(dim, config.num_local_experts, bias=False), "experts": nn.ModuleList(experts)})

    def forward(self, x):
        y = x + self.self_attn(self.input_layernorm(x))
        y = y + self.residual_mlp(self.residual_layernorm(y))
        h = self.post_attention_layernorm(x)
        weights, chosen = self.block_sparse_moe["gate"](h).softmax(-1).topk(self.config.num_experts_per_tok)
        return y + mixed(h, self.block_sparse_moe["experts"], chosen, weights / weights.sum(-1, keepdim=True))


class ArcticForCausalLM(Mixture):
    layer = ArcticLayer
