"""grid_sample and affine_grid: modes, paddings, edges, far positions, NaN, shapes and dtypes, wrong calls."""

import math

from conformance.harness.cases import Case, call, normal, steps, uniform, values
from refnn.testing.conformance.compare import Tolerance

F, A = "nn.functional.grid_sample", "nn.functional.affine_grid"
X2, X3 = normal(2, 3, 4, 5), normal(2, 2, 3, 4, 5)
G2, G3 = uniform(2, 3, 4, 2, low=-1.5, high=1.5), uniform(2, 2, 3, 2, 3, low=-1.5, high=1.5)
EDGES = values([[[[-1, -1], [1, 1], [0, 0], [-0.75, 0.75], [1.25, -1.25], [3.7, -2.2], [-40, 30]]]])
ODD = values([[[[math.nan, 0.1], [0.1, math.nan], [math.inf, 0], [0, -math.inf], [1e20, 0], [-1e9, 0.3]]]])
ONE = normal(1, 2, 3, 4)
THETA2, THETA3 = normal(2, 2, 3), normal(2, 3, 4)
CUBIC = {
    "bicubic": {
        "tolerance": Tolerance(1e-5, 3e-4),
        "why": "float32: differences of cubics cancel; torch's error against float64 is up to 2.7e-4, refnn's 1.7e-4",
    }
}
PADDINGS = ("zeros", "border", "reflection")
ALL = [
    (mode, padding, corners)
    for mode in ("bilinear", "nearest", "bicubic")
    for padding in PADDINGS
    for corners in (True, False)
]

ROWS = [
    *[Case(F, f"{m}, {p}, corners {a}", call(X2, G2, m, p, a), **CUBIC.get(m, {})) for m, p, a in ALL],
    *[Case(F, f"edges: {m}, {p}, corners {a}", call(ONE, EDGES, m, p, a)) for m, p, a in ALL],
    *[Case(F, f"volumes: {m}, {p}, corners {a}", call(X3, G3, m, p, a)) for m, p, a in ALL],
    *[Case(F, f"one row: {p}, corners {a}", call(normal(2, 2, 1, 5), G2, "bilinear", p, a)) for _, p, a in ALL[:6]],
    *[
        Case(F, f"NaN, infinite, far: {m}", call(ONE, ODD, m, "zeros", False), second=False)
        for m in ("bilinear", "nearest", "bicubic")
    ],
    Case(
        F, "infinite pixels", call(values([[[[1, math.inf], [math.nan, 2]]]]), EDGES, align_corners=True), second=False
    ),
    Case(F, "corners not given", call(X2, G2)),
    Case(F, "empty batch", call(normal(0, 3, 4, 5), uniform(0, 3, 4, 2), align_corners=True)),
    Case(F, "no channels", call(normal(2, 0, 4, 5), G2, align_corners=True)),
    Case(F, "empty grid", call(X2, uniform(2, 0, 4, 2), align_corners=True)),
    Case(F, "channels last", call(X2.transposed(0, 2, 3, 1), G2, align_corners=True)),
    Case(F, "negative strides", call(X2.flipped(2, 3), G2.flipped(1), align_corners=True)),
    Case(F, "constant grid", call(X2, G2.constant(), align_corners=True)),
    Case(F, "constant image", call(X2.constant(), G2, align_corners=True)),
    Case(F, "no rows", call(normal(2, 3, 0, 5), G2, align_corners=True)),
    Case(F, "other batch", call(X2, uniform(1, 3, 4, 2), align_corners=True)),
    Case(F, "three coordinates", call(X2, uniform(2, 3, 4, 3), align_corners=True)),
    Case(F, "grid of one dimension less", call(X2, uniform(2, 3, 2), align_corners=True)),
    Case(F, "one dimension", call(normal(2, 3, 4), G2, align_corners=True)),
    Case(F, "integers", call(steps(2, 3, 4, 5).of("int64"), steps(2, 3, 4, 2).of("int64"), align_corners=True)),
    Case(F, "two dtypes", call(X2.of("float16"), G2, align_corners=True)),
    Case(F, "unknown mode", call(X2, G2, "linear")),
    Case(F, "unknown padding", call(X2, G2, "nearest", "edge")),
    Case(F, "not a tensor", call("x", G2, align_corners=True)),
    Case("grid_sampler", "numbers", call(X2, G2, 2, 1, True)),
    Case("grid_sampler_2d", "volumes", call(X3, G3, 0, 0, True)),
    Case("grid_sampler_3d", "volumes", call(X3, G3, 0, 2, False)),
    Case("grid_sampler_3d", "bicubic", call(X3, G3, 2, 2, False)),
    *[Case(A, f"images, corners {a}", call(THETA2, (2, 3, 4, 5), a)) for a in (None, True, False)],
    *[Case(A, f"volumes, corners {a}", call(THETA3, (2, 3, 4, 5, 2), a)) for a in (True, False)],
    *[Case(A, f"one row, corners {a}", call(THETA2, [2, 3, 1, 5], a)) for a in (True, False)],
    Case(A, "empty", call(THETA2, (2, 3, 0, 5), False)),
    Case(A, "other batch", call(THETA2, (3, 3, 4, 5), False)),
    Case(A, "matrix of another size", call(THETA3, (2, 3, 4, 5), False)),
    Case(A, "three sizes", call(THETA2, (2, 3, 4), False)),
    Case(A, "integers", call(steps(2, 2, 3).of("int64"), (2, 3, 4, 5), False)),
    Case("affine_grid_generator", "three sizes", call(THETA2, (2, 3, 4), False)),
    Case("affine_grid_generator", "matrix of another size", call(THETA3, (2, 3, 4, 5), False)),
]
