"""Elementwise kernels in blocks: the same as in one piece, whatever the order in memory and the threads."""

import numpy as np
import pytest

from refnn.ops import _blocks, _threads


def kernel(x, y, out):
    np.multiply(x, y, out=out)
    out += 1


LAYOUTS = {
    "C": lambda a: a,
    "Fortran": np.asfortranarray,
    "channels last": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1),
    "strided": lambda a: np.repeat(a, 2, -1)[..., ::2],
    "reversed": lambda a: np.flip(np.flip(a, 0).copy(), 0),
}


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("of_y", LAYOUTS)
@pytest.mark.parametrize("of_x", LAYOUTS)
def test_blocks_give_what_one_piece_gives(of_x, of_y, threads, monkeypatch, one_threaded_blas):
    monkeypatch.setattr(_threads, "_count", threads)
    monkeypatch.setattr(_blocks, "BLOCK", 7)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 3, 4, 5, 6))
    found = _blocks.blockwise(kernel, LAYOUTS[of_x](x), LAYOUTS[of_y](y))
    np.testing.assert_array_equal(found, x * y + 1)


def test_it_divides_arrays_that_lie_alike(monkeypatch):
    monkeypatch.setattr(_blocks, "BLOCK", 7)
    sizes = []
    x = LAYOUTS["channels last"](np.ones((2, 3, 4, 5)))
    _blocks.blockwise(lambda a, b, out: sizes.append((a.size, b.size, out.size)), x, x)
    assert sizes == [(7, 7, 7)] * 17 + [(1, 1, 1)]
