"""Decoders that transformers has no class for, their checkpoints bringing code of their own: the same forward passes,
written straight down, with the names of those checkpoints' tensors. For tools/prove_architectures.py."""
import math

import torch
from torch import nn
from transformers import AutoConfig, LlamaForCausalLM, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput
from transformers.pytorch_utils import Conv1D

from own.parts import Rms, attended, heads_of, turned


# Llama by another name, which transformers loads as Llama.


class InternLM3ForCausalLM(LlamaForCausalLM):
    config_class = type(AutoConfig.for_model("internlm3"))


class IQuestCoderForCausalLM(LlamaForCausalLM):
    config_class = type(AutoConfig.for_model("iquestcoder"))


# Decoders, each a table of its checkpoint's tensors and a step.


def linear(inputs, outputs, bias=False):
    return nn.Linear(inputs, outputs, bias=bias)


def first(config, *names):
    return next(getattr(config, name) for name in names if getattr(config, name, None))


class Decoder(PreTrainedModel):
    """Llama, whose parts the others replace."""

    embeddings, stack, last, head = "model.embed_tokens", "model.layers", "model.norm", "lm_head"

    def __init__(self, config):
        super().__init__(config)
        c = config
        self.dim = first(c, "hidden_size", "n_embd", "model_dim")
        self.deep = first(c, "num_hidden_layers", "num_layers", "n_layer", "num_transformer_layers")
        self.heads = first(c, "num_attention_heads", "n_head", "num_query_heads")
        self.key_heads = getattr(c, "num_key_value_heads", None) or self.heads
        self.wide = getattr(c, "head_dim", None) or self.dim // self.heads
        self.eps = getattr(c, "rms_norm_eps", None) or getattr(c, "layer_norm_epsilon", 1e-6)
        self.put(self.embeddings, nn.Embedding(c.vocab_size, self.dim))
        self.put(self.last, self.norm())
        if self.head:
            self.put(self.head, linear(self.dim, c.vocab_size))
        for self.layer in range(self.deep):
            for name, part in self.parts(c).items():
                self.put(f"{self.stack}.{self.layer}.{name}", part)
        self.post_init()

    def put(self, path, part):
        place, *inner, name = [self, *path.split(".")]
        for step in inner:
            if not hasattr(place, step):
                place.add_module(step, nn.Module())
            place = getattr(place, step)
        place.add_module(name, part)

    def norm(self):
        return Rms(self.dim, self.eps)

    def parts(self, c):
        dim, inner, keys = self.dim, self.heads * self.wide, self.key_heads * self.wide
        return {
            "input_layernorm": self.norm(), "post_attention_layernorm": self.norm(),
            "self_attn.q_proj": linear(dim, inner), "self_attn.k_proj": linear(dim, keys),
            "self_attn.v_proj": linear(dim, keys), "self_attn.o_proj": linear(inner, dim),
            "mlp.gate_proj": linear(dim, c.intermediate_size), "mlp.up_proj": linear(dim, c.intermediate_size),
            "mlp.down_proj": linear(c.intermediate_size, dim),
        }

    def forward(self, input_ids, use_cache=False):
        x = self.begin(self.get_submodule(self.embeddings)(input_ids[0]))
        for self.layer in range(self.deep):
            x = self.step(x, lambda name, y: self.get_submodule(f"{self.stack}.{self.layer}.{name}")(y))
        x = self.end(self.get_submodule(self.last)(x))
        head = self.get_submodule(self.head or self.embeddings)
        return CausalLMOutput(logits=nn.functional.linear(x, head.weight)[None])

    def begin(self, x):
        return x

    def end(self, x):
        return x

    def step(self, x, at):
        x = x + self.attention(at("input_layernorm", x), at)
        return x + self.feed_forward(at("post_attention_layernorm", x), at)

    def attention(self, h, at):
        q = heads_of(at("self_attn.q_proj", h), self.heads)
        k = heads_of(at("self_attn.k_proj", h), self.key_heads)
        v = heads_of(at("self_attn.v_proj", h), self.key_heads)
        return at("self_attn.o_proj", attended(turned(q), turned(k), v))

    def feed_forward(self, h, at):
        return at("mlp.down_proj", nn.functional.silu(at("mlp.gate_proj", h)) * at("mlp.up_proj", h))

    def cut(self, y):
        """Queries, keys and values that lie behind each other."""
        keys = self.key_heads * self.wide
        q, k, v = y.split([self.heads * self.wide, keys, keys], -1)
        return heads_of(q, self.heads), heads_of(k, self.key_heads), heads_of(v, self.key_heads)


