"""RNN: every option, initial states, layouts, wrong calls."""

import math

import torch

from conformance.harness.cases import Case, call, normal, ones, values

M = "nn.RNN"
X = normal(5, 2, 3)  # (L, N, H_in)

ROWS = [
    Case(M, "one layer", call(X), init=call(3, 4)),
    Case(M, "relu", call(X), init=call(3, 4, nonlinearity="relu")),
    Case(M, "no bias", call(X), init=call(3, 4, bias=False)),
    Case(M, "two layers", call(X), init=call(3, 4, 2)),
    Case(M, "three layers, relu", call(X), init=call(3, 4, num_layers=3, nonlinearity="relu")),
    Case(M, "bidirectional", call(X), init=call(3, 4, bidirectional=True)),
    Case(M, "bidirectional, two layers, no bias", call(X), init=call(3, 4, 2, bias=False, bidirectional=True)),
    Case(M, "batch first", call(normal(2, 5, 3)), init=call(3, 4, batch_first=True)),
    Case(M, "batch first, both directions", call(normal(2, 5, 3)), init=call(3, 4, 2, "relu", True, True, 0.0, True)),
    Case(M, "initial state", call(X, normal(1, 2, 4)), init=call(3, 4)),
    Case(M, "initial states of all", call(X, normal(4, 2, 4)), init=call(3, 4, 2, bidirectional=True)),
    Case(M, "initial state by keyword", call(X, hx=normal(1, 2, 4)), init=call(3, 4)),
    Case(M, "unbatched", call(normal(5, 3)), init=call(3, 4)),
    Case(M, "unbatched, initial state", call(normal(5, 3), normal(2, 4)), init=call(3, 4, bidirectional=True)),
    Case(M, "unbatched, batch first", call(normal(5, 3)), init=call(3, 4, 2, batch_first=True)),
    Case(M, "dropout between layers", call(X), init=call(3, 4, 3, dropout=0.4)),
    Case(M, "dropout, both directions", call(X), init=call(3, 4, 2, dropout=0.5, bidirectional=True)),
    Case(M, "dropout 1", call(X), init=call(3, 4, 2, dropout=1.0)),
    Case(M, "dropout on one layer warns", call(X), init=call(3, 4, dropout=0.5)),
    Case(M, "one step", call(normal(1, 2, 3)), init=call(3, 4, 2)),
    Case(M, "sizes of one", call(normal(3, 1, 1)), init=call(1, 1)),
    Case(M, "empty batch", call(normal(5, 0, 3)), init=call(3, 4)),
    Case(M, "transposed input", call(X.transposed(1, 0, 2)), init=call(3, 4)),
    Case(M, "negative strides", call(X.flipped(0, 2)), init=call(3, 4, bidirectional=True)),
    Case(M, "NaN in one sequence", call(values([[[1.0], [math.nan]], [[2.0], [3.0]]])), init=call(1, 2)),
    Case(M, "infinity", call(values([[[math.inf], [-math.inf]], [[2.0], [3.0]]])), init=call(1, 2)),
    # Not to the second order: 0 · ∞ appears or not with the order of the products.
    Case(
        M,
        "relu of infinity",
        call(values([[[math.inf], [-math.inf]]])),
        init=call(1, 2, nonlinearity="relu"),
        second=False,
    ),
    Case(M, "double by keyword", call(ones(5, 2, 3).of("float64")), init=call(3, 4, dtype=torch.float64)),
    Case(M, "no steps", call(normal(0, 2, 3)), init=call(3, 4)),
    Case(M, "wrong features", call(normal(5, 2, 2)), init=call(3, 4)),
    Case(M, "one dimension", call(normal(3)), init=call(3, 4)),
    Case(M, "four dimensions", call(normal(1, 5, 2, 3)), init=call(3, 4)),
    Case(M, "wrong initial state", call(X, normal(2, 2, 4)), init=call(3, 4)),
    Case(M, "wrong state features", call(X, normal(1, 2, 3)), init=call(3, 4)),
    Case(M, "unbatched state for a batch", call(X, normal(1, 4)), init=call(3, 4)),
    Case(M, "batched state for one sequence", call(normal(5, 3), normal(1, 1, 4)), init=call(3, 4)),
    Case(M, "dtypes differ", call(ones(5, 2, 3).of("int64")), init=call(3, 4)),
    Case(M, "unknown nonlinearity", call(X), init=call(3, 4, nonlinearity="sigmoid")),
    Case(M, "hidden size 0", call(X), init=call(3, 0)),
    Case(M, "fractional hidden size", call(X), init=call(3, 4.0)),
    Case(M, "no layers", call(X), init=call(3, 4, 0)),
    Case(M, "dropout beyond 1", call(X), init=call(3, 4, 2, dropout=1.5)),
    Case(M, "dropout not a number", call(X), init=call(3, 4, 2, dropout="much")),
    Case(M, "dropout a bool", call(X), init=call(3, 4, 2, dropout=True)),
    Case(M, "nonlinearity twice", call(X), init=call(3, 4, 1, "tanh", nonlinearity="relu")),
    Case(M, "unknown keyword", call(X), init=call(3, 4, proj_size=2)),
]
