"""Transformer: masks, hints, norms first, activations, inference, wrong calls."""

from conformance.harness.cases import Case, call, normal, ones, values

ENC, DEC, ALL = "nn.TransformerEncoderLayer", "nn.TransformerDecoderLayer", "nn.Transformer"
SRC, TGT = normal(4, 2, 4), normal(3, 2, 4)
CAUSAL = values([[0, 1, 1], [0, 0, 1], [0, 0, 0]]).of("bool")
SRC_PAD = values([[0, 0, 0, 1], [0, 0, 1, 1]]).of("bool")
NOTHING = values([[0, 0, 0, 1], [1, 1, 1, 1]]).of("bool")
TGT_PAD = values([[0, 0, 1], [0, 0, 0]]).of("bool")
MASK = values([[0, 1, 0, 0], [0, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 0]]).of("bool")
PLAIN = {"d_model": 4, "nhead": 2, "dim_feedforward": 8, "dropout": 0.0}
# torch's fused attention has no second derivative.
FUSED = {"second": False}


def case(target, title, *args, init=None, **kwargs):
    return Case(target, title, call(*args, **kwargs), init=call(**{**PLAIN, **(init or {})}), **FUSED)


def whole(title, *args, init=None, **kwargs):
    return case(ALL, title, *args, init={"num_encoder_layers": 1, "num_decoder_layers": 1, **(init or {})}, **kwargs)


OPTIONS = [
    {},
    {"norm_first": True},
    {"activation": "gelu"},
    {"bias": False},
    {"layer_norm_eps": 0.1},
    {"dropout": 0.3},
    {"nhead": 1},
]

ROWS = [
    *(case(ENC, f"options {o}", SRC, init=o) for o in OPTIONS),
    *(case(ENC, f"batch first, {o}", normal(2, 4, 4), init={"batch_first": True, **o}) for o in OPTIONS),
    *(case(DEC, f"options {o}", TGT, SRC, init=o) for o in OPTIONS),
    *(whole(f"options {o}", SRC, TGT, init=o) for o in OPTIONS),
    case(ENC, "unbatched", normal(4, 4)),
    case(ENC, "mask", SRC, MASK),
    case(ENC, "padding", SRC, None, SRC_PAD),
    case(ENC, "a sequence of padding", SRC, None, NOTHING),
    case(ENC, "batch first, a sequence of padding", normal(2, 4, 4), None, NOTHING, init={"batch_first": True}),
    case(ENC, "mask and padding", SRC, MASK, SRC_PAD),
    case(ENC, "mask of floats", SRC, normal(4, 4).constant()),
    case(ENC, "batch first, mask of floats", normal(2, 4, 4), normal(4, 4).constant(), init={"batch_first": True}),
    case(ENC, "masks that differ in kind", SRC, normal(4, 4).constant(), SRC_PAD),
    case(ENC, "causal", TGT, CAUSAL, is_causal=True),
    case(ENC, "a hint that is wrong", SRC, MASK, is_causal=True),
    case(ENC, "a hint without a mask", SRC, is_causal=True),
    case(ENC, "mask of whole numbers", SRC, ones(4, 4).of("int64")),
    case(ENC, "unknown activation", SRC, init={"activation": "tanh"}),
    case(ENC, "heads that do not divide", SRC, init={"nhead": 3}),
    case(DEC, "masks", TGT, SRC, CAUSAL, None, TGT_PAD, SRC_PAD),
    case(DEC, "unbatched", normal(3, 4), normal(4, 4)),
    case(DEC, "causal", TGT, SRC, CAUSAL, tgt_is_causal=True),
    case(DEC, "unknown activation", TGT, SRC, init={"activation": "tanh"}),
    whole("masks", SRC, TGT, tgt_mask=CAUSAL, src_key_padding_mask=SRC_PAD, memory_key_padding_mask=SRC_PAD),
    whole("causal", SRC, TGT, tgt_mask=CAUSAL, tgt_is_causal=True),
    whole("a hint without a mask", SRC, TGT, tgt_is_causal=True),
    whole("unbatched", normal(4, 4), normal(3, 4)),
    whole("batches differ", SRC, normal(3, 1, 4)),
    whole("features differ", normal(4, 2, 3), TGT),
]