def config_of(model_type):
    config = type("OtherConfig", (PretrainedConfig,), {"model_type": model_type})
    AutoConfig.register(model_type, config)
    return config


class XverseForCausalLM(Decoder):
    config_class = config_of("xverse")


class OrionForCausalLM(Decoder):
    config_class = config_of("orion")

    def norm(self):
        return nn.LayerNorm(self.dim, self.eps)


class PanguEmbeddedForCausalLM(Decoder):
    config_class = config_of("pangu_embedded")

    def parts(self, c):
        parts = super().parts(c)
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            part = parts[f"self_attn.{name}"]
            parts[f"self_attn.{name}"] = linear(part.in_features, part.out_features, bias=True)
        return parts


class MaincoderForCausalLM(Decoder):
    """Norms of queries and keys behind the rotation."""

    config_class = config_of("maincoder")

    def parts(self, c):
        return {**super().parts(c), "self_attn.q_norm": Rms(self.wide, self.eps),
                "self_attn.k_norm": Rms(self.wide, self.eps)}

    def attention(self, h, at):
        q = heads_of(at("self_attn.q_proj", h), self.heads)
        k = heads_of(at("self_attn.k_proj", h), self.key_heads)
        v = heads_of(at("self_attn.v_proj", h), self.key_heads)
        q, k = at("self_attn.q_norm", turned(q, adjacent=True)), at("self_attn.k_norm", turned(k, adjacent=True))
        return at("self_attn.o_proj", attended(q, k, v))


class PLMForCausalLM(Decoder):
    """Keys and values from a latent vector; the rotated part of a key is the same for all heads."""

    config_class = config_of("plm")

    def parts(self, c):
        dim, nope, turning, value = self.dim, c.qk_nope_head_dim, c.qk_rope_head_dim, c.v_head_dim
        return {
            "input_layernorm": self.norm(), "post_attention_layernorm": self.norm(),
            "self_attn.q_proj": linear(dim, self.heads * (nope + turning)),
            "self_attn.kv_a_proj_with_mqa": linear(dim, c.kv_lora_rank + turning),
            "self_attn.kv_a_layernorm": Rms(c.kv_lora_rank, self.eps),
            "self_attn.kv_b_proj": linear(c.kv_lora_rank, self.heads * (nope + value)),
            "self_attn.o_proj": linear(self.heads * value, dim),
            "mlp.up_proj": linear(dim, c.intermediate_size), "mlp.down_proj": linear(c.intermediate_size, dim),
        }

    def attention(self, h, at):
        c = self.config
        q = heads_of(at("self_attn.q_proj", h), self.heads)
        latent, turning = at("self_attn.kv_a_proj_with_mqa", h).split([c.kv_lora_rank, c.qk_rope_head_dim], -1)
        both = heads_of(at("self_attn.kv_b_proj", at("self_attn.kv_a_layernorm", latent)), self.heads)
        k, v = both.split([c.qk_nope_head_dim, c.v_head_dim], -1)
        turning = turned(turning[None], adjacent=True).expand(self.heads, -1, -1)
        q, moving = q.split([c.qk_nope_head_dim, c.qk_rope_head_dim], -1)
        q, k = torch.cat([q, turned(moving, adjacent=True)], -1), torch.cat([k, turning], -1)
        return at("self_attn.o_proj", attended(q, k, v))

    def feed_forward(self, h, at):
        return at("mlp.down_proj", torch.relu(at("mlp.up_proj", h)) ** 2)


