"""Attention: masks of bool and floats, queries without keys, causal hints, heads, inference, wrong calls."""

import math

from conformance.harness.cases import Case, call, normal, ones, values, zeros

INF = math.inf
SDPA, MHA, HEADS = (
    "nn.functional.scaled_dot_product_attention",
    "nn.MultiheadAttention",
    "nn.functional.multi_head_attention_forward",
)
Q, K, V, NARROW = normal(2, 3, 4, 6), normal(2, 3, 5, 6), normal(2, 3, 5, 6), normal(2, 3, 5, 2)
HOLES = values([[1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1]]).of("bool")
ADDED = values([[0, -INF, 0, 0, 1], [-INF] * 5, [0, 0, 0, 0, 0], [2, -INF, 0, -1, 0.5]])
SOFT = normal(4, 5)
# torch has no second derivative of its fused kernel, which takes queries and values of one size.
FUSED = {"second": False}


def each_form(title, *masks, **options):
    """The fused kernel's form and the other."""
    return [
        Case(SDPA, f"{title}, fused", call(Q, K, V, *masks, **options), **FUSED),
        Case(SDPA, f"{title}, another width", call(Q, K, NARROW, *masks, **options)),
    ]


SEQ, MEM = normal(3, 2, 4), normal(5, 2, 4)
PAD = values([[0, 0, 0, 0, 1], [0, 1, 1, 0, 1]]).of("bool")
NONE = values([[0, 0, 0, 0, 1], [1, 1, 1, 1, 1]]).of("bool")
MASK = values([[0, 1, 0, 0, 0], [0, 0, 0, 1, 1], [1, 1, 0, 0, 0]]).of("bool")
FLOATS = normal(3, 5).constant()
CAUSAL = values([[0, 1, 1], [0, 0, 1], [0, 0, 0]]).of("bool")
PER_HEAD = values([[[0, 1, 0, 0, 0]] * 3] * 4).of("bool")
FIRST = normal(2, 3, 4)
OWN_PAD = values([[0, 0, 1], [0, 1, 1]]).of("bool")


def layer(title, *args, init=None, second=True, **kwargs):
    """With the weights and without."""
    options = {"embed_dim": 4, "num_heads": 2, **(init or {})}
    return [
        Case(MHA, f"{title}, weights", call(*args, **kwargs), init=call(**options), second=second),
        Case(
            MHA, f"{title}, no weights", call(*args, need_weights=False, **kwargs), init=call(**options), second=False
        ),
        Case(
            MHA,
            f"{title}, each head",
            call(*args, average_attn_weights=False, **kwargs),
            init=call(**options),
            second=False,
        ),
    ]


