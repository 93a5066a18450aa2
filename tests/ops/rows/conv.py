"""Convolutions of each rank and by each kernel: columns, depthwise, Winograd; strides, dilation, groups."""

from refnn.ops import conv as ops
from tests.ops.rows._rows import compound, normal, row

FORMS = (  # x, weight, stride, padding, dilation, groups
    ((2, 2, 5), (3, 2, 2), (1,), ((0, 0),), (1,), 1),
    ((1, 2, 7), (2, 1, 3), (2,), ((2, 1),), (2,), 2),
    ((1, 2, 4, 3), (2, 2, 3, 2), (1, 2), ((1, 1), (0, 1)), (1, 1), 1),
    ((1, 4, 4, 4), (4, 1, 3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 4),
    ((1, 2, 3, 3), (3, 2, 1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    ((1, 1, 3, 3, 3), (2, 1, 2, 2, 2), (1, 2, 1), ((0, 0), (1, 0), (0, 0)), (1, 1, 1), 1),
)


def places(x, weight, stride, padding, dilation):
    axes = zip(x[2:], weight[2:], stride, padding, dilation, strict=True)
    return tuple((n + a + b - d * (k - 1) - 1) // s + 1 for n, k, s, (a, b), d in axes)


def rows_of(x, weight, stride, padding, dilation, groups):
    form = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    y = (x[0], weight[0], *places(x, weight, stride, padding, dilation))
    return [
        row(ops.conv, normal(*x), normal(*weight), None, **form),
        row(ops.conv, normal(*x), normal(*weight), normal(weight[0]), **form),
        row(ops.conv_transpose, normal(*y), normal(*weight), None, size=x[2:], **form),
        row(ops.conv_transpose, normal(*y), normal(*weight), normal(x[1]), size=x[2:], **form),
        row(ops.conv_weight, normal(*x), normal(*y), kernel=weight[2:], **form),
    ]


PLAIN = {"stride": (1,), "padding": ((1, 0),), "dilation": (1,), "groups": 1}

ROWS = [
    *[r for form in FORMS for r in rows_of(*form)],
    row(ops.conv, compound(1, 2, 3), compound(2, 2, 2), None, **PLAIN),
    row(ops.conv, normal(0, 2, 3), normal(2, 2, 2), normal(2), **PLAIN),
    row(ops.channel_sum, normal(2, 3, 4)),
    row(ops.channel_sum, normal(0, 3, 4)),
]