class OpenELMForCausalLM(Decoder):
    """Each layer has heads and a width of its own; what is embedded and what comes out share a matrix."""

    config_class = config_of("openelm")
    embeddings, stack, last, head = "transformer.token_embeddings", "transformer.layers", "transformer.norm", None

    def parts(self, c):
        self.heads, self.key_heads = c.num_query_heads[self.layer], c.num_kv_heads[self.layer]
        width = int(c.ffn_multipliers[self.layer] * self.dim + c.ffn_dim_divisor / 2)
        self.ffn = width // c.ffn_dim_divisor * c.ffn_dim_divisor
        inner, keys = self.heads * self.wide, self.key_heads * self.wide
        return {
            "attn_norm": self.norm(), "ffn_norm": self.norm(), "attn.qkv_proj": linear(self.dim, inner + 2 * keys),
            "attn.q_norm": Rms(self.wide, self.eps), "attn.k_norm": Rms(self.wide, self.eps),
            "attn.out_proj": linear(inner, self.dim), "ffn.proj_1": linear(self.dim, 2 * self.ffn),
            "ffn.proj_2": linear(self.ffn, self.dim),
        }

    def step(self, x, at):
        self.heads, self.key_heads = self.config.num_query_heads[self.layer], self.config.num_kv_heads[self.layer]
        q, k, v = self.cut(at("attn.qkv_proj", at("attn_norm", x)))
        x = x + at("attn.out_proj", attended(turned(at("attn.q_norm", q)), turned(at("attn.k_norm", k)), v))
        gate, up = at("ffn.proj_1", at("ffn_norm", x)).chunk(2, -1)
        return x + at("ffn.proj_2", nn.functional.silu(gate) * up)


class JAISLMHeadModel(Decoder):
    """Its matrices lie as GPT-2's; scores are divided by the width of a head."""

    config_class = config_of("jais")
    embeddings, stack, last = "transformer.wte", "transformer.h", "transformer.ln_f"

    def norm(self):
        return nn.LayerNorm(self.dim, self.eps)

    def parts(self, c):
        dim, ffn = self.dim, c.n_inner
        return {
            "ln_1": self.norm(), "ln_2": self.norm(), "attn.c_attn": Conv1D(3 * dim, dim),
            "attn.c_proj": Conv1D(dim, dim),
            "mlp.c_fc": Conv1D(ffn, dim), "mlp.c_fc2": Conv1D(ffn, dim), "mlp.c_proj": Conv1D(dim, ffn),
        }

    def begin(self, x):
        return x * self.config.mup_embeddings_scale

    def end(self, x):
        return x * self.config.mup_output_alpha * self.config.mup_width_scale

    def step(self, x, at):
        q, k, v = self.cut(at("attn.c_attn", at("ln_1", x)))
        x = x + at("attn.c_proj", attended(q / math.sqrt(self.wide), k, v, steep=8))
        h = at("ln_2", x)
        return x + at("mlp.c_proj", at("mlp.c_fc", h) * nn.functional.silu(at("mlp.c_fc2", h)))


class MiniCPMForCausalLM(Decoder):
    config_class = config_of("minicpm")

    def begin(self, x):
        return x * self.config.scale_emb

    def end(self, x):
        return x / (self.dim / self.config.dim_model_base)

    def step(self, x, at):
        scale = self.config.scale_depth / math.sqrt(self.deep)
        x = x + scale * self.attention(at("input_layernorm", x), at)
        return x + scale * self.feed_forward(at("post_attention_layernorm", x), at)


class BaichuanForCausalLM(Decoder):
    """Rotary if config.json says how far, as the 7B's does; else ALiBi."""

    config_class = config_of("baichuan")

    def parts(self, c):
        parts = super().parts(c)
        for name in ("q_proj", "k_proj", "v_proj"):
            del parts[f"self_attn.{name}"]
        return {**parts, "self_attn.W_pack": linear(self.dim, 3 * self.dim)}

    def attention(self, h, at):
        q, k, v = self.cut(at("self_attn.W_pack", h))
        if getattr(self.config, "max_position_embeddings", None):
            return at("self_attn.o_proj", attended(turned(q), turned(k), v))
        return at("self_attn.o_proj", attended(q, k, v, steep=8))


