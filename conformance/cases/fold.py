"""Fold and Unfold: options, shapes, special values, wrong calls."""

import math

from conformance.harness.cases import Case, call, normal, ones, values

UNFOLD, FUNFOLD = "nn.Unfold", "nn.functional.unfold"
FOLD, FFOLD = "nn.Fold", "nn.functional.fold"

X, Y = normal(2, 3, 5, 6), normal(2, 12, 20)
WRONG = [
    {"kernel_size": 0}, {"dilation": 0}, {"stride": 0}, {"padding": -1}, {"kernel_size": (2, 2, 2)},
    {"stride": (1,)}, {"kernel_size": 2.0}, {"kernel_size": "a"}, {"kernel_size": True}, {"padding": (0, 1.5)},
    {"kernel_size": 0, "dilation": 0, "stride": 0, "padding": -1}, {"dilation": 0, "stride": 0, "padding": -1},
]  # fmt: skip

ROWS = [
    Case(UNFOLD, "square", call(X), init=call(2)),
    Case(UNFOLD, "every option", call(X), init=call((2, 3), dilation=(1, 2), padding=(2, 1), stride=(2, 1))),
    Case(UNFOLD, "no batch", call(normal(3, 5, 6)), init=call(3, padding=1)),
    Case(UNFOLD, "empty batch", call(normal(0, 3, 5, 6)), init=call(2)),
    Case(UNFOLD, "one window", call(normal(1, 1, 2, 2)), init=call(2)),
    Case(UNFOLD, "channels last", call(X.transposed(0, 3, 1, 2)), init=call(2)),
    Case(UNFOLD, "negative strides", call(X.flipped(0, 2)), init=call(2)),
    Case(
        UNFOLD, "special values", call(values([[[[math.nan, math.inf], [-math.inf, -0.0]]]])), init=call(2, padding=1)
    ),
    *[Case(UNFOLD, f"shape {shape}", call(normal(*shape)), init=call(2)) for shape in [(), (3,), (3, 4), (1,) * 5]],
    *[Case(UNFOLD, f"empty {shape}", call(normal(*shape)), init=call(2)) for shape in [(2, 0, 4, 4), (3, 0, 4)]],
    Case(UNFOLD, "no window fits", call(X), init=call((6, 2), padding=0, dilation=2)),
    *[Case(UNFOLD, f"dtype {d}", call(ones(1, 3, 4, 4).of(d)), init=call(2)) for d in ("int64", "bool", "complex64")],
    *[Case(FUNFOLD, f"wrong {options}", call(X, **{"kernel_size": 2, **options})) for options in WRONG],
    Case(FUNFOLD, "no tensor", call(1, 2)),
    Case(FOLD, "square", call(Y), init=call((5, 6), 2)),
    Case(FOLD, "one size", call(normal(2, 4, 16)), init=call(5, 2)),
    Case(
        FOLD,
        "every option",
        call(normal(2, 18, 12)),
        init=call((5, 6), (2, 3), dilation=(2, 1), padding=(1, 0), stride=(2, 1)),
    ),
    Case(FOLD, "no batch", call(normal(12, 20)), init=call((5, 6), 2)),
    Case(FOLD, "empty batch", call(normal(0, 12, 20)), init=call((5, 6), 2)),
    Case(FOLD, "negative strides", call(Y.flipped(0, 1, 2)), init=call((5, 6), 2)),
    Case(FOLD, "transposed", call(Y.transposed(0, 2, 1)), init=call((5, 6), 2)),
    Case(FOLD, "special values", call(values([[[math.nan], [math.inf], [-math.inf], [1.0]]])), init=call(2, 2)),
    *[Case(FOLD, f"shape {shape}", call(normal(*shape)), init=call((5, 6), 2)) for shape in [(20,), (1, 2, 12, 20)]],
    *[Case(FOLD, f"empty {shape}", call(normal(*shape)), init=call(1, 1)) for shape in [(2, 0, 1), (2, 4, 0), (0, 1)]],
    Case(FOLD, "rows that do not divide", call(normal(2, 13, 20)), init=call((5, 6), 2)),
    Case(FOLD, "too few columns", call(Y), init=call((5, 7), 2)),
    Case(FOLD, "no window fits", call(Y), init=call(1, 2)),
    Case(FOLD, "negative size", call(Y), init=call((-5, 6), 2)),
    *[
        Case(FOLD, f"dtype {d}", call(ones(2, 12, 20).of(d)), init=call((5, 6), 2))
        for d in ("int32", "bool", "complex64")
    ],
    *[Case(FFOLD, f"wrong {options}", call(Y, (5, 6), **{"kernel_size": 2, **options})) for options in WRONG],
    Case(FFOLD, "three sizes", call(Y, (5, 6, 7), 2)),
    Case(FFOLD, "float size", call(Y, 5.0, 2)),
    Case(FFOLD, "no tensor", call(1, (5, 6), 2)),
]
