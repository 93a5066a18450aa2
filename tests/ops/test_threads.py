"""Work dealt out to threads: all of it, in order, with one BLAS thread; failures surface; a fork starts anew."""

import itertools
import math
import os
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

import refnn
from refnn.ops import _threads

LONG = 1e6  # µs: worth any number of threads


class Blas:
    """What threadpoolctl gives for a library."""

    def __init__(self, threads=4, obeys=True):
        self.threads, self.obeys = threads, obeys

    def get_num_threads(self):
        return self.threads

    def set_num_threads(self, n):
        if self.obeys:
            self.threads = n


@pytest.fixture
def blas(monkeypatch):
    library = Blas()
    monkeypatch.setattr(_threads, "_libraries", [library])
    monkeypatch.setattr(_threads, "_count", 3)
    monkeypatch.setattr(_threads, "_dealt", -math.inf)
    return library


def names(items):
    return threading.current_thread().name, list(items)


def test_parts_are_consecutive_and_each_has_a_thread(blas):
    together = threading.Barrier(3, timeout=30)

    def work(items):
        together.wait()  # passes only if all parts run at once
        return threading.get_ident(), list(items)

    for count in (3, 4, 11):
        found = _threads.deal(range(count), work, LONG)
        assert len({ident for ident, _ in found}) == 3
        assert found[0][0] == threading.get_ident()
        assert list(itertools.chain(*(items for _, items in found))) == list(range(count))
        assert max(len(items) for _, items in found) - min(len(items) for _, items in found) <= 1


@pytest.mark.parametrize(
    "items, time",
    [((), LONG), ((7,), LONG), ((1, 2, 3), 1.0), ((1, 2, 3), 2 * _threads.LEAST - 1)],
    ids=["none", "one item", "little work", "not enough for two"],
)
def test_small_work_stays_here(blas, items, time):
    assert _threads.deal(items, names, time) == [(threading.current_thread().name, list(items))]


def test_no_more_parts_than_the_time_is_worth(blas):
    assert len(_threads.deal(range(9), names, 2 * _threads.LEAST)) == 2


def test_blas_has_one_thread_inside_and_its_own_afterwards(blas):
    assert _threads.deal(range(3), lambda _: blas.threads, LONG) == [1, 1, 1]
    assert blas.threads == 4
    with pytest.raises(ZeroDivisionError):
        _threads.deal(range(3), lambda _: 1 / 0, LONG)
    assert blas.threads == 4


def test_a_long_kernel_owns_blas_also_between_what_it_deals_out(blas):
    with _threads.owning(_threads.LEAST):
        assert blas.threads == 4
    with _threads.owning(LONG):
        assert blas.threads == 1
        _threads.deal(range(3), names, LONG)
        assert blas.threads == 1
    assert blas.threads == 4
    _threads.set_count(1)
    blas.threads = 4
    with _threads.owning(LONG):
        assert blas.threads == 4


def test_blas_does_not_divide_products_shortly_after_kernels_had_threads(blas, monkeypatch):
    """Its workers would spin, and the next kernel's threads wait for them."""
    now = 1000.0
    monkeypatch.setattr(_threads, "perf_counter", lambda: now)
    for since, expected in ((0.01, 1), (0.01, 1), (10.0, 4)):
        _threads.deal(range(3), names, LONG)
        now += since
        with _threads.one_owner():
            assert blas.threads == expected
        with _threads.owning(_threads.LEAST):
            assert blas.threads == expected
        assert _threads.deal(range(3), lambda _: blas.threads, _threads.LEAST) == [expected]
        with _threads.owning(1.0):
            assert blas.threads == 4
        assert blas.threads == 4


@pytest.mark.parametrize("libraries", [[], [Blas(obeys=False)], [Blas(), Blas(obeys=False)]])
def test_nothing_is_dealt_out_where_blas_cannot_be_told(monkeypatch, libraries):
    monkeypatch.setattr(_threads, "_libraries", libraries)
    monkeypatch.setattr(_threads, "_count", 3)
    assert len(_threads.deal(range(3), names, LONG)) == 1


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_an_exception_of_any_part_surfaces_after_all_have_ended(blas, bad):
    ended = []

    def work(items):
        if bad in items:
            raise KeyError(bad)
        time.sleep(0.05)
        ended.append(items)

    with pytest.raises(KeyError, match=str(bad)):
        _threads.deal(range(3), work, LONG)
    assert len(ended) == 2
    assert len(_threads.deal(range(3), names, LONG)) == 3  # and the threads can be used again


def test_a_part_does_not_divide_itself_further(blas):
    inner = _threads.deal(range(3), lambda _: len(_threads.deal(range(3), names, LONG)), LONG)
    assert inner == [1, 1, 1]


def test_parts_treat_floating_point_errors_as_the_caller_does(blas):
    def work(_):
        return np.ones(3) / np.zeros(3)

    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        _threads.deal(range(3), work, LONG)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        _threads.deal(range(3), work, LONG)


@pytest.mark.parametrize(
    "variables, most",
    [
        ({}, 1 << 20),
        ({"OMP_NUM_THREADS": "1"}, 1),
        ({"MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "64"}, 1),
        ({"OPENBLAS_NUM_THREADS": " 1 "}, 1),
        ({"OMP_NUM_THREADS": "0"}, 1 << 20),
        ({"OMP_NUM_THREADS": "many"}, 1 << 20),
    ],
)
def test_the_first_count_is_the_processors_or_what_the_environment_says(monkeypatch, variables, most):
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(_threads, "_count", 0)
    assert refnn.get_num_threads() == min(_threads._processors(), most)


def test_set_num_threads_tells_blas_too(blas):
    refnn.set_num_threads(2)
    assert (refnn.get_num_threads(), blas.threads) == (2, 2)


def python(code):
    path = os.pathsep.join(sys.path)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": path}
    )


SETUP = """
import os, threading, time, refnn
from refnn.ops import _threads
class Blas:
    get_num_threads = lambda self: 1
    set_num_threads = lambda self, n: None
_threads._libraries, _threads._count = [Blas()], 3
def work(_):
    time.sleep(0.05)
    return threading.get_ident()
def deal():
    return len(set(_threads.deal(range(3), work, 1e6)))
assert deal() == 3
"""


def test_the_interpreter_ends_with_threads_waiting():
    done = python(SETUP + "print('end')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_makes_threads_of_its_own():
    code = """
child = os.fork()
if child == 0:
    os._exit(0 if deal() == 3 else 1)
assert os.waitpid(child, 0)[1] == 0 and deal() == 3
print('end')
"""
    done = python("import warnings; warnings.simplefilter('ignore')\n" + SETUP + code)
    assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr


def test_importing_refnn_does_not_import_threadpoolctl():
    done = python("import sys, refnn; print('threadpoolctl' in sys.modules)")
    assert done.stdout == "False\n", done.stderr