class DeciLMForCausalLM(Decoder):
    """Each layer has key heads of its own number."""

    config_class = config_of("deci")

    def parts(self, c):
        self.key_heads = c.num_key_value_heads_per_layer[self.layer]
        return super().parts(c)

    def step(self, x, at):
        self.key_heads = self.config.num_key_value_heads_per_layer[self.layer]
        return super().step(x, at)


class ExaoneForCausalLM(Decoder):
    config_class = config_of("exaone")
    embeddings, stack, last = "transformer.wte", "transformer.h", "transformer.ln_f"

    def parts(self, c):
        dim, inner, keys = self.dim, self.heads * self.wide, self.key_heads * self.wide
        return {
            "ln_1": self.norm(), "ln_2": self.norm(),
            "attn.attention.q_proj": linear(dim, inner), "attn.attention.k_proj": linear(dim, keys),
            "attn.attention.v_proj": linear(dim, keys), "attn.attention.out_proj": linear(inner, dim),
            "mlp.c_fc_0": linear(dim, c.intermediate_size), "mlp.c_fc_1": linear(dim, c.intermediate_size),
            "mlp.c_proj": linear(c.intermediate_size, dim),
        }

    def step(self, x, at):
        h = at("ln_1", x)
        q = heads_of(at("attn.attention.q_proj", h), self.heads)
        k = heads_of(at("attn.attention.k_proj", h), self.key_heads)
        v = heads_of(at("attn.attention.v_proj", h), self.key_heads)
        x = x + at("attn.attention.out_proj", attended(turned(q), turned(k), v))
        h = at("ln_2", x)
        return x + at("mlp.c_proj", nn.functional.silu(at("mlp.c_fc_0", h)) * at("mlp.c_fc_1", h))


class QWenLMHeadModel(Decoder):
    """intermediate_size counts gate and what is gated."""

    config_class = config_of("qwen")
    embeddings, stack, last = "transformer.wte", "transformer.h", "transformer.ln_f"

    def parts(self, c):
        dim, ffn = self.dim, c.intermediate_size // 2
        return {
            "ln_1": self.norm(), "ln_2": self.norm(),
            "attn.c_attn": linear(dim, 3 * dim, bias=True), "attn.c_proj": linear(dim, dim),
            "mlp.w1": linear(dim, ffn), "mlp.w2": linear(dim, ffn), "mlp.c_proj": linear(ffn, dim),
        }

    def step(self, x, at):
        q, k, v = self.cut(at("attn.c_attn", at("ln_1", x)))
        x = x + at("attn.c_proj", attended(turned(q), turned(k), v))
        h = at("ln_2", x)
        return x + at("mlp.c_proj", at("mlp.w1", h) * nn.functional.silu(at("mlp.w2", h)))


class CodeShellForCausalLM(Decoder):
    config_class = config_of("codeshell")
    embeddings, stack, last = "transformer.wte", "transformer.h", "transformer.ln_f"

    def norm(self):
        return nn.LayerNorm(self.dim, self.eps)

    def parts(self, c):
        self.key_heads = c.num_query_groups
        dim, keys = self.dim, c.num_query_groups * self.wide
        return {
            "ln_1": self.norm(), "ln_2": self.norm(),
            "attn.c_attn": linear(dim, dim + 2 * keys, bias=True), "attn.c_proj": linear(dim, dim, bias=True),
            "mlp.c_fc": linear(dim, c.n_inner, bias=True), "mlp.c_proj": linear(c.n_inner, dim, bias=True),
        }

    def step(self, x, at):
        q, k, v = self.cut(at("attn.c_attn", at("ln_1", x)))
        x = x + at("attn.c_proj", attended(turned(q), turned(k), v))
        h = nn.functional.gelu(at("mlp.c_fc", at("ln_2", x)), approximate="tanh")
        return x + at("mlp.c_proj", h)


