"""Padding layers: every mode and rank, one number and several, crops, shapes, wrong calls."""

import math

from conformance.harness.cases import Case, call, normal, ones, values

SIZES = {1: (2, 3, 5), 2: (2, 3, 4, 5), 3: (2, 3, 4, 5, 3)}
PADS = {1: (2, 1), 2: (1, 2, 0, 3), 3: (1, 2, 0, 3, 1, 1)}
CROPS = {1: (-1, 2), 2: (-1, 2, 1, -2), 3: (-1, 2, 1, -2, 0, -1)}
LINE = values([[[1.0, math.nan, -0.0, math.inf]]])


def layer(kind, rank, value):
    """The rows that all kinds share."""
    name, x, extra = f"nn.{kind}Pad{rank}d", normal(*SIZES[rank]), (value,) * (kind == "Constant")
    return [
        Case(name, "one number", call(x), init=call(2, *extra)),
        Case(name, "a number for each end", call(x), init=call(PADS[rank], *extra)),
        Case(name, "a list", call(x), init=call(list(PADS[rank]), *extra)),
        Case(name, "crops", call(x), init=call(CROPS[rank], *extra)),
        Case(name, "nothing", call(x), init=call(0, *extra)),
        Case(name, "fewer dimensions than the name says", call(x), init=call((1, 1), *extra)),
        Case(name, "no batch", call(normal(*SIZES[rank][1:])), init=call(1, *extra)),
        Case(name, "empty batch", call(normal(0, *SIZES[rank][1:])), init=call(1, *extra)),
        Case(name, "no channels", call(normal(2, 0, *SIZES[rank][2:])), init=call(1, *extra)),
        Case(name, "negative strides", call(x.flipped(0, rank + 1)), init=call(1, *extra)),
        Case(name, "as large as the input", call(x), init=call(SIZES[rank][-1], *extra)),
        Case(name, "larger than the input", call(x), init=call((7, 7, *(0,) * (2 * rank - 2)), *extra)),
        Case(name, "all cropped", call(x), init=call(-3, *extra)),
        Case(name, "too many dimensions", call(normal(1, 1, 1, 2, 2, 2, 2)), init=call(1, *extra)),
        Case(name, "too few", call(normal(3)), init=call(1, *extra)),
        Case(name, "0-d", call(values(1.0)), init=call(1, *extra)),
        Case(name, "odd", call(x), init=call((1, 2, 3), *extra)),
        Case(name, "float padding", call(x), init=call(1.5, *extra)),
        Case(name, "text", call(x), init=call("ab", *extra)),
        *[Case(name, f"dtype {d}", call(ones(*SIZES[rank]).of(d)), init=call(1, *extra)) for d in ("int64", "bool")],
    ]


ROWS = [
    *[
        row
        for kind in ("Constant", "Zero", "Reflection", "Replication", "Circular")
        for rank in (1, 2, 3)
        for row in layer(kind, rank, -1.5)
    ],
    *[
        Case(f"nn.{kind}Pad1d", "special values", call(LINE), init=call(2))
        for kind in ("Zero", "Reflection", "Replication", "Circular")
    ],
    *[
        Case("nn.ConstantPad2d", f"value {v}", call(normal(1, 1, 2, 2)), init=call(1, v))
        for v in (math.nan, math.inf, -0.0, 3, True, 1e300, None, "a")
    ],
    Case("nn.ConstantPad1d", "300 in uint8", call(ones(2, 3).of("uint8")), init=call(1, 300.0)),
]
