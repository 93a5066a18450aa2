"""One library in a process of its own, timing what it is told to. Commands and answers are lines of JSON.

`python -m benchmarks.worker torch 2` is torch with two threads; besides torch and refnn there is "by hand". How many
NumPy's BLAS and refnn have is set in the environment by whoever starts this.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, TextIO

import numpy as np

from benchmarks.case import EXAMPLES, Case, Phases
from benchmarks.cases import CASES
from refnn.diff.standin import World

_GEMM = 1024
_COPY = 10_000_000  # floats: 40 MB, past every cache


def main() -> None:
    library, threads = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else prints does not get among the answers
    if library == "by hand":
        _serve(answers, lambda case: case.by_hand(), _ceiling)
        return
    world = World(library, EXAMPLES)
    torch = world.library
    if library == "torch":
        torch.set_num_threads(threads)
    with world.active():
        _serve(answers, lambda case: case.make(torch), partial(_ceiling, torch if library == "torch" else None))


def _serve(answers: TextIO, make: Callable[[Case], Phases], ceiling: Callable[[], dict[str, float]]) -> None:
    """Answer the commands from standard input, until it ends."""
    phases: Phases = {}
    for line in sys.stdin:
        command, argument = json.loads(line)
        answer: Any = None
        if command == "case":
            phases = make(CASES[argument])
            _once(phases)
        elif command == "run":
            answer = [_once(phases) for _ in range(argument)]
        elif command == "ceiling":
            answer = ceiling()
        elif command == "memory":
            answer = _peak(make(CASES[argument]))
        print(json.dumps(answer), file=answers, flush=True)


def _once(phases: Phases) -> list[float]:
    times = []
    for phase in phases.values():
        start = perf_counter()
        phase()
        times.append(perf_counter() - start)
    return times


def _ceiling(torch: Any = None) -> dict[str, float]:
    """The best of a few: the rate of a product of large matrices, and of a copy in memory. By NumPy, if not torch."""
    a = np.ones((_GEMM, _GEMM), np.float32)
    x = np.ones(_COPY, np.float32)
    y = np.empty_like(x)
    if torch is not None:
        ta, tx, ty = (torch.from_numpy(v) for v in (a, x, y))
        product, copy = (lambda: ta @ ta), (lambda: ty.copy_(tx))
    else:
        out = np.empty_like(a)
        product, copy = (lambda: np.matmul(a, a, out=out)), (lambda: np.copyto(y, x))
    best = {name: min(_once({name: f})[0] for _ in range(20)) for name, f in (("p", product), ("c", copy))}
    return {"flops": 2 * _GEMM**3 / best["p"], "bytes": 2 * x.nbytes / best["c"]}


def _peak(phases: Phases) -> int:
    """The most memory, in bytes, that three repetitions take beyond what was there before them.

    From the kernel's high-water mark of this process (Linux).
    """
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # sets the mark back to the present
    for _ in range(3):
        _once(phases)
        sleep(0.01)
    return _status("VmHWM") - before


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {name}")


if __name__ == "__main__":
    main()