class GPTRefactForCausalLM(Decoder):
    """Its inner width is worked out; all query heads share one key and value."""

    config_class = config_of("gpt_refact")
    embeddings, stack, last = "transformer.wte", "transformer.h", "transformer.ln_f"

    def parts(self, c):
        self.key_heads, dim = 1, self.dim
        self.ffn = (int(2 * 4 * dim / 3) + 255) // 256 * 256
        return {
            "ln_1": self.norm(), "ln_2": self.norm(),
            "attn.q": linear(dim, dim), "attn.kv": linear(dim, 2 * self.wide), "attn.c_proj": linear(dim, dim),
            "mlp.gate_up_proj": linear(dim, 2 * self.ffn), "mlp.c_proj": linear(self.ffn, dim),
        }

    def step(self, x, at):
        h = at("ln_1", x)
        q, k, v = self.cut(torch.cat([at("attn.q", h), at("attn.kv", h)], -1))
        x = x + at("attn.c_proj", attended(q, k, v, steep=8))
        gate, up = at("mlp.gate_up_proj", at("ln_2", x)).split(self.ffn, -1)
        return x + at("mlp.c_proj", nn.functional.silu(gate) * up)


class PlamoForCausalLM(Decoder):
    """Attention and feed-forward side by side; head h looks at key h modulo their number."""

    config_class = config_of("plamo")
    stack = "model.layers.layers"

    def parts(self, c):
        self.key_heads = self.heads // c.n_shared_head
        parts = {**super().parts(c), "norm": self.norm()}
        del parts["input_layernorm"], parts["post_attention_layernorm"]
        return parts

    def step(self, x, at):
        h = at("norm", x)
        q = heads_of(at("self_attn.q_proj", h), self.heads)
        k = heads_of(at("self_attn.k_proj", h), self.key_heads)
        v = heads_of(at("self_attn.v_proj", h), self.key_heads)
        y = at("self_attn.o_proj", attended(turned(q), turned(k), v, tiled=True))
        return x + y + self.feed_forward(h, at)


class Plamo3ForCausalLM(Decoder):
    """Norms on both sides of each part, stored below their values; windows with a rotary base of their own."""

    config_class = config_of("plamo3")
    stack = "model.layers.layers"

    def norm(self):
        return Rms(self.dim, self.eps, 1.0)

    def parts(self, c):
        dim, inner, ffn = self.dim, self.heads * self.wide, c.intermediate_size
        return {
            "pre_mixer_norm": self.norm(), "post_mixer_norm": Rms(dim, self.eps, 1 / 5),
            "pre_mlp_norm": self.norm(), "post_mlp_norm": Rms(dim, self.eps, 5**-1.5),
            "mixer.qkv_proj": linear(dim, inner + 2 * self.key_heads * self.wide), "mixer.o_proj": linear(inner, dim),
            "mixer.q_norm": Rms(self.wide, self.eps, 1.0), "mixer.k_norm": Rms(self.wide, self.eps, 1.0),
            "mlp.gate_up_proj": linear(dim, 2 * ffn), "mlp.down_proj": linear(ffn, dim),
        }

    def step(self, x, at):
        c = self.config
        local = (self.layer + 1) % c.sliding_window_pattern != 0
        theta = c.rope_local_theta if local else c.rope_theta
        q, k, v = self.cut(at("mixer.qkv_proj", at("pre_mixer_norm", x)))
        q, k = turned(at("mixer.q_norm", q), theta), turned(at("mixer.k_norm", k), theta)
        y = at("mixer.o_proj", attended(q, k, v, window=c.window_size if local else 0))
        x = x + at("post_mixer_norm", y)
        gate, up = at("mlp.gate_up_proj", at("pre_mlp_norm", x)).split(c.intermediate_size, -1)
        return x + at("post_mlp_norm", at("mlp.down_proj", nn.functional.silu(gate) * up))
