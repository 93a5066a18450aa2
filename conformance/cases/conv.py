"""Conv2d: every option, layouts, special values, wrong calls."""

import math

from conformance.harness.cases import Case, call, normal, ones, values

M, F = "nn.Conv2d", "nn.functional.conv2d"
X = normal(2, 4, 6, 5)  # (N, C, H, W)
TBC = "nn.functional.conv_tbc"
SEQUENCE, TAPS = normal(7, 2, 3), normal(3, 3, 5)  # (T, B, C), (K, C, O)

ROWS = [
    Case(M, "kernel 3", call(X), init=call(4, 6, 3)),
    Case(M, "kernel 1", call(X), init=call(4, 6, 1)),
    Case(M, "no bias", call(X), init=call(4, 6, 3, bias=False)),
    Case(M, "rectangular kernel", call(X), init=call(4, 6, (3, 2))),
    Case(M, "kernel as large as the input", call(X), init=call(4, 6, (6, 5))),
    Case(M, "stride 2", call(X), init=call(4, 6, 3, stride=2)),
    Case(M, "two strides", call(X), init=call(4, 6, 2, stride=(1, 3))),
    Case(M, "stride beyond the kernel", call(X), init=call(4, 6, 1, stride=3)),
    Case(M, "padding 1", call(X), init=call(4, 6, 3, padding=1)),
    Case(M, "two paddings", call(X), init=call(4, 6, 3, padding=(0, 2))),
    Case(M, "padding beyond the kernel", call(X), init=call(4, 6, 2, padding=3)),
    Case(M, "padding valid", call(X), init=call(4, 6, 3, padding="valid")),
    Case(M, "padding same, odd kernel", call(X), init=call(4, 6, 3, padding="same")),
    Case(M, "padding same, even kernel", call(X), init=call(4, 6, (2, 4), padding="same")),
    Case(M, "padding same, dilation", call(X), init=call(4, 6, 2, padding="same", dilation=(1, 3))),
    Case(M, "dilation 2", call(X), init=call(4, 6, 2, dilation=2)),
    Case(M, "two dilations", call(X), init=call(4, 6, (3, 2), dilation=(2, 4))),
    Case(M, "groups", call(X), init=call(4, 6, 3, groups=2)),
    Case(M, "depthwise", call(X), init=call(4, 4, 3, groups=4)),
    Case(M, "depthwise, two outputs each", call(X), init=call(4, 8, 3, groups=4, padding=1)),
    Case(M, "all at once", call(X), init=call(4, 6, (3, 2), stride=2, padding=(2, 1), dilation=2, groups=2)),
    *(
        Case(M, f"{mode} padding", call(X), init=call(4, 6, 3, padding=(1, 2), padding_mode=mode))
        for mode in ("zeros", "reflect", "replicate", "circular")
    ),
    *(
        Case(M, f"{mode} padding, same", call(X), init=call(4, 6, (2, 3), padding="same", padding_mode=mode))
        for mode in ("zeros", "reflect", "replicate", "circular")
    ),
    Case(M, "replicate padding, stride and groups", call(X), init=call(4, 6, 3, 2, 1, 1, 2, True, "replicate")),
    Case(M, "unbatched", call(normal(4, 6, 5)), init=call(4, 6, 3, padding=1)),
    Case(M, "empty batch", call(normal(0, 4, 6, 5)), init=call(4, 6, 3)),
    Case(M, "channels last", call(X.transposed(0, 2, 3, 1)), init=call(4, 6, 3)),
    Case(M, "negative strides", call(X.flipped(0, 2, 3)), init=call(4, 6, 3, padding=1)),
    Case(M, "strided input", call(X.stepped()), init=call(4, 6, 3)),
    Case(
        M, "NaN and infinity", call(values([[[[1, 2, math.nan], [3, 4, 5], [math.inf, 0, 1.0]]]])), init=call(1, 2, 2)
    ),
    Case(M, "no gradient for the input", call(X.constant()), init=call(4, 6, 3)),
    Case(M, "wrong channels", call(normal(2, 3, 6, 5)), init=call(4, 6, 3)),
    Case(M, "wrong channels with groups", call(normal(2, 6, 6, 5)), init=call(4, 6, 3, groups=2)),
    Case(M, "kernel larger than the input", call(X), init=call(4, 6, 7)),
    Case(M, "two dimensions", call(normal(4, 6)), init=call(4, 6, 3)),
    Case(M, "five dimensions", call(normal(2, 4, 6, 5, 1)), init=call(4, 6, 3)),
    Case(M, "integers", call(ones(2, 4, 6, 5).of("int64")), init=call(4, 6, 3)),
    Case(M, "in_channels not divisible", call(X), init=call(5, 6, 3, groups=2)),
    Case(M, "out_channels not divisible", call(X), init=call(4, 5, 3, groups=2)),
    Case(M, "no groups", call(X), init=call(4, 6, 3, groups=0)),
    Case(M, "unknown padding", call(X), init=call(4, 6, 3, padding="full")),
    Case(M, "same with a stride", call(X), init=call(4, 6, 3, stride=2, padding="same")),
    Case(M, "unknown padding mode", call(X), init=call(4, 6, 3, padding_mode="edge")),
    Case(M, "stride 0", call(X), init=call(4, 6, 3, stride=0)),
    Case(M, "negative padding", call(X), init=call(4, 6, 3, padding=-1)),
    Case(M, "dilation 0", call(X), init=call(4, 6, 3, dilation=0)),
    Case(
        M, "reflect beyond the input", call(normal(1, 4, 2, 2)), init=call(4, 6, 3, padding=2, padding_mode="reflect")
    ),
    Case(F, "weight only", call(X, normal(6, 4, 3, 3))),
    Case(F, "weight and bias", call(X, normal(6, 4, 3, 3), normal(6))),
    Case(F, "weight with negative strides", call(X, normal(6, 4, 3, 3).flipped(2, 3), normal(6))),
    Case(F, "weight in channels last", call(X, normal(6, 4, 3, 3).transposed(0, 2, 3, 1), normal(6))),
    Case(F, "padding same", call(X, normal(6, 4, 2, 3), padding="same", dilation=2)),
    Case(F, "all by keyword", call(input=X, weight=normal(6, 2, 2, 2), bias=normal(6), stride=2, padding=1, groups=2)),
    Case(F, "lists for sizes", call(X, normal(6, 4, 2, 2), None, [1, 2], [1, 0], [2, 1])),
    Case(F, "bias of the wrong size", call(X, normal(6, 4, 3, 3), normal(5))),
    Case(F, "bias of two dimensions", call(X, normal(6, 4, 3, 3), normal(6, 1))),
    Case(F, "weight of three dimensions", call(X, normal(6, 4, 3))),
    Case(F, "dtypes differ", call(ones(1, 4, 6, 5).of("float32"), ones(6, 4, 3, 3).of("float64"))),
    Case(F, "three strides", call(X, normal(6, 4, 3, 3), stride=(1, 1, 1))),
    Case(F, "same with a stride", call(X, normal(6, 4, 3, 3), stride=2, padding="same")),
    Case(F, "unknown padding", call(X, normal(6, 4, 3, 3), padding="full")),
    Case(F, "fractional stride", call(X, normal(6, 4, 3, 3), stride=1.5)),
    Case(F, "not a tensor", call(None, normal(6, 4, 3, 3))),
    *[
        Case(TBC, title, call(x, w, b, *pad))
        for title, x, w, b, *pad in [
            ("time first", SEQUENCE, TAPS, normal(5)),
            ("padding 2", SEQUENCE, TAPS, normal(5), 2),
            ("no time", normal(0, 2, 3), TAPS, normal(5), 2),
            ("no batch", normal(7, 0, 3), TAPS, normal(5)),
            ("negative strides", SEQUENCE.flipped(0), TAPS.flipped(2), normal(5)),
            ("shorter than the kernel", normal(1, 2, 3), TAPS, normal(5)),
            ("negative padding", SEQUENCE, TAPS, normal(5), -2),
            ("two dimensions", normal(7, 3), TAPS, normal(5)),
            ("weight of two dimensions", SEQUENCE, normal(3, 5), normal(5)),
            ("bias of two dimensions", SEQUENCE, TAPS, normal(1, 5)),
            ("channels differ", SEQUENCE, normal(3, 2, 5), normal(5)),
            ("bias of another size", SEQUENCE, TAPS, normal(4)),
            ("time first, dtypes differ", SEQUENCE.of("float64"), TAPS.of("float32"), normal(5).of("float32")),
            ("float padding", SEQUENCE, TAPS, normal(5), 1.5),
            ("no bias", SEQUENCE, TAPS, None),
            ("too many arguments", SEQUENCE, TAPS, normal(5), 1, 2),
        ]
    ],
]
