"""Pooling to a size, fractional pooling, power averages, unpooling: ties, NaN, uneven windows, wrong calls."""

import math

from conformance.harness.cases import Case, call, normal, ones, steps, uniform, values
from refnn.testing.conformance.compare import Tolerance

NAN, INF = math.nan, math.inf
SHAPES = {1: (2, 3, 7), 2: (2, 3, 5, 6), 3: (2, 2, 4, 3, 5)}
SPECIAL = values([[[[NAN, 1, 2, NAN, 0], [3, NAN, INF, 0, 1], [-INF, 2, -INF, -INF, 2]]]])


def adaptive(kind, rank):
    """The rows that both kinds share; the maximum with its places."""
    name, x = f"nn.Adaptive{kind}Pool{rank}d", normal(*SHAPES[rank])
    flag = (True,) if kind == "Max" else ()
    wide = {1: normal(2, 3), 2: normal(2, 3), 3: normal(2, 3, 4)}[rank]
    return [
        *[Case(name, f"to {n}", call(x), init=call(n, *flag)) for n in (1, 2, 3, 9, 0, -1)],
        Case(name, "a size for each", call(x), init=call((2,) * rank, *flag)),
        Case(name, "None", call(x), init=call((None,) * rank, *flag)),
        Case(name, "too many sizes", call(x), init=call((2,) * 4, *flag)),
        Case(name, "fractional", call(x), init=call(2.5, *flag)),
        Case(name, "windows of one size", call(normal(2, 2, *(6,) * rank)), init=call(3, *flag)),
        Case(name, "ties", call(steps(*SHAPES[rank])), init=call(3, *flag)),
        Case(name, "no batch", call(normal(*SHAPES[rank][1:])), init=call(2, *flag)),
        Case(name, "empty batch", call(normal(0, *SHAPES[rank][1:])), init=call(2, *flag)),
        Case(name, "no channels", call(normal(2, 0, *SHAPES[rank][2:])), init=call(2, *flag)),
        Case(name, "no places", call(normal(*SHAPES[rank][:-1], 0)), init=call(2, *flag)),
        Case(name, "one place", call(normal(2, 3, *(1,) * rank)), init=call(3, *flag)),
        Case(name, "negative strides", call(x.flipped(1, rank + 1)), init=call(3, *flag)),
        Case(name, "strided", call(x.stepped()), init=call(3, *flag)),
        Case(name, "too few dimensions", call(wide), init=call(2, *flag)),
        *[Case(name, d, call(ones(*SHAPES[rank]).of(d)), init=call(2, *flag)) for d in ("int64", "bool")],
        Case(
            name,
            "half",
            call(x.of("float16")),
            init=call(2, *flag),
            tolerance=Tolerance(2e-3, 1e-3),
            why="torch divides and adds in float16, one axis after the other; refnn rounds once",
        ),
    ]


def unpool(rank):
    """Indices that are all different, and wrong calls."""
    name, lengths = f"nn.MaxUnpool{rank}d", {1: (3,), 2: (2, 3), 3: (2, 1, 2)}[rank]
    count = math.prod(lengths)
    x = normal(1, 2, *lengths)
    plane = [(5 * k + 1) % (count * 2**rank) for k in range(count)]
    index = _shaped([plane, plane[::-1]], (1, 2, *lengths))
    return [
        Case(name, "kernel 2", call(x, index), init=call(2)),
        Case(name, "one place twice", call(x, _shaped([[1] * count, [0] * count], (1, 2, *lengths))), init=call(2)),
        Case(name, "a larger result", call(x, index, [2 * n + 1 for n in lengths]), init=call(2)),
        Case(name, "too large a result", call(x, index, [9] * rank), init=call(2)),
        Case(name, "a size too many", call(x, index, [9] * (rank + 1)), init=call(2)),
        Case(name, "index outside", call(x, _shaped([[999] * count] * 2, (1, 2, *lengths))), init=call(2)),
        Case(name, "stride 0", call(x, index), init=call(2, 0)),
        Case(name, "other indices", call(normal(2, 2, *lengths), index), init=call(2)),
        Case(name, "integers", call(ones(1, 2, *lengths).of("int64"), index), init=call(2)),
        Case(name, "too many dimensions", call(normal(1, 1, 2, *lengths), index), init=call(2)),
    ]


