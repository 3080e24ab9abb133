"""Writes the model as a GGUF file, version 3: matrices in q8_0, norms in f32."""
import struct

import numpy as np

import bpe
import model as m

UINT32, FLOAT32, BOOL, STRING, ARRAY, INT32 = 4, 6, 7, 8, 9, 5
F32, Q8_0 = 0, 8
ALIGNMENT = 32
MOSTLY_Q8_0 = 7


def quantize(a):
    """q8_0: blocks of 32 along a row, each a half-precision scale and 32 bytes. Returns the file's bytes."""
    blocks = a.astype(np.float32).reshape(-1, 32)
    scale = (np.abs(blocks).max(1, keepdims=True) / np.float32(127)).astype(np.float32)
    inverse = np.divide(np.float32(1), scale, out=np.zeros_like(scale), where=scale != 0)
    values = np.round(blocks * inverse).astype(np.int8)
    return np.concatenate((scale.astype("<f2").view(np.uint8), values.view(np.uint8)), 1).tobytes()


def dequantize(data, shape):
    blocks = np.frombuffer(data, np.uint8).reshape(-1, 34)
    scale = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    return (np.ascontiguousarray(blocks[:, 2:]).view(np.int8).astype(np.float32) * scale).reshape(shape)


def tensors(model):
    """(name, type, shape, bytes) of every weight, in the order in which a forward pass reads them."""
    for name, value in model.state_dict().items():
        a = value.numpy()
        if a.ndim == 1:
            yield name + ".weight", F32, a.shape, a.astype("<f4").tobytes()
        else:
            yield name + ".weight", Q8_0, a.shape, quantize(a)


def round_weights(model):
    """Gives the model the weights that its file holds, so that what is measured is what is shipped."""
    import torch
    state = model.state_dict()
    for name, kind, shape, data in tensors(model):
        if kind == Q8_0:
            state[name.removesuffix(".weight")].copy_(torch.from_numpy(dequantize(data, shape)))


def metadata(tokenizer):
    arch = "llama"
    return [
        ("general.architecture", STRING, arch),
        ("general.name", STRING, "Hearth Tiny"),
        ("general.description", STRING, "Tells short stories and knows Hearth's commands"),
        ("general.license", STRING, "mit"),
        ("general.file_type", UINT32, MOSTLY_Q8_0),
        ("general.quantization_version", UINT32, 2),
        ("general.sampling.temp", FLOAT32, 0.7),
        ("general.sampling.top_p", FLOAT32, 0.9),
        (f"{arch}.vocab_size", UINT32, m.VOCAB),
        (f"{arch}.context_length", UINT32, m.CONTEXT),
        (f"{arch}.embedding_length", UINT32, m.DIM),
        (f"{arch}.block_count", UINT32, m.LAYERS),
        (f"{arch}.feed_forward_length", UINT32, m.FFN),
        (f"{arch}.attention.head_count", UINT32, m.HEADS),
        (f"{arch}.attention.head_count_kv", UINT32, m.KV_HEADS),
        (f"{arch}.attention.layer_norm_rms_epsilon", FLOAT32, m.EPS),
        (f"{arch}.rope.dimension_count", UINT32, m.HEAD_DIM),
        (f"{arch}.rope.freq_base", FLOAT32, m.THETA),
        ("tokenizer.ggml.model", STRING, "gpt2"),
        ("tokenizer.ggml.pre", STRING, bpe.PRE),
        ("tokenizer.ggml.tokens", STRING, tokenizer.tokens),
        ("tokenizer.ggml.token_type", INT32, tokenizer.types),
        ("tokenizer.ggml.merges", STRING, [f"{a} {b}" for a, b in tokenizer.merges]),
        ("tokenizer.ggml.bos_token_id", UINT32, bpe.BEGIN),
        ("tokenizer.ggml.eos_token_id", UINT32, bpe.END),
        ("tokenizer.ggml.add_bos_token", BOOL, True),
        ("tokenizer.ggml.add_eos_token", BOOL, False),
        ("tokenizer.chat_template", STRING, bpe.CHAT_TEMPLATE),
    ]


def scalar(kind, value):
    if kind == STRING:
        data = value.encode()
        return struct.pack("<Q", len(data)) + data
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}[kind], value)


def entry(key, kind, value):
    out = scalar(STRING, key)
    if isinstance(value, list):
        return out + struct.pack("<IIQ", ARRAY, kind, len(value)) + b"".join(scalar(kind, v) for v in value)
    return out + struct.pack("<I", kind) + scalar(kind, value)


def padding(size):
    return b"\0" * (-size % ALIGNMENT)


def write(path, model, tokenizer):
    facts, weights = metadata(tokenizer), list(tensors(model))
    head = b"GGUF" + struct.pack("<IQQ", 3, len(weights), len(facts)) + b"".join(entry(*f) for f in facts)
    body = b""
    for name, kind, shape, data in weights:
        head += scalar(STRING, name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *reversed(shape))
        head += struct.pack("<IQ", kind, len(body))
        body += data + padding(len(data))
    with open(path, "wb") as f:
        f.write(head + padding(len(head)) + body)
