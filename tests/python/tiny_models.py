# SPDX-License-Identifier: Apache-2.0
"""Small random Hugging Face models, made without a download."""

import torch
import transformers as hf

hf.logging.set_verbosity_error()

SIZES = {"vocab_size": 50, "bos_token_id": None, "eos_token_id": None, "pad_token_id": 0}
HEADS = 4
MODELS = {
    "bert": lambda: hf.BertModel(hf.BertConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=HEADS, intermediate_size=16)),
    "albert": lambda: hf.AlbertModel(hf.AlbertConfig(
        vocab_size=50, embedding_size=8, hidden_size=32, num_hidden_layers=3, num_attention_heads=HEADS,
        intermediate_size=16)),  # one module that runs three times
    "gpt2": lambda: hf.GPT2LMHeadModel(hf.GPT2Config(
        n_embd=32, n_layer=2, n_head=HEADS, n_positions=64, scale_attn_by_inverse_layer_idx=True, **SIZES)),
    "llama": lambda: hf.LlamaForCausalLM(hf.LlamaConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=HEADS, num_key_value_heads=2,
        intermediate_size=16, **SIZES)),  # grouped keys, rotary positions
    "gemma2": lambda: hf.Gemma2ForCausalLM(hf.Gemma2Config(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=HEADS, num_key_value_heads=2, head_dim=8,
        intermediate_size=16, sliding_window=5, attn_logit_softcapping=0.1, **SIZES)),
    "t5": lambda: hf.T5Model(hf.T5Config(
        d_model=32, d_kv=8, d_ff=16, num_layers=2, num_heads=HEADS, vocab_size=50)),  # biased scores, cross
}


def model_of(name, implementation="sdpa"):
    torch.manual_seed(3)
    model = MODELS[name]().eval()
    model.set_attn_implementation(implementation)
    return model


def inputs_of(name, padded):
    """Two sequences of 12 tokens, the second with four of padding, where a decoder has it: before."""
    ids = torch.randint(3, 50, (2, 12), generator=torch.Generator().manual_seed(3))
    given = {"input_ids": ids}
    if padded:
        given["attention_mask"] = torch.ones_like(ids)
        given["attention_mask"][1, slice(0, 4) if name in ("gpt2", "llama", "gemma2") else slice(8, 12)] = 0
    return given | ({"decoder_input_ids": ids[:, :7]} if name == "t5" else {})


def attentions_of(model, given):
    """What the model itself says, in the order in which its layers run."""
    before = model.config._attn_implementation
    model.set_attn_implementation("eager")
    with torch.no_grad():
        said = model(**given, output_attentions=True)
    model.set_attn_implementation(before)
    if hasattr(said, "attentions"):
        return said.attentions
    decoder = zip(said.decoder_attentions, said.cross_attentions, strict=True)
    return [*said.encoder_attentions, *(matrix for pair in decoder for matrix in pair)]
