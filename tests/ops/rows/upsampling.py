"""Interpolation: every kind, more places and fewer, as many; corners aligned; factors; a kind for each axis."""

from refnn.ops import upsampling as ops
from refnn.ops._resampling import Axis
from tests.ops.rows._rows import normal, row

KINDS = ("nearest", "nearest-exact", "nearest-exact fused", "linear", "cubic")
SMOOTH = ("smooth linear", "smooth cubic", "smooth lanczos")


def rows(*axes):
    size, length = [axis.size for axis in axes], [axis.length for axis in axes]
    return [
        row(ops.interpolate, normal(2, 1, *size), axes=axes, back=axes),
        row(ops.interpolate_backward, normal(2, 1, *length), axes=axes, back=axes),
    ]


ROWS = [
    *[
        r
        for kind in (*KINDS, *SMOOTH)
        for n, m in ((3, 5), (5, 2), (3, 3))
        for r in rows(Axis(kind, n, m, double=True))
    ],
    *[
        r
        for kind in ("linear", "cubic")
        for r in rows(Axis(kind, 4, 6, None, True, True), Axis(kind, 3, 1, None, True))
    ],
    *rows(Axis("linear", 3, 4, 1.6, double=True)),
    *rows(Axis("same", 3, 3), Axis("linear", 2, 5, double=True)),
    *rows(*(Axis("linear", n, m, double=True) for n, m in ((2, 3), (3, 2), (2, 4)))),
    *rows(Axis("linear", 200, 3, double=True)),
]