ROWS = [
    *each_form("plain"),
    *each_form("scale", scale=0.3),
    *each_form("negative scale", scale=-2),
    *each_form("scale 0", scale=0.0),
    *each_form("causal", is_causal=True),
    *each_form("mask of bool, a query without keys", HOLES),
    *each_form("mask of floats, a query without keys", ADDED.constant()),
    *each_form("a mask that broadcasts", values([[[[1, 0, 1, 1, 1]]], [[[1, 1, 0, 0, 1]]]]).of("bool")),
    *each_form("a mask of one column", ones(4, 1).of("bool")),
    *each_form("mask with a gradient", SOFT),
    *each_form("mask in another dtype", SOFT.of("float16")),
    *each_form("mask of whole numbers", ones(4, 5).of("int64")),
    *each_form("mask that does not fit", ones(3, 5).of("bool")),
    *each_form("mask of more dimensions", ones(1, 1, 1, 4, 5).of("bool")),
    *each_form("mask a vector", ones(5).of("bool")),
    *each_form("mask and causal", HOLES, is_causal=True),
    *each_form("dropout above 1", dropout_p=2.0),
    *each_form("dropout of all", dropout_p=1.0),
    *each_form("dropout below 0", dropout_p=-1.0),
    Case(SDPA, "dropout", call(Q, K, NARROW, HOLES, 0.4)),
    Case(SDPA, "dropout, causal", call(Q, K, V, None, 0.4, True)),
    Case(SDPA, "more keys than queries, causal", call(K, Q, Q, is_causal=True), **FUSED),
    Case(SDPA, "two dimensions", call(normal(4, 6), normal(5, 6), normal(5, 3))),
    Case(SDPA, "three dimensions", call(normal(2, 4, 6), normal(2, 5, 6), normal(2, 5, 3))),
    Case(SDPA, "five dimensions", call(normal(2, 1, 2, 4, 6), normal(2, 1, 2, 5, 6), normal(2, 1, 2, 5, 3))),
    Case(SDPA, "one dimension", call(normal(4), normal(4), normal(4))),
    Case(SDPA, "batches broadcast", call(Q, normal(1, 3, 5, 6), normal(2, 1, 5, 3))),
    Case(SDPA, "heads do not", call(Q, normal(2, 2, 5, 6), normal(2, 2, 5, 6))),
    Case(SDPA, "fewer dimensions of keys", call(Q, normal(5, 6), normal(3, 5, 3))),
    Case(SDPA, "groups of heads", call(normal(2, 6, 4, 6), K, NARROW, enable_gqa=True)),
    Case(SDPA, "groups of heads, masked", call(normal(2, 6, 4, 6), K, NARROW, HOLES, enable_gqa=True)),
    Case(SDPA, "groups that do not divide", call(normal(2, 4, 4, 6), K, V, enable_gqa=True)),
    Case(SDPA, "groups without heads", call(normal(4, 6), normal(5, 6), normal(5, 6), enable_gqa=True)),
    Case(SDPA, "sizes of keys differ", call(Q, normal(2, 3, 5, 5), V)),
    Case(SDPA, "numbers of keys differ", call(Q, K, normal(2, 3, 4, 2))),
    Case(SDPA, "no queries", call(normal(2, 3, 0, 6), K, NARROW)),
    Case(SDPA, "no keys", call(Q, normal(2, 3, 0, 6), normal(2, 3, 0, 2))),
    Case(SDPA, "empty batch", call(normal(0, 3, 4, 6), normal(0, 3, 5, 6), normal(0, 3, 5, 2))),
    Case(SDPA, "no features", call(normal(2, 3, 4, 0), normal(2, 3, 5, 0), NARROW)),
    Case(SDPA, "values of no size", call(Q, K, normal(2, 3, 5, 0))),
    Case(SDPA, "negative strides", call(Q.flipped(2, 3), K.flipped(1), NARROW.flipped(3))),
    Case(SDPA, "heads last in memory", call(Q.transposed(0, 2, 1, 3), K.transposed(0, 2, 1, 3), V), **FUSED),
    Case(SDPA, "large scores", call(values([[100.0, 200.0]]), values([[3.0, 4.0], [5.0, 6.0]]), normal(2, 3))),
    Case(SDPA, "infinite keys", call(ones(1, 2), values([[INF, 1.0], [1.0, 1.0]]), normal(2, 3))),
    Case(SDPA, "half", call(Q.of("float16"), K.of("float16"), NARROW.of("float16")), second=False),
    Case(
        SDPA,
        "whole numbers",
        call(zeros(2, 3, 4, 6).of("int64"), zeros(2, 3, 5, 6).of("int64"), zeros(2, 3, 5, 6).of("int64")),
    ),
    Case(SDPA, "dtypes differ", call(Q.of("float32"), K.of("float64"), V.of("float32"))),
    Case(SDPA, "no tensor", call(Q, K, 1.0)),
    Case(SDPA, "no values", call(Q, K)),
    Case(SDPA, "scale no number", call(Q, K, V, scale="1")),
    Case(SDPA, "a hint that is no bool", call(Q, K, V, is_causal=1)),
    *layer("cross", SEQ, MEM, MEM),
    *layer("cross, values apart", SEQ, MEM, normal(5, 2, 4)),
    *layer("self", SEQ, SEQ, SEQ),
    *layer("batch first", FIRST, FIRST, FIRST, init={"batch_first": True}),
    *layer("unbatched", normal(3, 4), normal(5, 4), normal(5, 4)),
    *layer("padding", SEQ, MEM, MEM, key_padding_mask=PAD),
    *layer("a sequence of padding", SEQ, MEM, MEM, key_padding_mask=NONE, second=False),
    *layer("padding of floats", SEQ, MEM, MEM, key_padding_mask=normal(2, 5).constant()),
    *layer("mask", SEQ, MEM, MEM, attn_mask=MASK),
    *layer("mask of floats", SEQ, MEM, MEM, attn_mask=FLOATS),
    *layer("mask for each head", SEQ, MEM, MEM, attn_mask=PER_HEAD),
    *layer("mask and padding", SEQ, MEM, MEM, attn_mask=MASK, key_padding_mask=PAD),
    *layer("masks that differ in kind", SEQ, MEM, MEM, attn_mask=FLOATS, key_padding_mask=PAD),
    *layer(
        "unbatched, padding",
        normal(3, 4),
        normal(5, 4),
        normal(5, 4),
        key_padding_mask=values([0, 0, 1, 0, 1]).of("bool"),
    ),
    *layer(
        "unbatched, mask for each head",
        normal(3, 4),
        normal(5, 4),
        normal(5, 4),
        attn_mask=values([[[0, 1, 0, 0, 0]] * 3] * 2).of("bool"),
    ),
    *layer("causal", SEQ, SEQ, SEQ, attn_mask=CAUSAL, is_causal=True),
    *layer("causal and padding", SEQ, SEQ, SEQ, attn_mask=CAUSAL, is_causal=True, key_padding_mask=OWN_PAD),
    *layer("a hint without a mask", SEQ, SEQ, SEQ, is_causal=True),
    *layer("bias of keys", SEQ, MEM, MEM, init={"add_bias_kv": True}, attn_mask=MASK, key_padding_mask=PAD),
    *layer("a key of 0", SEQ, MEM, MEM, init={"add_zero_attn": True}, attn_mask=MASK, key_padding_mask=PAD),
    *layer("both, without bias", SEQ, MEM, MEM, init={"add_zero_attn": True, "add_bias_kv": True, "bias": False}),
    *layer("sizes of their own", SEQ, normal(5, 2, 3), normal(5, 2, 2), init={"kdim": 3, "vdim": 2}),
    *layer("dropout", SEQ, MEM, MEM, init={"dropout": 0.5}),
    *layer("empty batch", normal(3, 0, 4), normal(5, 0, 4), normal(5, 0, 4)),
    Case(MHA, "heads that do not divide", call(), init=call(4, 3)),
    Case(MHA, "no heads", call(), init=call(4, 0)),
    Case(MHA, "size of the query", call(normal(3, 2, 3), MEM, MEM), init=call(4, 2)),
    Case(MHA, "ranks differ", call(SEQ, normal(5, 4), normal(5, 4)), init=call(4, 2)),
    Case(MHA, "rank 1", call(normal(4), normal(4), normal(4)), init=call(4, 2)),
    Case(MHA, "keys and values differ", call(SEQ, MEM, SEQ), init=call(4, 2)),
    Case(MHA, "mask of another size", call(SEQ, MEM, MEM, attn_mask=CAUSAL), init=call(4, 2)),
    Case(MHA, "mask for one head", call(SEQ, MEM, MEM, attn_mask=ones(1, 3, 5).of("bool")), init=call(4, 2)),
    Case(MHA, "mask a vector", call(SEQ, MEM, MEM, attn_mask=ones(5).of("bool")), init=call(4, 2)),
    Case(MHA, "padding of another size", call(SEQ, MEM, MEM, key_padding_mask=OWN_PAD), init=call(4, 2)),
    Case(MHA, "padding a vector", call(SEQ, MEM, MEM, key_padding_mask=ones(5).of("bool")), init=call(4, 2)),
    Case(MHA, "mask of whole numbers", call(SEQ, MEM, MEM, attn_mask=ones(3, 5).of("int64")), init=call(4, 2)),
]
