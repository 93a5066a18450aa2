"""Scratch memory: one buffer for each tag and thread, aligned, given back on request."""

import gc
import threading

import numpy as np
import pytest

from refnn.ops import _workspace


def test_a_tag_is_one_buffer():
    _workspace.clear()
    a = _workspace.empty((4, 5), np.float32, "a")
    b = _workspace.empty((20,), np.float32, "a")
    c = _workspace.empty((20,), np.float32, "c")
    assert np.shares_memory(a, b)
    assert not np.shares_memory(b, c)
    assert a.flags.c_contiguous
    assert a.shape == (4, 5)
    assert a.dtype == np.float32


def test_it_grows_and_serves_other_dtypes():
    _workspace.clear()
    small = _workspace.empty((3,), np.float64, "a")
    large = _workspace.empty((300,), np.complex128, "a")
    assert not np.shares_memory(small, large)
    assert np.shares_memory(large, _workspace.empty((3,), np.uint8, "a"))


def test_it_is_aligned():
    for n in (1, 7, 1000):
        _workspace.clear()
        assert _workspace.empty((n,), np.float32, "a").ctypes.data % 64 == 0


def test_large_buffers_are_not_kept():
    _workspace.clear()
    assert _workspace.empty((1 << 26,), np.uint8, "a").size == 1 << 26
    assert _workspace.held() == 0
    _workspace.empty((1000,), np.uint8, "a")
    assert 1000 <= _workspace.held() < 2000
    _workspace.clear()
    assert _workspace.held() == 0


def test_threads_do_not_share():
    mine = _workspace.empty((8,), np.float32, "a")
    theirs = []
    thread = threading.Thread(target=lambda: theirs.append(_workspace.empty((8,), np.float32, "a")))
    thread.start()
    thread.join()
    assert not np.shares_memory(mine, theirs[0])


LARGE = 1 << 20  # bytes


@pytest.fixture
def nothing_returned():
    gc.collect()
    _workspace.clear()
    yield
    _workspace.clear()


def test_memory_comes_back_with_the_last_reference(nothing_returned):
    a = _workspace.lend((LARGE // 4,), np.float32)
    address = a.ctypes.data
    view = a[1:].reshape(1, -1)
    del a
    other = _workspace.lend((LARGE // 4,), np.float32)
    assert not np.shares_memory(view, other)
    del view
    assert _workspace.held() == LARGE
    again = _workspace.lend((LARGE // 8,), np.float64)
    assert again.ctypes.data == address
    assert again.dtype == np.float64
    assert again.flags.c_contiguous
    assert again.flags.writeable
    assert _workspace.held() == 0


def test_another_size_is_other_memory(nothing_returned):
    _workspace.lend((LARGE,), np.uint8)
    assert _workspace.held() == LARGE
    b = _workspace.lend((LARGE + 1,), np.uint8)
    assert (b.size, _workspace.held()) == (LARGE + 1, LARGE)


def test_small_and_very_large_results_are_not_lent(nothing_returned):
    for size in (0, 1000, LARGE - 1, 1 << 26):
        _workspace.lend((size,), np.uint8)
        assert _workspace.held() == 0


def test_no_more_than_a_limit_is_kept(nothing_returned):
    arrays = [_workspace.lend((LARGE * 30 + k,), np.uint8) for k in range(4)]
    last = [array.ctypes.data for array in arrays][-2:]
    while arrays:
        arrays.pop(0)
    assert _workspace.held() <= 1 << 26
    assert [_workspace.lend((LARGE * 30 + k,), np.uint8).ctypes.data for k in (2, 3)] == last


def test_results_may_be_given_up_in_any_thread_at_any_time(nothing_returned):
    wrong = []

    def work(seed):
        kept = []
        for k in range(200):
            array = _workspace.lend((LARGE,), np.uint8)
            array[:4] = array[-4:] = value = (seed * 200 + k) % 256
            kept.append((array, value))
            if len(kept) > 3:
                old, expected = kept.pop(k % 4)
                if not (old[:4] == expected).all() or not (old[-4:] == expected).all():
                    wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("shape", [(), (3,), (0, 2), (2, 3, 4), (64, 32, 8, 20)])
def test_lend_like_keeps_the_order_of_memory(shape):
    for order in ("C", "F"):
        x = np.zeros(shape, np.float32, order)
        found = _workspace.lend_like(x)
        assert (found.shape, found.dtype, found.strides) == (x.shape, x.dtype, np.empty_like(x).strides)
    if len(shape) > 2:
        x = np.moveaxis(np.zeros(shape), 0, -2)
        assert _workspace.lend_like(x).strides == np.empty_like(x).strides
