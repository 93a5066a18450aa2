"""Interpolation: every mode, sizes and factors, corners, layouts, dtypes, wrong calls; the layers of it."""

import math

from conformance.harness.cases import Case, arange, call, normal, ones, uniform, values
from refnn.testing.conformance.compare import Tolerance

F, UP = "nn.functional.interpolate", "nn.Upsample"
X1, X2, X3 = normal(2, 3, 7), normal(2, 4, 5, 6), normal(2, 2, 4, 3, 5)
SPECIAL = values([[[[math.nan, 1, 2, -math.inf], [3, math.inf, 0, 1], [0, 2, 1, 1]]]])
MODES = {"nearest": X2, "nearest-exact": X2, "linear": X1, "bilinear": X2, "bicubic": X2, "trilinear": X3, "area": X2}
SIZES = (1, 3, 13)
FACTORS = (0.4, 1.1, 1.6, 2, 2.7)
HALF = Tolerance(2e-3, 4e-3)
BYTES = uniform(2, 3, 6, 5, high=256).of("uint8")

ROWS = [
    *[Case(F, f"{m}, size {n}", call(x, n, mode=m)) for m, x in MODES.items() for n in SIZES],
    *[Case(F, f"{m}, factor {s}", call(x, scale_factor=s, mode=m)) for m, x in MODES.items() for s in FACTORS],
    *[
        Case(F, f"{m}, corners aligned, size {n}", call(MODES[m], n, mode=m, align_corners=True))
        for m in ("linear", "bilinear", "bicubic", "trilinear")
        for n in SIZES
    ],
    *[
        Case(F, f"{m}, antialias, {by}", call(X2, mode=m, antialias=True, **by))
        for m in ("bilinear", "bicubic", "lanczos")
        for by in ({"size": 3}, {"size": (9, 2)}, {"scale_factor": 0.4}, {"scale_factor": (2, 0.7)})
    ],
    *[
        Case(F, f"{m}, uint8, antialias {a}", call(BYTES, (9, 3), mode=m, antialias=a))
        for m, a in (("bilinear", False), ("bilinear", True), ("bicubic", False), ("bicubic", True), ("lanczos", True))
    ],
    *[Case(F, f"{m}, uint8", call(BYTES, (9, 3), mode=m)) for m in ("nearest", "nearest-exact", "linear", "area")],
    *[
        Case(
            F, f"{m}, half", call(x.of("float16"), 5, mode=m), tolerance=HALF, why="torch rounds in between, refnn once"
        )
        for m, x in MODES.items()
    ],
    *[Case(F, f"{m}, {d}", call(x.of(d), 5, mode=m)) for m, x in MODES.items() for d in ("int64", "bool")],
    *[Case(F, f"{m}, empty batch", call(normal(0, 2, 4, 4), 3, mode=m)) for m in ("nearest", "bilinear", "bicubic")],
    Case(F, "factor unrounded", call(arange(1, 1, 3), scale_factor=1.6, mode="linear")),
    Case(F, "factor recomputed", call(arange(1, 1, 3), scale_factor=1.6, mode="linear", recompute_scale_factor=True)),
    Case(F, "two factors", call(X2, scale_factor=(2, 0.5))),
    Case(F, "from one place", call(normal(2, 3, 1, 1), (3, 4), mode="bilinear")),
    Case(F, "one hundred places", call(arange(1, 1, 62), 28)),
    Case(F, "rounding in one dimension", call(arange(1, 1, 2), 97, mode="nearest-exact")),
    Case(F, "rounding in two", call(arange(1, 1, 2, 1), (97, 1), mode="nearest-exact")),
    *[Case(F, f"{m}, NaN and infinities", call(SPECIAL, (5, 3), mode=m)) for m in ("nearest", "bilinear", "bicubic")],
    Case(F, "NaN and infinities, size kept", call(SPECIAL, (3, 4), mode="bilinear")),
    Case(F, "channels last", call(X2.transposed(0, 2, 3, 1), 7, mode="bilinear")),
    Case(F, "negative strides", call(X2.flipped(2, 3), 7, mode="bilinear")),
    Case(F, "strided", call(X2.stepped(), 4, mode="nearest")),
    Case(F, "no channels", call(normal(2, 0, 3, 3), 4)),
    Case(F, "no rows", call(normal(2, 1, 0, 3), 4)),
    Case(F, "size 0", call(X2, 0)),
    Case(F, "negative factor", call(X1, scale_factor=-1.0)),
    Case(F, "factor that leaves nothing", call(X3, scale_factor=0.1)),
    Case(F, "neither", call(X2)),
    Case(F, "both", call(X2, 3, 2)),
    Case(F, "too many sizes", call(X2, (1, 2, 3))),
    Case(F, "too many factors", call(X2, scale_factor=(1, 2, 3))),
    Case(F, "fractional size", call(X2, 2.5)),
    Case(F, "fractional sizes", call(X2, [2.5, 3])),
    Case(F, "text for a factor", call(X2, scale_factor="a")),
    Case(F, "NaN for a factor", call(X2, scale_factor=math.nan)),
    Case(F, "unknown mode", call(X2, 3, mode="cubic")),
    Case(F, "corners of nearest", call(X2, 3, align_corners=True)),
    Case(F, "linear images", call(X2, 3, mode="linear")),
    Case(F, "two dimensions", call(normal(3, 4), 3)),
    Case(F, "antialias of nearest", call(X2, 3, antialias=True)),
    Case(F, "lanczos without antialias", call(X2, 3, mode="lanczos")),
    Case(F, "lanczos, corners aligned", call(X2, 3, mode="lanczos", antialias=True, align_corners=True)),
    Case(F, "factor recomputed of a size", call(X2, 3, recompute_scale_factor=True)),
    Case(F, "not a tensor", call("x", 3)),
    *[Case(f"nn.functional.{f}", "size", call(X2, 7)) for f in ("upsample", "upsample_nearest", "upsample_bilinear")],
    Case("nn.functional.upsample", "mode", call(X1, None, 2, "linear", True)),
    Case("nn.functional.upsample_bilinear", "volumes", call(X3, 7)),
    Case(UP, "factor", call(X2), init=call(scale_factor=2)),
    Case(UP, "factors", call(X2), init=call(scale_factor=(2, 3), mode="bilinear", align_corners=True)),
    Case(UP, "size", call(X1), init=call(5, mode="linear")),
    Case(UP, "factor recomputed", call(X2), init=call(scale_factor=1.6, recompute_scale_factor=True)),
    Case(UP, "factor unrounded", call(X1), init=call(scale_factor=1.6, mode="linear")),
    Case(UP, "neither", call(X2), init=call()),
    Case("nn.UpsamplingNearest2d", "size", call(X2), init=call(7)),
    Case("nn.UpsamplingNearest2d", "factor", call(X2), init=call(scale_factor=2)),
    Case("nn.UpsamplingBilinear2d", "factor", call(ones(1, 2, 3, 3)), init=call(scale_factor=2)),
    Case("nn.UpsamplingBilinear2d", "size", call(X2), init=call((3, 9))),
]
