"""Small buffers within, the caller's own outside, whatever happens; results do not change."""

import numpy as np
import pytest

from refnn.ops import _buffers, _threads


def test_the_buffer_is_small_inside_only():
    before = np.getbufsize()
    with _buffers.in_place(_buffers.MANY):
        assert np.getbufsize() == _buffers.ROW
    assert np.getbufsize() == before
    with pytest.raises(KeyError), _buffers.in_place(_buffers.MANY):
        raise KeyError
    assert np.getbufsize() == before


def test_little_work_is_left_alone():
    before = np.getbufsize()
    with _buffers.in_place(_buffers.MANY - 1):
        assert np.getbufsize() == before


def test_threads_have_it_too(monkeypatch, one_threaded_blas):
    monkeypatch.setattr(_threads, "_count", 3)
    with _buffers.in_place(_buffers.MANY):
        sizes = _threads.deal(range(3), lambda _: np.getbufsize(), 1.0)
    assert sizes == [_buffers.ROW] * 3


@pytest.mark.parametrize("row", [3, 300, 700, 3000])
def test_results_do_not_change(row):
    x = np.arange(20.0 * row).reshape(10, 2, row)
    expected = np.array([a[0] + a[1] for a in x])
    with _buffers.in_place(_buffers.MANY):
        np.testing.assert_array_equal(np.add(x[:, 0], x[:, 1]), expected)
