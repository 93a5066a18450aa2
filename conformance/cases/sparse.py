"""one_hot, Embedding, EmbeddingBag: repeated indices, padding, empty bags, ties, NaN, wrong calls."""

import math

from conformance.harness.cases import Case, call, classes, normal, ones, steps, values

ONE_HOT = "nn.functional.one_hot"
X = classes(2, 3, of=4)
NAN, INF = math.nan, math.inf
EMB, FEMB = "nn.Embedding", "nn.functional.embedding"
BAG, FBAG = "nn.EmbeddingBag", "nn.functional.embedding_bag"
W, INDEX, MANY = normal(5, 3), values([1, 4, 1, 0]).of("int64"), values([[1, 4, 1], [1, 1, 0]]).of("int64")
OFFSETS = values([0, 2, 2]).of("int64")
MODES = ("sum", "mean", "max")


def every_mode(title, arguments, **options):
    """One row for each mode; torch has no second derivative of bags."""
    return [Case(FBAG, f"{title}, {m}", with_mode(arguments, m, options), second=False) for m in MODES]


def with_mode(arguments, mode, options):
    return call(*arguments.args, **arguments.kwargs, mode=mode, **options)


SAMPLES = normal(4)
CORNERS = values([[NAN, 1.0], [0.0, NAN], [2.0, 2.0], [-INF, INF]])

