"""Encoders that transformers has no class for, as in decoders.py."""
import math

import torch
from torch import nn
from transformers import BertConfig, PreTrainedModel, XLMRobertaConfig
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


class Adapted(nn.Module):
    """A matrix under the name that torch gives it where something stands beside it, here an adapter for each task."""

    def __init__(self, rows, columns, tasks, rank, table=False):
        super().__init__()
        self.original = nn.Parameter(torch.empty(rows, columns))
        a, b = ((rows, rank), (rank, columns)) if table else ((rank, columns), (rows, rank))
        halves = {"lora_A": nn.Parameter(torch.empty(tasks, *a)), "lora_B": nn.Parameter(torch.empty(tasks, *b))}
        setattr(self, "0", nn.ParameterDict(halves))


def adapted(config, rows, columns, bias=True, table=False):
    module = nn.Module()
    inner = Adapted(rows, columns, len(config.lora_adaptations), config.lora_rank, table)
    module.parametrizations = nn.ModuleDict({"weight": inner})
    if bias:
        module.bias = nn.Parameter(torch.empty(rows))
    return module


def apply(module, x):
    return nn.functional.linear(x, module.parametrizations["weight"].original, module.bias)


class JinaV3Model(PreTrainedModel):
    """jina-embeddings-v3 without a task: XLM-RoBERTa with rotary positions, as its own code stores it."""

    config_class = XLMRobertaConfig

    def __init__(self, config):
        super().__init__(config)
        dim, width = config.hidden_size, config.intermediate_size
        norm = lambda: nn.LayerNorm(dim, config.layer_norm_eps)  # noqa: E731
        self.roberta = nn.Module()
        self.roberta.embeddings = nn.ModuleDict({
            "word_embeddings": adapted(config, config.vocab_size, dim, bias=False, table=True),
            "token_type_embeddings": adapted(config, config.type_vocab_size, dim, bias=False, table=True),
        })
        self.roberta.emb_ln = norm()
        layers = [nn.ModuleDict({
            "mixer": nn.ModuleDict({"Wqkv": adapted(config, 3 * dim, dim), "out_proj": adapted(config, dim, dim)}),
            "mlp": nn.ModuleDict({"fc1": adapted(config, width, dim), "fc2": adapted(config, dim, width)}),
            "norm1": norm(), "norm2": norm(),
        }) for _ in range(config.num_hidden_layers)]
        self.roberta.encoder = nn.ModuleDict({"layers": nn.ModuleList(layers)})
        self.roberta.pooler = nn.ModuleDict({"dense": adapted(config, dim, dim)})
        self.post_init()

    def attention(self, layer, x):
        tokens, dim = x.shape
        heads = self.config.num_attention_heads
        q, k, v = apply(layer["mixer"]["Wqkv"], x).view(tokens, 3, heads, dim // heads).permute(1, 2, 0, 3)
        half = dim // heads // 2
        angles = torch.arange(tokens)[:, None] * self.config.rotary_emb_base ** (-torch.arange(half) / half)
        cos, sin = angles.cos(), angles.sin()
        turn = lambda y: torch.cat((y[..., :half] * cos - y[..., half:] * sin,  # noqa: E731
                                    y[..., half:] * cos + y[..., :half] * sin), -1)
        seen = (turn(q) @ turn(k).transpose(1, 2) / math.sqrt(dim // heads)).softmax(-1) @ v
        return apply(layer["mixer"]["out_proj"], seen.transpose(0, 1).reshape(tokens, dim))

    def forward(self, input_ids):
        tables = self.roberta.embeddings
        x = tables["word_embeddings"].parametrizations["weight"].original[input_ids[0]]
        x = self.roberta.emb_ln(x + tables["token_type_embeddings"].parametrizations["weight"].original[0])
        for layer in self.roberta.encoder["layers"]:
            x = layer["norm1"](x + self.attention(layer, x))
            x = layer["norm2"](x + apply(layer["mlp"]["fc2"], nn.functional.gelu(apply(layer["mlp"]["fc1"], x))))
        return BaseModelOutput(last_hidden_state=x[None])


JinaV3Model.__name__ = "XLMRobertaModel"
