"""Normalisation: statistics and their updates, forms of memory, dtypes, large means, empty batches, wrong calls."""

import math
from typing import Any

from conformance.harness.cases import Case, call, normal, ones, uniform, values, zeros
from refnn.testing.conformance.compare import Tolerance

NAN, INF = math.nan, math.inf
BN1, BN2, BN3, SYNC = "nn.BatchNorm1d", "nn.BatchNorm2d", "nn.BatchNorm3d", "nn.SyncBatchNorm"
IN1, IN2, IN3 = "nn.InstanceNorm1d", "nn.InstanceNorm2d", "nn.InstanceNorm3d"
LN, GN, RMS = "nn.LayerNorm", "nn.GroupNorm", "nn.RMSNorm"
LRN, CROSS = "nn.LocalResponseNorm", "nn.CrossMapLRN2d"
F = "nn.functional."
FBN, FIN, FLN, FGN, FRMS, FLRN = (
    F + n for n in ("batch_norm", "instance_norm", "layer_norm", "group_norm", "rms_norm", "local_response_norm")
)

ROWS_2D, LINES, IMAGES = normal(5, 3), normal(4, 3, 5), normal(2, 4, 3, 5)
VOLUMES = normal(2, 4, 2, 3, 2)
MEAN, VAR = normal(3).constant(), uniform(3, low=0.5, high=2.0).constant()
W, B = normal(3), normal(3)
W4, B4 = normal(4), normal(4)
ROUNDED: dict[str, Any] = {
    "second": False,
    "tolerance": Tolerance(1e-2, 4e-3),
    "why": "torch rounds statistics and sums to half in between; its error against float64 is up to twice refnn's",
}
CANCELLED: dict[str, Any] = {
    "second": False,
    "tolerance": Tolerance(1.3e-6, 1e-4),
    "why": "a cell of one value: terms of 1 / sqrt(eps) = 316 cancel, up to their last digit",
}


def of(dtype, *specs):
    return [spec.of(dtype) for spec in specs]


def layouts(target, init, x):
    """The same values lying differently in memory."""
    return [
        Case(target, "channels last", call(x.transposed(0, 2, 3, 1)), init=init),
        Case(target, "columns first", call(x.transposed(0, 1, 3, 2)), init=init),
        Case(target, "negative strides", call(x.flipped(0, 2)), init=init),
        Case(target, "every second element", call(x.stepped()), init=init),
        Case(target, "one image for all", call(normal(1, 4, 3, 5).expanded(2, 4, 3, 5)), init=init),
    ]


def batch(target, x, channels, wrong):
    return [
        Case(target, "defaults", call(x), init=call(channels)),
        Case(target, "not affine", call(x), init=call(channels, affine=False)),
        Case(target, "no bias", call(x), init=call(channels, bias=False)),
        Case(target, "no running statistics", call(x), init=call(channels, track_running_stats=False)),
        Case(target, "cumulative average", call(x), init=call(channels, momentum=None)),
        Case(target, "momentum 0", call(x), init=call(channels, momentum=0.0)),
        Case(target, "momentum 1", call(x), init=call(channels, momentum=1.0)),
        Case(target, "large eps", call(x), init=call(channels, eps=0.7)),
        Case(target, "eps 0", call(x), init=call(channels, eps=0.0)),
        Case(target, "negative eps", call(x), init=call(channels, eps=-1e-5)),
        Case(target, "another number of dimensions", call(wrong), init=call(channels)),
        Case(target, "another number of channels", call(x), init=call(channels + 1)),
    ]


