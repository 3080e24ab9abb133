"""The model: Llama's architecture, small. Names are GGUF's, and so is the layout of the rotary pairs (adjacent)."""
import torch
import torch.nn as nn
import torch.nn.functional as F

VOCAB = 2048
CONTEXT = 1024
LAYERS = 5
DIM = 256  # all widths are multiples of 256, so that every quantized format fits
FFN = 512
HEADS, KV_HEADS, HEAD_DIM = 4, 2, 64
EPS = 1e-5
THETA = 10000.0


def rotary(length):
    """cos and sin of the angle by which each pair of each position turns: [length, HEAD_DIM / 2]."""
    frequency = THETA ** (-torch.arange(0, HEAD_DIM, 2, dtype=torch.float64) / HEAD_DIM)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * frequency
    return angle.cos().float(), angle.sin().float()


def rotate(x, cos, sin):
    """x: [batch, heads, tokens, HEAD_DIM], pairs side by side."""
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)


def rms(x, weight):
    return F.rms_norm(x, (DIM,), weight, EPS)


def attend(q, k, v):
    """Attention to what is not later, spelled out: so short are the texts that this is faster than the fused kernel."""
    batch, _, length, _ = q.shape
    scores = (q * HEAD_DIM ** -0.5).reshape(batch, KV_HEADS, -1, HEAD_DIM) @ k.transpose(-1, -2)
    later = torch.ones(length, k.shape[2], dtype=torch.bool).triu(1 + k.shape[2] - length)
    scores = scores.unflatten(2, (HEADS // KV_HEADS, length)).masked_fill(later, float("-inf"))
    return (scores.softmax(-1).flatten(2, 3) @ v).reshape(batch, HEADS, length, HEAD_DIM)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        def linear(rows, columns, scale=1.0):
            return nn.Parameter(torch.randn(rows, columns) * scale * columns ** -0.5)
        out = (2 * LAYERS) ** -0.5  # what is added to the residual stream starts small
        self.attn_norm = nn.Parameter(torch.ones(DIM))
        self.attn_q = linear(HEADS * HEAD_DIM, DIM)
        self.attn_k = linear(KV_HEADS * HEAD_DIM, DIM)
        self.attn_v = linear(KV_HEADS * HEAD_DIM, DIM)
        # Heads begin as copiers, each writing back what it reads: else it takes very long until a name is ever repeated.
        read = self.attn_v.detach().view(KV_HEADS, HEAD_DIM, DIM).repeat_interleave(HEADS // KV_HEADS, 0)
        self.attn_output = nn.Parameter(0.5 * read.flatten(0, 1).T.contiguous())
        self.ffn_norm = nn.Parameter(torch.ones(DIM))
        self.ffn_gate = linear(FFN, DIM)
        self.ffn_up = linear(FFN, DIM)
        self.ffn_down = linear(DIM, FFN, out)

    def forward(self, x, cos, sin, past=None):
        batch, length, _ = x.shape
        h = rms(x, self.attn_norm)
        q = (h @ self.attn_q.T).view(batch, length, HEADS, HEAD_DIM).transpose(1, 2)
        k = (h @ self.attn_k.T).view(batch, length, KV_HEADS, HEAD_DIM).transpose(1, 2)
        v = (h @ self.attn_v.T).view(batch, length, KV_HEADS, HEAD_DIM).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if past is not None:
            if past:
                k, v = torch.cat((past[0], k), 2), torch.cat((past[1], v), 2)
            past[:] = [k, v]
        y = attend(q, k, v)
        x = x + y.transpose(1, 2).flatten(-2) @ self.attn_output.T
        h = rms(x, self.ffn_norm)
        return x + (F.silu(h @ self.ffn_gate.T) * (h @ self.ffn_up.T)) @ self.ffn_down.T


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        # The embedding is also the output: large, lest the layers drown what a token is, with a small gain before it as output.
        self.token_embd = nn.Parameter(torch.randn(VOCAB, DIM) * 0.5)
        self.blk = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.output_norm = nn.Parameter(torch.full((DIM,), 0.06))
        cos, sin = rotary(CONTEXT)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def hidden(self, ids, past=None):
        """past: a list of LAYERS lists, empty before the first call, which keep the keys and values."""
        start = past[0][0].shape[2] if past and past[0] else 0
        cos, sin = self.cos[start:start + ids.shape[1]], self.sin[start:start + ids.shape[1]]
        x = self.token_embd[ids]
        for i, layer in enumerate(self.blk):
            x = layer(x, cos, sin, None if past is None else past[i])
        return rms(x, self.output_norm)

    def forward(self, ids, past=None):
        return self.hidden(ids, past) @ self.token_embd.T

    def loss(self, ids, learn):
        """The mean surprise over the tokens that have to be learned, which are the only ones scored."""
        scored = learn[:, 1:]
        return F.cross_entropy(self.hidden(ids[:, :-1])[scored] @ self.token_embd.T, ids[:, 1:][scored])

    @torch.inference_mode()
    def generate(self, prompts, most, temperature=0.0, rng=None, stop=1):
        """Continues prompts of one length until `stop` or `most` tokens more; returns what was added, `stop` left out."""
        past, step = [[] for _ in self.blk], torch.tensor(prompts)
        out, running = [[] for _ in prompts], set(range(len(prompts)))
        for _ in range(min(most, CONTEXT - len(prompts[0]))):
            logits = self(step, past)[:, -1]
            if temperature > 0:
                step = torch.multinomial(torch.softmax(logits.double() / temperature, -1), 1, generator=rng)
            else:
                step = logits.argmax(-1, keepdim=True)
            for i, token in enumerate(step[:, 0].tolist()):
                if token == stop:
                    running.discard(i)
                elif i in running:
                    out[i].append(token)
            if not running:
                break
        return out
