"""Models that transformers has no class for, their checkpoints bringing code of their own: the same forward passes,
written straight down, with the names of those checkpoints' tensors. For tools/prove_architectures.py."""
import math

import torch
from torch import nn
from transformers import BertConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput


class JinaAttention(nn.Module):
    """Sees both ways; what is farther away counts less, by a slope of each head's own."""

    def __init__(self, config, norms):
        super().__init__()
        dim = config.hidden_size
        self.heads = config.num_attention_heads
        self.self = nn.ModuleDict({name: nn.Linear(dim, dim) for name in ("query", "key", "value")})
        if norms:
            self.self["layer_norm_q"] = nn.LayerNorm(dim, config.layer_norm_eps)
            self.self["layer_norm_k"] = nn.LayerNorm(dim, config.layer_norm_eps)
        self.output = nn.ModuleDict({"dense": nn.Linear(dim, dim), "LayerNorm": nn.LayerNorm(dim, config.layer_norm_eps)})

    def forward(self, x):
        parts = self.self
        q, k, v = parts["query"](x), parts["key"](x), parts["value"](x)
        if "layer_norm_q" in parts:
            q, k = parts["layer_norm_q"](q), parts["layer_norm_k"](k)
        tokens, dim = x.shape
        q, k, v = (y.view(tokens, self.heads, -1).transpose(0, 1) for y in (q, k, v))
        places = torch.arange(tokens)
        away = (places[:, None] - places).abs()
        slopes = torch.tensor([2.0 ** (-8.0 * (head + 1) / self.heads) for head in range(self.heads)])
        scores = q @ k.transpose(1, 2) / math.sqrt(dim // self.heads) - slopes[:, None, None] * away
        seen = (scores.softmax(-1) @ v).transpose(0, 1).reshape(tokens, dim)
        return self.output["LayerNorm"](x + self.output["dense"](seen))


class JinaMlp(nn.Module):
    """What is gated stands behind its gate, or with other names before it."""

    def __init__(self, config, code):
        super().__init__()
        dim, width = config.hidden_size, config.intermediate_size
        self.width = width
        if code:
            self.up_gated_layer = nn.Linear(dim, 2 * width, bias=False)
            self.down_layer = nn.Linear(width, dim)
        else:
            self.gated_layers = nn.Linear(dim, 2 * width, bias=False)
            self.wo = nn.Linear(width, dim)
            self.layernorm = nn.LayerNorm(dim, config.layer_norm_eps)

    def forward(self, x):
        if hasattr(self, "wo"):
            gate, up = self.gated_layers(x).split(self.width, -1)
            return self.layernorm(x + self.wo(nn.functional.gelu(gate) * up))
        up, gate = self.up_gated_layer(x).split(self.width, -1)
        return self.down_layer(nn.functional.gelu(gate) * up)


class JinaLayer(nn.Module):
    def __init__(self, config, code):
        super().__init__()
        self.attention = JinaAttention(config, norms=code)
        self.mlp = JinaMlp(config, code)
        if code:
            self.layer_norm_1 = nn.LayerNorm(config.hidden_size, config.layer_norm_eps)
            self.layer_norm_2 = nn.LayerNorm(config.hidden_size, config.layer_norm_eps)

    def forward(self, x):
        y = self.attention(x)
        if not hasattr(self, "layer_norm_1"):
            return self.mlp(y)
        y = self.layer_norm_1(x + y)
        return self.layer_norm_2(y + self.mlp(y))


class JinaBertModel(PreTrainedModel):
    """jina-embeddings-v2."""

    config_class = BertConfig
    code = False

    def __init__(self, config):
        super().__init__(config)
        dim = config.hidden_size
        self.embeddings = nn.ModuleDict({
            "word_embeddings": nn.Embedding(config.vocab_size, dim),
            "token_type_embeddings": nn.Embedding(config.type_vocab_size, dim),
            "LayerNorm": nn.LayerNorm(dim, config.layer_norm_eps),
        })
        layers = [JinaLayer(config, self.code) for _ in range(config.num_hidden_layers)]
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(layers)})
        self.post_init()

    def forward(self, input_ids):
        parts = self.embeddings
        x = parts["LayerNorm"](parts["word_embeddings"](input_ids[0]) + parts["token_type_embeddings"].weight[0])
        for layer in self.encoder["layer"]:
            x = layer(x)
        return BaseModelOutput(last_hidden_state=x[None])


class JinaCodeBertModel(JinaBertModel):
    """jina-embeddings-v2-base-code, whose config.json calls it JinaBertModel too."""

    code = True


JinaCodeBertModel.__name__ = "JinaBertModel"  # which is what save_pretrained() writes
