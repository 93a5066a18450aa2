"""Scratch memory: one buffer for each tag and thread, aligned, given back on request."""

import threading

import numpy as np

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