ROWS = [
    *batch(BN1, LINES, 3, IMAGES),
    *batch(BN2, IMAGES, 4, LINES),
    *batch(BN3, VOLUMES, 4, IMAGES),
    *batch(SYNC, LINES, 3, normal(3)),
    *layouts(BN2, call(4), IMAGES),
    Case(BN1, "rows", call(ROWS_2D), init=call(3)),
    Case(BN1, "constant channels", call(ones(4, 3)), init=call(3)),
    Case(BN1, "transposed rows", call(ROWS_2D.transposed(1, 0)), init=call(3)),
    Case(BN1, "one value per channel", call(normal(1, 3)), init=call(3)),
    Case(BN1, "one value per channel of a line", call(normal(1, 3, 1)), init=call(3)),
    Case(BN1, "one row in many places", call(normal(1, 3, 4)), init=call(3)),
    Case(BN1, "biased and unbiased variance", call(values([[1.0], [3.0]])), init=call(1)),
    Case(BN1, "infinity and NaN", call(values([[1.0, INF, NAN], [2, 3, 4], [5, 6, 7]])), init=call(3), second=False),
    Case(BN1, "empty batch", call(normal(0, 3)), init=call(3)),
    Case(BN1, "empty batch of lines", call(normal(0, 3, 4)), init=call(3)),
    Case(BN1, "empty lines", call(normal(2, 3, 0)), init=call(3)),
    Case(BN1, "empty batch, not affine", call(normal(0, 3)), init=call(3, affine=False)),
    Case(BN1, "empty batch, no bias", call(normal(0, 3)), init=call(3, bias=False)),
    Case(BN1, "no channels", call(normal(2, 0)), init=call(0)),
    Case(SYNC, "no channels", call(normal(2, 0)), init=call(0)),
    Case(BN2, "empty batch", call(normal(0, 4, 3, 5)), init=call(4)),
    Case(BN2, "not a tensor", call(1.0), init=call(4)),
    Case(BN2, "integers", call(ones(2, 4, 3, 3).of("int64")), init=call(4)),
    Case(FBN, "training", call(LINES, MEAN, VAR, W, B, True)),
    Case(FBN, "evaluation", call(LINES, MEAN, VAR, W, B)),
    Case(FBN, "training, nothing else", call(LINES, None, None, training=True)),
    Case(FBN, "evaluation, nothing else", call(LINES, MEAN, VAR)),
    Case(FBN, "bias alone", call(LINES, MEAN, VAR, None, B, True)),
    Case(FBN, "weight alone, evaluation", call(LINES, MEAN, VAR, W)),
    Case(FBN, "momentum beyond 1", call(LINES, MEAN, VAR, W, B, True, 1.5)),
    Case(FBN, "evaluation, eps 0", call(LINES, MEAN, VAR, W, B, False, 0.1, 0.0)),
    Case(FBN, "training, eps 0", call(LINES, MEAN, VAR, W, B, True, 0.1, 0.0)),
    Case(FBN, "negative eps", call(LINES, MEAN, VAR, W, B, False, 0.1, -1.0)),
    Case(FBN, "evaluation, negative variance", call(LINES, MEAN, values([-1.0, 0, 1]).constant()), second=False),
    Case(FBN, "weight of two dimensions", call(LINES, MEAN, VAR, normal(3, 1), normal(1, 3), True)),
    Case(FBN, "evaluation without a mean", call(LINES, None, VAR)),
    Case(FBN, "evaluation without a variance", call(LINES, MEAN, None)),
    Case(FBN, "training without a mean", call(LINES, None, VAR, training=True)),
    Case(FBN, "training without a variance", call(LINES, MEAN, None, training=True)),
    Case(FBN, "short mean", call(LINES, zeros(2).constant(), VAR, training=True)),
    Case(FBN, "short variance", call(LINES, MEAN, zeros(2).constant(), training=True)),
    Case(FBN, "short weight", call(LINES, MEAN, VAR, zeros(2), training=True)),
    Case(FBN, "short bias", call(LINES, MEAN, VAR, W, zeros(2), training=True)),
    Case(FBN, "mean of two dimensions", call(LINES, zeros(3, 1).constant(), VAR, training=True)),
    Case(FBN, "mean with a gradient", call(LINES, zeros(3), VAR)),
    Case(FBN, "variance with a gradient", call(LINES.constant(), MEAN, ones(3), training=True)),
    Case(FBN, "one value per channel", call(normal(1, 3), MEAN, VAR, training=True)),
    Case(FBN, "0-d", call(normal(), MEAN, VAR, training=True)),
    Case(FBN, "integers", call(ones(2, 3).of("int64"), None, None, training=True)),
    Case(FBN, "complex", call(ones(2, 3).of("complex64").constant(), None, None, training=True)),
    Case(FBN, "None", call(None, MEAN, VAR)),
    Case(FBN, "mean is a number", call(LINES, 1.0, VAR)),
    Case(FBN, "weight is a number", call(LINES, MEAN, VAR, 1.0)),
    Case(FBN, "training is an int", call(LINES, MEAN, VAR, None, None, 1)),
    Case(FBN, "momentum is None", call(LINES, MEAN, VAR, None, None, True, None)),
    Case(
        FBN,
        "half with a float mean alone",
        call(LINES.of("float16"), *of("float32", MEAN, VAR), training=True),
        **ROUNDED,
    ),
    Case(FBN, "a weight of half precision", call(LINES.of("float32"), None, None, W.of("float16"), training=True)),
    Case(
        FBN,
        "a bias of another dtype",
        call(*of("float32", LINES), None, None, *of("float32", W), B.of("float64"), True),
    ),
    Case(FBN, "double with float weights", call(LINES.of("float64"), None, None, *of("float32", W, B), True)),
    *[
        Case(FBN, f"half, training {t}", call(*of("float16", LINES, MEAN, VAR, W, B), t), **ROUNDED)
        for t in (True, False)
    ],
    *[
        Case(
            FBN,
            f"half, float weights, training {t}",
            call(LINES.of("float16"), *of("float32", MEAN, VAR, W, B), t),
            second=False,
        )
        for t in (True, False)
    ],
    *[
        Case(target, title, call(x), init=init)
        for target, x in ((IN1, LINES), (IN2, normal(2, 3, 3, 5)), (IN3, normal(2, 3, 2, 3, 2)))
        for title, init in (
            ("defaults", call(3)),
            ("affine", call(3, affine=True)),
            ("no bias", call(3, affine=True, bias=False)),
            ("running statistics", call(3, track_running_stats=True)),
            ("everything", call(3, 1e-3, 0.3, True, True)),
            ("no momentum", call(3, momentum=None, track_running_stats=True)),
            ("another number of channels", call(4)),
            ("another number of channels, affine", call(4, affine=True)),
        )
    ],
    *layouts(IN2, call(4, affine=True), IMAGES),
    Case(IN1, "unbatched", call(normal(3, 5)), init=call(3, affine=True)),
    Case(IN2, "unbatched", call(normal(3, 4, 5)), init=call(3, track_running_stats=True)),
    Case(IN3, "unbatched", call(normal(3, 2, 4, 5)), init=call(3)),
    Case(IN1, "one place", call(normal(2, 3, 1)), init=call(3)),
    Case(IN1, "one dimension", call(normal(3)), init=call(3)),
    Case(IN2, "two dimensions", call(normal(3, 3)), init=call(3)),
    Case(IN1, "empty batch", call(normal(0, 3, 4)), init=call(3)),
    Case(IN1, "empty lines", call(normal(2, 3, 0)), init=call(3, affine=True)),
    Case(IN1, "empty batch, running statistics", call(normal(0, 3, 4)), init=call(3, track_running_stats=True)),
    Case(IN1, "empty lines, running statistics", call(normal(2, 3, 0)), init=call(3, track_running_stats=True)),
    Case(IN1, "constant lines, eps 0", call(ones(2, 3, 4)), init=call(3, eps=0.0), second=False),
    Case(FIN, "everything", call(LINES, MEAN, VAR, W, B, True, 0.4, 1e-3)),
    Case(FIN, "without its own statistics", call(LINES, MEAN, VAR, W, B, False)),
    Case(FIN, "two dimensions, without its own statistics", call(normal(4, 3), MEAN, VAR, W, B, False)),
    Case(FIN, "bias alone", call(LINES, bias=B)),
    Case(FIN, "no statistics at all", call(LINES, use_input_stats=False)),
    Case(FIN, "mean alone", call(LINES, MEAN)),
    Case(FIN, "short mean", call(LINES, zeros(2).constant(), VAR)),
    Case(FIN, "short weight", call(LINES, weight=zeros(2))),
    Case(FIN, "matrices", call(LINES, weight=ones(1, 3), bias=ones(5))),
    Case(FLN, "another dtype and another shape", call(LINES, (5,), ones(5).of("int64"), ones(4))),
    Case(FLN, "another shape and another dtype", call(LINES, (5,), ones(4), ones(5).of("int64"))),
    Case(FLN, "of no dimensions, another dtype", call(LINES, (), ones(5).of("int64"))),
    Case(FIN, "mean with a gradient", call(LINES, zeros(3), VAR)),
    Case(FIN, "negative eps", call(LINES, eps=-1e-3)),
    Case(FIN, "one dimension", call(normal(3), MEAN, VAR, use_input_stats=False)),
    Case(FIN, "0-d", call(normal(), MEAN, VAR, use_input_stats=False)),
    Case(FIN, "integers", call(ones(2, 3, 4).of("int64"))),
    Case(FIN, "mean of half precision", call(*of("float32", LINES), MEAN.of("float16"), *of("float32", VAR, W, B))),
    Case(FIN, "variance of half precision", call(*of("float32", LINES, MEAN), VAR.of("float16"))),
    Case(FIN, "half, float weights", call(LINES.of("float16"), *of("float32", MEAN, VAR, W, B)), second=False),
    Case(FIN, "half", call(*of("float16", LINES, MEAN, VAR, W, B)), **ROUNDED),
    Case(LN, "one dimension", call(LINES), init=call(5)),
    Case(LN, "two dimensions", call(LINES), init=call([3, 5])),
    Case(LN, "all dimensions", call(LINES), init=call((4, 3, 5))),
    Case(LN, "not affine", call(LINES), init=call(5, elementwise_affine=False)),
    Case(LN, "no bias", call(LINES), init=call(5, bias=False)),
    Case(LN, "large eps", call(LINES), init=call(5, eps=0.5)),
    Case(LN, "eps 0", call(LINES), init=call(5, eps=0.0)),
    Case(LN, "one value", call(normal(3, 1)), init=call(1), **CANCELLED),
    Case(LN, "a vector", call(normal(5)), init=call(5)),
    Case(LN, "a long row", call(normal(2, 5000)), init=call(5000), second=False),
    Case(LN, "many rows", call(normal(60, 12)), init=call(12), second=False),
    Case(LN, "empty batch", call(normal(0, 5)), init=call(5)),
    Case(LN, "empty rows", call(normal(4, 0)), init=call(0)),
    Case(LN, "negative strides", call(LINES.flipped(0, 2)), init=call(5)),
    Case(LN, "transposed", call(LINES.transposed(2, 0, 1)), init=call(5)),
    Case(LN, "expanded", call(normal(1, 3, 5).expanded(4, 3, 5)), init=call(5)),
    Case(LN, "another size", call(LINES), init=call(4)),
    Case(LN, "too many dimensions", call(normal(5)), init=call((3, 5))),
    Case(LN, "0-d", call(normal()), init=call(5)),
    Case(LN, "no dimensions", call(LINES), init=call(())),
    Case(FLN, "weight and bias", call(LINES, (5,), normal(5), normal(5))),
    Case(FLN, "bias alone", call(LINES, (5,), None, normal(5))),
    Case(FLN, "constant rows, eps 0", call(ones(2, 3), (3,), None, None, 0.0), second=False),
    Case(FLN, "infinity and NaN", call(values([[1.0, INF], [2, 3], [NAN, 0]]), (2,)), second=False),
    Case(FLN, "an int", call(LINES, 5)),
    Case(FLN, "a float", call(LINES, [5.0])),
    Case(FLN, "None", call(LINES, None)),
    Case(FLN, "weight of another shape", call(LINES, (5,), normal(3))),
    Case(FLN, "bias of another shape", call(LINES, (3, 5), normal(3, 5), normal(5))),
    Case(FLN, "weight before input", call(LINES, (4,), normal(5))),
    Case(FLN, "eps is None", call(LINES, (5,), None, None, None)),
    Case(FLN, "not a tensor", call(1.0, (5,))),
    Case(FLN, "weight is a number", call(LINES, (5,), 1.0)),
    Case(FLN, "integers", call(ones(2, 3).of("int64"), (3,))),
    Case(FLN, "integers with float weights", call(ones(2, 3).of("int64"), (3,), ones(3).of("float32"))),
    Case(
        FLN,
        "a bias of another dtype",
        call(*of("float32", LINES), (5,), normal(5).of("float32"), normal(5).of("float64")),
    ),
    Case(FLN, "half", call(LINES.of("float16"), (5,), *of("float16", normal(5), normal(5))), **ROUNDED),
    Case(FLN, "half, float weights", call(LINES.of("float16"), (5,), *of("float32", normal(5), normal(5))), **ROUNDED),
    Case(GN, "two groups", call(IMAGES), init=call(2, 4)),
    Case(GN, "one group", call(IMAGES), init=call(1, 4)),
    Case(GN, "each channel", call(IMAGES), init=call(4, 4)),
    Case(GN, "not affine", call(IMAGES), init=call(2, 4, affine=False)),
    Case(GN, "no bias", call(IMAGES), init=call(2, 4, bias=False)),
    Case(GN, "no places", call(normal(3, 4)), init=call(2, 4)),
    Case(GN, "no places, one group", call(normal(3, 4)), init=call(1, 4)),
    Case(GN, "no places, each channel", call(normal(3, 4)), init=call(4, 4), **CANCELLED),
    Case(GN, "volumes", call(VOLUMES), init=call(2, 4)),
    Case(GN, "large eps", call(IMAGES), init=call(2, 4, eps=0.5)),
    *layouts(GN, call(2, 4), IMAGES),
    Case(GN, "empty batch", call(normal(0, 4, 3)), init=call(2, 4)),
    Case(GN, "empty lines", call(normal(2, 4, 0)), init=call(2, 4), second=False),
    Case(GN, "no channels", call(normal(2, 0, 3)), init=call(2, 0)),
    Case(GN, "one value in each group", call(normal(1, 4)), init=call(4, 4)),
    Case(GN, "groups that do not divide", call(IMAGES), init=call(3, 4)),
    Case(GN, "no groups", call(IMAGES), init=call(0, 4)),
    Case(GN, "other channels", call(normal(2, 6, 3)), init=call(2, 4)),
    Case(GN, "channels that do not divide", call(normal(2, 5, 3)), init=call(2, 4)),
    Case(GN, "one dimension", call(normal(4)), init=call(2, 4)),
    Case(FGN, "weight of another shape", call(IMAGES, 2, normal(4, 1))),
    Case(FGN, "bias of another shape", call(IMAGES, 2, W4, normal(5))),
    Case(FGN, "negative groups", call(IMAGES, -2)),
    Case(FGN, "groups are a float", call(IMAGES, 2.0)),
    Case(FGN, "groups are None", call(IMAGES, None)),
    Case(FGN, "not a tensor", call(None, 2)),
    Case(FGN, "integers", call(ones(2, 4, 3).of("int64"), 2)),
    Case(FGN, "constant groups, eps 0", call(ones(2, 4, 2), 2, None, None, 0.0), second=False),
    Case(FGN, "half", call(*of("float16", IMAGES), 2, *of("float16", W4, B4)), **ROUNDED),
    Case(FGN, "half, float weights", call(IMAGES.of("float16"), 2, *of("float32", W4, B4)), second=False),
    Case(RMS, "one dimension", call(LINES), init=call(5)),
    Case(RMS, "two dimensions", call(LINES), init=call([3, 5])),
    Case(RMS, "no weight", call(LINES), init=call(5, elementwise_affine=False)),
    Case(RMS, "eps", call(LINES), init=call(5, 0.1)),
    Case(RMS, "empty batch", call(normal(0, 5)), init=call(5)),
    Case(RMS, "empty rows", call(normal(4, 0)), init=call(0)),
    Case(RMS, "another size", call(LINES), init=call(4)),
    Case(RMS, "another size, two dimensions", call(LINES), init=call((2, 5))),
    Case(RMS, "too many dimensions", call(normal(5)), init=call((3, 5))),
    Case(RMS, "0-d", call(normal()), init=call(5)),
    Case(FRMS, "zeros", call(zeros(2, 3), (3,), None, 0.0), second=False),
    Case(FRMS, "infinity and NaN", call(values([[1.0, INF], [2, 3], [NAN, 0]]), (2,)), second=False),
    Case(FRMS, "weight of another shape", call(LINES, (5,), normal(3))),
    Case(FRMS, "no dimensions", call(LINES, ())),
    Case(FRMS, "an int", call(LINES, 5)),
    Case(FRMS, "eps is text", call(LINES, (5,), None, "a")),
    Case(FRMS, "integers", call(ones(2, 3).of("int64"), (3,))),
    Case(FRMS, "complex", call(normal(2, 3).of("complex64"), (3,), None), second=False),
    Case(FRMS, "weight of another dtype", call(LINES.of("float32"), (5,), normal(5).of("float64")), second=False),
    Case(FRMS, "weight of half precision", call(LINES.of("float32"), (5,), normal(5).of("float16")), second=False),
    Case(FRMS, "weight of less precision", call(LINES.of("float64"), (5,), normal(5).of("float32")), second=False),
    Case(FRMS, "half", call(LINES.of("float16"), (5,), normal(5).of("float16")), second=False),
    Case(FRMS, "half, no weight", call(LINES.of("float16"), (5,)), second=False),
    Case(FRMS, "half, float weight", call(LINES.of("float16"), (5,), normal(5).of("float32")), second=False),
    *[Case(LRN, f"size {n}", call(normal(2, 6, 3)), init=call(n, 0.5, 0.6, 1.5)) for n in (1, 2, 3, 4, 6, 20)],
    Case(LRN, "images", call(normal(2, 6, 3, 2)), init=call(3)),
    Case(LRN, "volumes", call(normal(2, 6, 3, 2, 2)), init=call(2)),
    Case(LRN, "empty", call(normal(2, 6, 0)), init=call(2)),
    Case(LRN, "two dimensions", call(normal(2, 6)), init=call(2)),
    Case(LRN, "size 0", call(normal(2, 6, 3)), init=call(0)),
    Case(LRN, "size -1", call(normal(2, 6, 3)), init=call(-1)),
    Case(LRN, "size of 2.0", call(normal(2, 6, 3)), init=call(2.0)),
    Case(FLRN, "defaults", call(normal(2, 6, 3), 3)),
    Case(FLRN, "everything", call(normal(2, 6, 3), 3, 0.1, 2.0, 0.5)),
    Case(FLRN, "channels last", call(IMAGES.transposed(0, 2, 3, 1), 3)),
    Case(FLRN, "half", call(LINES.of("float16"), 3), second=False),
    Case(FLRN, "half, images", call(IMAGES.of("float16"), 3)),
    Case(FLRN, "integers", call(ones(2, 6, 3).of("int64"), 3)),
    *[
        Case(CROSS, f"size {n}", call(normal(2, 6, 3, 2)), init=call(n, 0.5, 0.6, 1.5), second=False)
        for n in range(1, 9)
    ],
    Case(CROSS, "defaults", call(normal(2, 6, 3, 2)), init=call(3), second=False),
    Case(CROSS, "second derivative", call(normal(2, 6, 3, 2)), init=call(3)),
    Case(CROSS, "size 0", call(normal(2, 6, 3, 2)), init=call(0)),
    Case(CROSS, "one channel", call(normal(2, 1, 3, 2)), init=call(3), second=False),
    Case(CROSS, "no channels", call(normal(2, 0, 3, 2)), init=call(3)),
    Case(CROSS, "empty batch", call(normal(0, 6, 3, 2)), init=call(3), second=False),
    Case(CROSS, "three dimensions", call(normal(2, 6, 3)), init=call(3)),
    Case(CROSS, "integers", call(ones(2, 6, 3, 2).of("int64")), init=call(3)),
]