def _shaped(planes, shape):
    import numpy as np

    return values(np.reshape(planes, shape).tolist()).of("int64")


def fractional(rank):
    """With given numbers, so that both draw the same; without, from the default generator's first numbers."""
    name, x = f"nn.FractionalMaxPool{rank}d", normal(2, 3, *(7, 8, 9)[:rank])
    samples = uniform(2, 3, rank).constant()
    f = f"nn.functional.fractional_max_pool{rank}d"
    return [
        *[
            Case(f, f"kernel {k} to {n}", call(x, k, n, return_indices=True, _random_samples=samples))
            for k, n in ((2, 3), (3, 1), ((2,) * rank, (4, 3, 2)[:rank]), (1, 6))
        ],
        Case(f, "ties", call(steps(2, 3, *(7, 8, 9)[:rank]), 3, 4, None, True, samples)),
        Case(f, "ratio", call(x, 2, output_ratio=(0.5, 0.6, 0.4)[:rank], _random_samples=samples)),
        Case(f, "no batch", call(normal(3, *(7, 8, 9)[:rank]), 2, 3, _random_samples=uniform(1, 3, rank).constant())),
        Case(f, "window too large", call(x, 9, 3, _random_samples=samples)),
        Case(f, "no size", call(x, 2)),
        Case(f, "samples for one image", call(x, 2, 3, _random_samples=uniform(1, 3, rank).constant())),
        Case(f, "samples of another kind", call(x, 2, 3, _random_samples=samples.of("float16").constant())),
        Case(f, "too many numbers for a window", call(x, (2, 2, 2, 2), 3, _random_samples=samples)),
        Case(name, "neither", call(x), init=call(2)),
        Case(name, "both", call(x), init=call(2, 3, 0.5)),
        Case(name, "ratio above 1", call(x), init=call(2, output_ratio=1.5)),
    ]


def power(rank):
    """Norms of several orders; the roots of negative sums."""
    name, x = f"nn.LPPool{rank}d", normal(2, 3, *(7, 6, 5)[:rank])
    return [
        *[Case(name, f"p = {p}", call(x), init=call(p, 2)) for p in (1, 2, 3, 1.5, INF, -INF)],
        Case(name, "stride and ceil_mode", call(x), init=call(2, 3, 2, True)),
        Case(name, "zeros", call(x), init=call(2, 2, 1)),
        Case(name, "p = 0", call(x), init=call(0, 2)),
        Case(name, "window too large", call(x), init=call(2, 9)),
    ]


ROWS = [
    *[row for kind in ("Avg", "Max") for rank in (1, 2, 3) for row in adaptive(kind, rank)],
    Case("nn.AdaptiveMaxPool2d", "NaN and infinities", call(SPECIAL), init=call(2, True)),
    Case("nn.AdaptiveMaxPool2d", "NaN and infinities, overlapping", call(SPECIAL), init=call((2, 4), True)),
    Case("nn.AdaptiveAvgPool2d", "NaN and infinities", call(SPECIAL), init=call((2, 4))),
    Case("nn.AdaptiveAvgPool2d", "channels last", call(normal(2, 3, 5, 6).transposed(0, 2, 3, 1)), init=call(3)),
    Case("nn.AdaptiveMaxPool2d", "channels last", call(normal(2, 3, 5, 6).transposed(0, 2, 3, 1)), init=call(3, True)),
    *[row for rank in (1, 2, 3) for row in unpool(rank)],
    *[row for rank in (2, 3) for row in fractional(rank)],
    *[row for rank in (1, 2, 3) for row in power(rank)],
]
