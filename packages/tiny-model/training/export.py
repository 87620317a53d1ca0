"""Writes one set of weights in three forms."""

from gguf_writer import F32, Q4_0, Q8_0, write_gguf
from model import CONTEXT, EPSILON, HEADS, HIDDEN, LAYERS, ROPE_BASE, WIDTH
from tokenizer import gguf_vocabulary

TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}A:\n{{ message['content'] }}\n"
    "{% else %}Q: {{ message['content'] }}\n{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}A:\n{% endif %}"
)


def tensors_of(model):
    tensors = {"token_embd.weight": model.embedding.weight, "output_norm.weight": model.norm.weight}
    for index, block in enumerate(model.blocks):
        names = {
            "attn_norm": block.attn_norm, "attn_q": block.q, "attn_k": block.k, "attn_v": block.v,
            "attn_output": block.o, "ffn_norm": block.ffn_norm, "ffn_gate": block.gate, "ffn_up": block.up,
            "ffn_down": block.down,
        }
        for name, module in names.items():
            tensors[f"blk.{index}.{name}.weight"] = module.weight
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}


def metadata_of(tokenizer):
    tokens, scores, types = gguf_vocabulary(tokenizer)
    return {
        "general.architecture": "llama",
        "general.name": "insidellms-tiny",
        "general.license": "mit",
        "llama.context_length": CONTEXT,
        "llama.embedding_length": WIDTH,
        "llama.block_count": LAYERS,
        "llama.feed_forward_length": HIDDEN,
        "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": HEADS,
        "llama.attention.layer_norm_rms_epsilon": EPSILON,
        "llama.rope.dimension_count": WIDTH // HEADS,
        "llama.rope.freq_base": ROPE_BASE,
        "llama.vocab_size": len(tokens),
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": scores,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.bos_token_id": tokenizer.bos_id(),
        "tokenizer.ggml.eos_token_id": tokenizer.eos_id(),
        "tokenizer.ggml.unknown_token_id": tokenizer.unk_id(),
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_eos_token": False,
        "tokenizer.ggml.add_space_prefix": False,
        "tokenizer.chat_template": TEMPLATE,
    }


def export_all(model, tokenizer, folder):
    tensors, metadata = tensors_of(model), metadata_of(tokenizer)
    for name, kind in {"f32": F32, "q8_0": Q8_0, "q4_0": Q4_0}.items():
        write_gguf(folder / f"insidellms-tiny-{name}.gguf", metadata, tensors, kind)
