"""Windows on memory: apart, overlapping, of a transposed matrix, of an expanded vector, before and beyond the input."""

from refnn.ops import strided as ops
from tests.ops.rows._rows import normal, row

WINDOWS = (
    {"size": (2, 2), "stride": (3, 1), "offset": 1, "own": (4, 1)},
    {"size": (3, 3), "stride": (1, 1), "offset": 0, "own": (4, 1)},
    {"size": (), "stride": (), "offset": 5, "own": (4, 1)},
    {"size": (0, 2), "stride": (1, 1), "offset": 0, "own": (4, 1)},
)

ROWS = [
    *[row(ops.as_strided, normal(3, 4), **window) for window in WINDOWS],
    *[row(ops.as_strided_backward, normal(*window["size"]), shape=(3, 4), **window) for window in WINDOWS],
    *[row(ops.as_strided_values, normal(3, 4), shape=(3, 4), **window) for window in WINDOWS],
    row(ops.as_strided_backward, normal(2, 2), shape=(3, 4), size=(2, 2), stride=(3, 1), offset=1, own=(1, 3)),
    row(ops.as_strided_backward, normal(3), shape=(2, 3), size=(3,), stride=(1,), offset=0, own=(0, 1)),
    row(ops.as_strided_values, normal(2, 3), shape=(2, 3), size=(3,), stride=(1,), offset=0, own=(0, 1)),
    row(ops.as_strided_backward, normal(5), shape=(2,), size=(5,), stride=(1,), offset=-2, own=(1,)),
]
