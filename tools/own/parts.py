"""What the forward passes here have in common."""
import math

import torch
from torch import nn


class Rms(nn.Module):
    """Its weight may be stored below its value."""

    def __init__(self, dim, eps, below=0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps, self.below = eps, below

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * (self.weight + self.below)


def heads_of(x, count):
    return x.view(x.shape[0], count, -1).transpose(0, 1)


def turned(x, theta=10000.0, width=None, adjacent=False):
    """Pairs are the halves of each head's first `width` numbers, or neighbours."""
    width = width or x.shape[-1]
    half, rest, x = width // 2, x[..., width:], x[..., :width]
    angles = torch.arange(x.shape[1])[:, None] * theta ** (-torch.arange(half) / half)
    p, q = (x[..., ::2], x[..., 1::2]) if adjacent else (x[..., :half], x[..., half:])
    parts = [p * angles.cos() - q * angles.sin(), p * angles.sin() + q * angles.cos()]
    return torch.cat([torch.stack(parts, -1).flatten(-2) if adjacent else torch.cat(parts, -1), rest], -1)


def attended(q, k, v, window=0, steep=0, tiled=False):
    """Heads of queries share keys: neighbours, or, tiled, every so manieth. A slope for each head, if steep."""
    group, (heads, tokens, _) = q.shape[0] // k.shape[0], q.shape
    k, v = (y.repeat(group, 1, 1) if tiled else y.repeat_interleave(group, 0) for y in (k, v))
    away = torch.arange(tokens)[:, None] - torch.arange(tokens)
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    if steep:
        whole = 2 ** int(math.log2(heads))
        slopes = [2.0 ** (-steep * (head + 1) / whole) for head in range(whole)]
        slopes += [2.0 ** (-steep * (2 * head + 1) / (2 * whole)) for head in range(heads - whole)]
        scores = scores - torch.tensor(slopes)[:, None, None] * away
    unseen = away < 0 if not window else (away < 0) | (away >= window)
    return (scores.masked_fill(unseen, -math.inf).softmax(-1) @ v).transpose(0, 1).reshape(tokens, -1)
