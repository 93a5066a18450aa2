"""Several threads for one kernel: its blocks are dealt out to them, and BLAS keeps to one thread meanwhile.

NumPy lets go of the interpreter's lock inside a product or a pass over a large array, so threads run side by
side as long as such calls are large. Only one party may own the processor's cores: after a product in several
threads OpenBLAS's own workers go on spinning and take the time of any others. So nothing is dealt out unless
BLAS can be told to use one thread, which takes the package threadpoolctl (`pip install refnn[threads]`);
without it BLAS uses its threads, and everything else runs in one.

Those workers spin on for a tenth of a second. So where kernels have lately been dealt out, BLAS is to keep to one
thread in the smaller products between them as well, which it would divide by itself: see `one_owner`.

Handing work to a thread takes 10 to 20 µs: `deal` does so only for kernels that take much longer.
"""

from __future__ import annotations

import contextvars
import itertools
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial, reduce
from math import inf
from time import perf_counter
from typing import Any, TypeVar

import numpy as np

from refnn.autograd.op import Array

__all__ = ["at_a_time", "count", "deal", "deal_range", "one_owner", "owning", "set_count", "summed"]

Item = TypeVar("Item")
Result = TypeVar("Result")

LEAST = 150.0  # µs of work for a thread, below which it is not worth waking
_BRIEF = 10.0  # µs of work that BLAS does not divide, about
_SPIN = 0.1  # s that BLAS's workers go on spinning, about

_dealt = -inf  # when kernels last had threads


