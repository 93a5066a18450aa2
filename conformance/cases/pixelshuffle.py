"""Pixel shuffle and its inverse: factors, ranks, layouts, wrong calls."""

from conformance.harness.cases import Case, arange, call, normal

UP, DOWN = "nn.PixelShuffle", "nn.PixelUnshuffle"
FUNCTIONS = ("nn.functional.pixel_shuffle", "nn.functional.pixel_unshuffle")
CHANNELS, PLACES = normal(2, 36, 2, 3), normal(2, 2, 6, 12)


def layouts(module, x):
    """How the input lies in memory."""
    return [
        Case(module, "channels last", call(x.transposed(0, 2, 3, 1)), init=call(2)),
        Case(module, "transposed", call(x.transposed(0, 1, 3, 2)), init=call(2)),
        Case(module, "negative strides", call(x.flipped(0, 1, 2, 3)), init=call(2)),
    ]


ROWS = [
    *(Case(UP, f"factor {r!r}", call(CHANNELS), init=call(r)) for r in (1, 2, 3, 6, 4, 0, -1, 2.0, "a")),
    *layouts(UP, CHANNELS),
    Case(UP, "three dimensions", call(normal(8, 2, 3)), init=call(2)),
    Case(UP, "five dimensions", call(normal(2, 1, 4, 2, 3)), init=call(2)),
    Case(UP, "two dimensions", call(normal(4, 2)), init=call(2)),
    Case(UP, "empty batch", call(normal(0, 4, 2, 2)), init=call(2)),
    Case(UP, "no channels", call(normal(1, 0, 2, 2)), init=call(2)),
    Case(UP, "no places", call(normal(1, 4, 0, 2)), init=call(2)),
    *(Case(DOWN, f"factor {r!r}", call(PLACES), init=call(r)) for r in (1, 2, 3, 6, 4, 5, 0, -1, 2.0, "a")),
    *layouts(DOWN, PLACES),
    Case(DOWN, "three dimensions", call(normal(2, 4, 6)), init=call(2)),
    Case(DOWN, "five dimensions", call(normal(2, 1, 2, 4, 2)), init=call(2)),
    Case(DOWN, "two dimensions", call(normal(4, 2)), init=call(2)),
    Case(DOWN, "width that is not divisible", call(normal(1, 4, 3)), init=call(2)),
    # torch's own backward fails there
    Case(DOWN, "empty batch", call(normal(0, 1, 4, 4).constant()), init=call(2)),
    Case(DOWN, "no places", call(normal(1, 1, 0, 2).constant()), init=call(2)),
    *(Case(f, "integers", call(arange(1, 4, 2, 2).of("int64"), 2)) for f in FUNCTIONS),
    *(Case(f, "not a tensor", call([1.0], 2)) for f in FUNCTIONS),
]
