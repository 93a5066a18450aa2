"""linear_cross_entropy and its module, without options: forms of targets, biases, wrong calls."""

from conformance.cases.loss import every_reduction
from conformance.harness.cases import Case, call, classes, normal, uniform, values

F = "nn.functional.linear_cross_entropy"
X, W, B = normal(6, 4), normal(5, 4), normal(5)
T, GRID = classes(6, of=5), classes(6, 2, 3, of=5)
IGNORED = values([0, 1, -100, 3, 2, 2]).of("int64")
WEIGHT = uniform(5, low=0.1, high=2.0).constant()

L = "nn.LinearCrossEntropyLoss"

ROWS = [
    *[Case(F, f"classes, {r}", call(X, W, T, reduction=r)) for r in ("none", "sum", "mean")],
    *[
        Case(F, f"bias, weight, {r}", call(X, W, IGNORED, linear_bias=B, weight=WEIGHT, reduction=r))
        for r in ("none", "sum", "mean")
    ],
    Case(F, "a class ignored", call(X, W, T, ignore_index=2)),
    Case(F, "smoothing", call(X, W, T, linear_bias=B, label_smoothing=0.2)),
    Case(F, "grid", call(X, normal(5, 2, 3, 4), GRID, linear_bias=normal(5, 2, 3))),
    Case(F, "probabilities", call(X, W, uniform(6, 5))),
    Case(F, "probabilities of a grid", call(X, normal(5, 2, 4), uniform(6, 5, 2))),
    Case(F, "probabilities, ignore_index", call(X, W, uniform(6, 5), ignore_index=1)),
    Case(F, "one sample", call(normal(4), W, values(2).of("int64"))),
    Case(F, "one sample of a grid", call(normal(4), normal(5, 2, 4), classes(2, of=5))),
    Case(F, "empty batch", call(normal(0, 4), W, classes(0, of=5))),
    Case(F, "three-dimensional input", call(normal(2, 3, 4), W, T)),
    Case(F, "0-d input", call(normal(), W, T)),
    Case(F, "one-dimensional weight", call(X, normal(4), T)),
    Case(F, "features differ", call(X, normal(5, 3), T)),
    Case(F, "bias of another shape", call(X, W, T, linear_bias=normal(4))),
    Case(F, "class out of range", call(X, W, values([0, 1, 2, 3, 4, 5]).of("int64"))),
    Case(F, "unknown reduction", call(X, W, T, reduction="average")),
    *every_reduction(L, "classes", call(X, T), in_features=4, num_classes=5),
    *every_reduction(L, "bias and weight", call(X, IGNORED), in_features=4, num_classes=5, bias=True, weight=WEIGHT),
    *every_reduction(L, "grid", call(X, GRID), in_features=4, num_classes=5, out_features=(2, 3), bias=True),
    *every_reduction(L, "smoothing", call(X, T), in_features=4, num_classes=5, label_smoothing=0.3),
    Case(L, "weight of another shape", call(X, T), init=call(4, 5, weight=uniform(4).constant())),
    Case(L, "negative smoothing", call(X, T), init=call(4, 5, label_smoothing=-0.1)),
    Case(L, "smoothing above 1", call(X, T), init=call(4, 5, label_smoothing=1.5)),
    Case(L, "ignore_index", call(X, T), init=call(4, 5, ignore_index=2)),
]  # fmt: skip
