"""conv_tbc against a loop over its places."""

import numpy as np
import pytest

from refnn.ops.conv_tbc import conv_tbc


@pytest.mark.parametrize("time, kernel, pad", [(5, 3, 0), (5, 3, 2), (4, 1, 0), (2, 3, 0), (1, 4, 2), (0, 1, 1)])
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_values(time, kernel, pad, dtype):
    rng = np.random.default_rng(0)
    x, w, b = (rng.integers(-5, 5, shape).astype(dtype) for shape in ((time, 2, 3), (kernel, 3, 4), (4,)))
    places = time + 2 * pad - kernel + 1
    expected = np.zeros((places, 2, 4), dtype)
    for t, n, o in np.ndindex(*expected.shape):
        expected[t, n, o] = b[o]
        for k in range(kernel):
            if 0 <= t + k - pad < time:
                expected[t, n, o] += sum(x[t + k - pad, n, c] * w[k, c, o] for c in range(3))
    found = conv_tbc(x, w, b, pad=pad)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, expected)