def deal(items: Sequence[Item], work: Callable[[Sequence[Item]], Result], time: float) -> list[Result]:
    """[work(items)], or [work(part), …] for consecutive parts of the items, each in a thread of its own.

    `time` is an estimate, in µs, of what all of it takes in one thread. An exception in any part is raised
    here once all parts have ended.
    """
    parts = min(len(items), int(time / LEAST))
    if parts > 1:
        parts = min(parts, count())
    if parts < 2 or not _crew.acquire():
        with owning(time):
            return [work(items)]
    global _dealt
    try:
        with _OneBlasThread() as held:
            if not held:
                return [work(items)]
            ends = [k * len(items) // parts for k in range(parts + 1)]
            results = _crew.run([partial(work, items[start:end]) for start, end in itertools.pairwise(ends)])
            _dealt = perf_counter()
            return results
    finally:
        _crew.release()


def deal_range(n: int, work: Callable[[slice], Result], time: float) -> list[Result]:
    """`deal` of the numbers below n, which `work` gets as a slice."""
    return deal(range(n), lambda part: work(slice(part[0], part[-1] + 1)), time)


def at_a_time(amount: int, factor: int = 2) -> int:
    """How much a kernel does in one pass: some times the amount that suits the cache where several threads run, which
    wait for each other between passes.
    """
    return factor * amount if count() > 1 else amount


def owning(time: float) -> AbstractContextManager[Any]:
    """For a kernel that takes so many µs: BLAS keeps to one thread also between what it deals out.

    One product in several threads would leave BLAS's workers spinning.
    """
    if time < _BRIEF or count() < 2:
        return _as_it_is
    return one_owner() if time < 2 * LEAST else _OneBlasThread()


def one_owner() -> AbstractContextManager[Any]:
    """Around products that BLAS may divide among its threads: it does not where kernels had theirs a moment ago."""
    return _as_it_is if perf_counter() - _dealt > _SPIN else _OneBlasThread()


_as_it_is = nullcontext()


def summed(items: Sequence[Item], work: Callable[[Sequence[Item]], Array], time: float) -> Array:
    """The sum of what `deal` gives. Its rounding depends on the number of threads."""
    return reduce(np.add, deal(items, work, time))


# The number of threads ----------------------------------------------------------------------------------

_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_count = 0  # 0: not yet known


def count() -> int:
    """How many threads a kernel may use: the processors that this process may run on, unless a variable of
    the environment (OMP_NUM_THREADS, MKL_NUM_THREADS, OPENBLAS_NUM_THREADS) allows fewer, or `set_count`."""
    global _count
    if not _count:
        asked = [os.environ.get(name, "").strip() for name in _VARIABLES]
        _count = min([_processors(), *(int(text) for text in asked if text.isdecimal() and int(text))])
    return _count


def set_count(n: int) -> None:
    """From now on kernels may use n threads, and so may BLAS where it can be told."""
    global _count
    _count = n
    for library in _blas():
        library.set_num_threads(n)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# BLAS ---------------------------------------------------------------------------------------------------

_libraries: list[Any] | None = None  # None: not yet looked for


def _blas() -> list[Any]:
    """The BLAS libraries in this process, by threadpoolctl; none without it."""
    global _libraries
    if _libraries is None:
        try:
            from threadpoolctl import ThreadpoolController
        except ImportError:
            _libraries = []
        else:
            _libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    return _libraries


class _OneBlasThread:
    """Inside, BLAS computes in the thread that calls it; `as` says False where it cannot be told."""

    __slots__ = ("_changed",)

    def __enter__(self) -> bool:
        libraries = _blas()
        self._changed = [(library, n) for library in libraries if (n := library.get_num_threads()) != 1]
        for library, _ in self._changed:
            library.set_num_threads(1)
        return bool(libraries) and all(library.get_num_threads() == 1 for library, _ in self._changed)

    def __exit__(self, *_: object) -> None:
        for library, n in self._changed:
            library.set_num_threads(n)
            if hasattr(library, "clear_controlling_thread"):  # threadpoolctl lets one thread at a time do this
                library.clear_controlling_thread()


# The threads --------------------------------------------------------------------------------------------


def _nothing() -> None:
    """The task of a worker that has none."""


class _Worker:
    """A thread that waits for a task, runs it, and waits again."""

    def __init__(self) -> None:
        self.task: Callable[[], Any] = _nothing
        self.result: Any = None
        self.error: BaseException | None = None
        self._begin, self._end = threading.Lock(), threading.Lock()
        self._begin.acquire()
        self._end.acquire()
        threading.Thread(target=self._loop, name="refnn", daemon=True).start()

    def _loop(self) -> None:
        while True:
            self._begin.acquire()
            try:
                self.result = self.task()
            except BaseException as error:
                self.error = error
            self._end.release()

    def start(self, task: Callable[[], Any]) -> None:
        # In a copy of the caller's context, where NumPy keeps how it treats floating-point errors.
        context = contextvars.copy_context()
        self.task, self.result, self.error = lambda: context.run(task), None, None
        self._begin.release()

    def wait(self) -> None:
        self._end.acquire()

    def outcome(self) -> tuple[Any, BaseException | None]:
        """The task's result, or the exception that ended it. The worker forgets both."""
        found = self.result, self.error
        self.task, self.result, self.error = _nothing, None, None
        return found


class _Crew:
    """Workers, made when first needed; one kernel at a time has them."""

    def __init__(self) -> None:
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()

    def acquire(self) -> bool:
        """Whether the caller now has the workers: not if another kernel has, or the caller is one's part."""
        return self._lock.acquire(blocking=False)

    def release(self) -> None:
        self._lock.release()

    def run(self, tasks: Sequence[Callable[[], Any]]) -> list[Any]:
        """All tasks at once, the first in this thread: their results, or the first one's exception."""
        while len(self._workers) < len(tasks) - 1:
            self._workers.append(_Worker())
        busy = self._workers[: len(tasks) - 1]
        for worker, task in zip(busy, tasks[1:], strict=True):
            worker.start(task)
        try:
            first = tasks[0]()
        finally:
            _wait(busy)
            outcomes = [worker.outcome() for worker in busy]
        for _, error in outcomes:
            if error is not None:
                raise error
        return [first, *(result for result, _ in outcomes)]


def _wait(busy: Sequence[_Worker]) -> None:
    """Until all have ended, even if the user interrupts: they write into the caller's arrays."""
    interrupt = None
    for worker in busy:
        while True:
            try:
                worker.wait()
                break
            except KeyboardInterrupt as error:
                interrupt = error
    if interrupt is not None:
        raise interrupt


_crew = _Crew()


def _start_anew() -> None:
    """In the child of a fork, which has only the thread that forked."""
    global _crew
    _crew = _Crew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