ROWS = [
    Case(ONE_HOT, "classes inferred", call(X)),
    Case(ONE_HOT, "classes given", call(X, 6)),
    Case(ONE_HOT, "by keyword", call(X, num_classes=6)),
    Case(ONE_HOT, "0-d", call(values(2).of("int64"))),
    Case(ONE_HOT, "empty", call(classes(0, of=2), 3)),
    Case(ONE_HOT, "empty, two dimensions", call(classes(2, 0, of=2), 3)),
    Case(ONE_HOT, "empty, inferred", call(classes(0, of=2))),
    Case(ONE_HOT, "transposed", call(X.transposed(1, 0))),
    Case(ONE_HOT, "negative strides", call(X.flipped(0, 1))),
    *(Case(ONE_HOT, f"num_classes {n!r}", call(values([0, 1]).of("int64"), n)) for n in (2, 1, 0, -1, -2, 2.0, None)),
    Case(ONE_HOT, "negative class", call(values([0, -1]).of("int64"))),
    *(Case(ONE_HOT, f"in {d}", call(ones(2).of(d))) for d in ("float32", "int32", "uint8", "bool")),
    Case(ONE_HOT, "not a tensor", call([0, 1])),
    Case(ONE_HOT, "no argument", call()),
    Case(EMB, "a matrix of indices", call(MANY), init=call(5, 3)),
    Case(EMB, "padding", call(MANY), init=call(5, 3, padding_idx=1)),
    Case(EMB, "padding from the end", call(MANY), init=call(5, 3, padding_idx=-1)),
    Case(EMB, "max_norm", call(MANY), init=call(5, 3, max_norm=0.5)),
    Case(EMB, "max_norm in the 1-norm", call(MANY), init=call(5, 3, max_norm=0.5, norm_type=1.0)),
    Case(EMB, "by frequency", call(MANY), init=call(5, 3, scale_grad_by_freq=True)),
    Case(EMB, "int32", call(MANY.of("int32")), init=call(5, 3)),
    Case(EMB, "0-d", call(values(2).of("int64")), init=call(5, 3)),
    Case(EMB, "empty", call(values([]).of("int64")), init=call(5, 3)),
    Case(EMB, "negative strides", call(MANY.flipped(0, 1)), init=call(5, 3)),
    Case(EMB, "padding too large", call(MANY), init=call(5, 3, padding_idx=5)),
    Case(EMB, "padding too small", call(MANY), init=call(5, 3, padding_idx=-6)),
    Case(EMB, "negative index", call(values([-1]).of("int64")), init=call(5, 3)),
    Case(EMB, "index out of range", call(values([5]).of("int64")), init=call(5, 3)),
    Case(FEMB, "everything", call(MANY, W, 1, None, 2.0, True, False)),
    Case(FEMB, "transposed", call(MANY.transposed(1, 0), W.transposed(1, 0))),
    Case(FEMB, "half", call(MANY, W.of("float16"), 1, None, 2.0, True)),
    Case(FEMB, "whole numbers", call(MANY, steps(5, 3).of("int64"))),
    Case(FEMB, "no columns", call(INDEX, normal(5, 0))),
    Case(FEMB, "no columns, out of range", call(values([5]).of("int64"), normal(5, 0))),
    Case(FEMB, "no rows", call(values([]).of("int64"), normal(0, 3))),
    Case(FEMB, "no rows, an index", call(values([0]).of("int64"), normal(0, 3))),
    *(
        Case(FEMB, f"max_norm {n}, p = {p}", call(MANY, W.constant(), None, n, p))
        for n in (0.0, 0.5, -1.0)
        for p in (2.0, 1.0, 0.0, 3.0, INF)
    ),
    Case(FEMB, "max_norm of NaN and infinity", call(values([0, 3]).of("int64"), CORNERS.constant(), None, 1.0)),
    Case(FEMB, "max_norm of a half", call(INDEX, W.of("float16").constant(), None, 0.5)),
    Case(FEMB, "max_norm, out of range", call(values([9]).of("int64"), W, None, 0.5)),
    Case(FEMB, "max_norm no number", call(INDEX, W, None, "1")),
    *(Case(FEMB, f"indices in {d}", call(ones(2).of(d), W)) for d in ("float32", "int16", "uint8", "bool")),
    Case(FEMB, "indices no tensor", call([0], W)),
    Case(FEMB, "weight no tensor", call(INDEX, [1])),
    Case(FEMB, "weight a vector", call(INDEX, normal(5))),
    Case(FEMB, "padding a float", call(INDEX, W, 1.5)),
    Case(FEMB, "padding out of range", call(INDEX, W, 5)),
    Case(FEMB, "complex weight", call(INDEX, normal(5, 3).of("complex64"))),
    *every_mode("offsets", call(INDEX, W, OFFSETS)),
    *every_mode("rows", call(MANY, W)),
    *every_mode("int32", call(INDEX.of("int32"), W, OFFSETS.of("int32"))),
    *every_mode("int32 and int64", call(INDEX.of("int32"), W, OFFSETS)),
    *every_mode("padding", call(INDEX, W, OFFSETS), padding_idx=1),
    *every_mode("padding from the end", call(INDEX, W, OFFSETS), padding_idx=-1),
    *every_mode("padding out of range", call(INDEX, W, OFFSETS), padding_idx=5),
    *every_mode("last offset", call(INDEX, W, values([0, 1, 4]).of("int64")), include_last_offset=True),
    Case(
        FBAG,
        "last offset before the end",
        call(INDEX, W, values([0, 1, 3]).of("int64"), mode="max", include_last_offset=True),
        second=False,
    ),
    *every_mode("no offsets but the last", call(INDEX, W, values([]).of("int64")), include_last_offset=True),
    *every_mode("by frequency", call(INDEX, W, OFFSETS), scale_grad_by_freq=True),
    *every_mode("max_norm", call(INDEX, W.constant(), OFFSETS), max_norm=0.5),
    *every_mode("empty bags", call(values([]).of("int64"), W, values([0, 0]).of("int64"))),
    *every_mode("no bags", call(values([]).of("int64"), W, values([]).of("int64"))),
    *every_mode("no rows", call(values([[]]).of("int64"), W)),
    *every_mode("ties", call(INDEX, ones(5, 3), OFFSETS)),
    *every_mode(
        "NaN and infinities", call(values([0, 1, 1, 0, 2, 3]).of("int64"), CORNERS, values([0, 3, 5]).of("int64"))
    ),
    *every_mode("half", call(INDEX, W.of("float16"), OFFSETS)),
    *every_mode("per sample", call(INDEX, W, OFFSETS), per_sample_weights=SAMPLES),
    Case(FBAG, "decreasing offsets", call(INDEX, W, values([0, 3, 1]).of("int64"), mode="max"), second=False),
    *every_mode("first offset not 0", call(INDEX, W, values([1, 2]).of("int64"))),
    *every_mode("last offset too large", call(INDEX, W, values([0, 5]).of("int64"))),
    *every_mode("out of range", call(values([5]).of("int64"), W, values([0]).of("int64"))),
    *every_mode("negative", call(values([-1]).of("int64"), W, values([0]).of("int64"))),
    *every_mode("float offsets", call(INDEX, W, values([0.0]))),
    *every_mode("whole weight", call(INDEX, steps(5, 3).of("int64"), OFFSETS)),
    *every_mode("arguments exchanged", call(W.constant(), INDEX, OFFSETS)),
    Case(
        FBAG,
        "per sample, padding",
        call(INDEX, W, OFFSETS, None, 2, False, "sum", False, SAMPLES, False, 1),
        second=False,
    ),
    Case(FBAG, "per sample, rows", call(MANY, W, per_sample_weights=normal(2, 3), mode="sum"), second=False),
    Case(
        FBAG,
        "per sample, transposed",
        call(MANY.transposed(1, 0), W, per_sample_weights=normal(2, 3).transposed(1, 0), mode="sum"),
        second=False,
    ),
    Case(FBAG, "per sample of another shape", call(INDEX, W, OFFSETS, mode="sum", per_sample_weights=normal(3))),
    Case(
        FBAG,
        "per sample in another dtype",
        call(INDEX, W.of("float32"), OFFSETS, mode="sum", per_sample_weights=SAMPLES.of("float64")),
    ),
    Case(FBAG, "rows and offsets", call(MANY, W, OFFSETS)),
    Case(FBAG, "no offsets", call(INDEX, W)),
    Case(FBAG, "offsets of rank 2", call(INDEX, W, MANY)),
    Case(FBAG, "rank 3", call(values([[[1]]]).of("int64"), W)),
    Case(FBAG, "unknown mode", call(INDEX, W, OFFSETS, mode="min")),
    Case(FBAG, "max, sparse", call(INDEX, W, OFFSETS, mode="max", sparse=True)),
    Case(FBAG, "weight a vector", call(INDEX, normal(5), OFFSETS)),
    Case(FBAG, "no tensor", call([1], W, OFFSETS)),
    *(Case(BAG, f"offsets, {m}", call(INDEX, OFFSETS), init=call(5, 3, mode=m), second=False) for m in MODES),
    *(Case(BAG, f"padding, {m}", call(MANY), init=call(5, 3, mode=m, padding_idx=-4), second=False) for m in MODES),
    Case(BAG, "padding out of range", call(MANY), init=call(5, 3, padding_idx=5)),
    Case(BAG, "unknown mode", call(MANY), init=call(5, 3, mode="median")),
]
