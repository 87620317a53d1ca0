"""Writes GGUF version 3: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md"""

import struct

import numpy as np

F32, Q4_0, Q8_0 = 0, 2, 8
FILE_TYPES = {F32: 0, Q4_0: 2, Q8_0: 7}
ALIGNMENT = 32
BLOCK = 32


def _string(text):
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def _value(value):
    """A typed metadata value; whole numbers are u32, as llama.cpp expects them."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + _string(value)
    kind, pack = {str: (8, _string), float: (6, lambda v: struct.pack("<f", v)), int: (5, lambda v: struct.pack("<i", v))}[type(value[0])]
    return struct.pack("<IIQ", 9, kind, len(value)) + b"".join(pack(item) for item in value)


def _q8_0(blocks):
    scale = (np.abs(blocks).max(axis=1) / 127).astype(np.float16)
    divisor = np.where(scale == 0, 1, scale).astype(np.float32)
    quants = np.rint(blocks / divisor[:, None]).clip(-127, 127).astype(np.int8)
    return b"".join(s.tobytes() + q.tobytes() for s, q in zip(scale, quants))


def _q4_0(blocks):
    # The value of the largest magnitude keeps its sign and maps to -8, as in ggml's quantize_row_q4_0.
    largest = blocks[np.arange(len(blocks)), np.abs(blocks).argmax(axis=1)]
    scale = (largest / -8).astype(np.float16)
    divisor = np.where(scale == 0, 1, scale).astype(np.float32)
    quants = np.floor(blocks / divisor[:, None] + 8.5).clip(0, 15).astype(np.uint8)
    packed = quants[:, :16] | (quants[:, 16:] << 4)
    return b"".join(s.tobytes() + p.tobytes() for s, p in zip(scale, packed))


def encode_tensor(array, kind):
    data = np.ascontiguousarray(array, dtype=np.float32)
    if kind == F32:
        return data.tobytes()
    return (_q8_0 if kind == Q8_0 else _q4_0)(data.reshape(-1, BLOCK))


def write_gguf(path, metadata, tensors, kind):
    """Matrices are written in `kind`; vectors (norms) stay F32, as llama.cpp keeps them."""
    metadata = {**metadata, "general.alignment": ALIGNMENT, "general.file_type": FILE_TYPES[kind]}
    out = [struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata))]
    for key, value in metadata.items():
        out.append(_string(key) + _value(value))
    encoded, offset = [], 0
    for name, array in tensors.items():
        type_ = kind if array.ndim > 1 else F32
        data = encode_tensor(array, type_)
        out.append(_string(name) + struct.pack("<I", array.ndim))
        out.append(b"".join(struct.pack("<Q", size) for size in reversed(array.shape)))
        out.append(struct.pack("<IQ", type_, offset))
        padded = data + b"\0" * (-len(data) % ALIGNMENT)
        encoded.append(padded)
        offset += len(padded)
    head = b"".join(out)
    with open(path, "wb") as file:
        file.write(head + b"\0" * (-len(head) % ALIGNMENT))
        file.writelines(encoded)
