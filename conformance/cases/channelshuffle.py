"""Channel shuffle: groups, ranks, layouts, wrong calls."""

from conformance.harness.cases import Case, arange, call, normal

SHUFFLE, FUNCTION, NATIVE = "nn.ChannelShuffle", "nn.functional.channel_shuffle", "nn.functional.native_channel_shuffle"
X = normal(2, 12, 3, 2)

ROWS = [
    *(Case(SHUFFLE, f"{g} groups", call(X), init=call(g)) for g in (1, 2, 3, 4, 6, 12)),
    *(Case(SHUFFLE, f"{g!r} groups", call(X), init=call(g)) for g in (5, 24, 0, -1, 2.0, "a")),
    Case(SHUFFLE, "three dimensions", call(normal(2, 6, 3)), init=call(3)),
    Case(SHUFFLE, "five dimensions", call(normal(2, 6, 1, 2, 2)), init=call(2)),
    Case(SHUFFLE, "two dimensions", call(normal(2, 4)), init=call(2)),
    Case(SHUFFLE, "channels last", call(X.transposed(0, 2, 3, 1)), init=call(3)),
    Case(SHUFFLE, "transposed", call(X.transposed(0, 1, 3, 2)), init=call(3)),
    Case(SHUFFLE, "negative strides", call(X.flipped(0, 1, 2, 3)), init=call(3)),
    Case(SHUFFLE, "empty batch", call(normal(0, 4, 2)), init=call(2)),
    Case(SHUFFLE, "no channels", call(normal(2, 0, 2)), init=call(2)),
    Case(SHUFFLE, "no places", call(normal(2, 4, 0)), init=call(2)),
    Case(FUNCTION, "integers", call(arange(1, 6, 2).of("int64"), 3)),
    Case(FUNCTION, "half precision", call(arange(1, 6, 2).of("float16"), 3)),
    Case(FUNCTION, "not a tensor", call([1.0], 2)),
    Case(NATIVE, "values", call(X.constant(), 3)),
    Case(NATIVE, "with a gradient", call(X, 3)),
    Case(NATIVE, "groups that do not divide", call(X, 5)),
]
