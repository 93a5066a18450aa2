"""Times of refnn and torch, side by side.

Each library has a process of its own, and the two take turns: some repetitions of one, then some of the
other, again and again. The figure is the least over all repetitions, since what disturbs a run only makes it
longer. A ratio below 1 says that refnn is quicker. The ceiling is the time that the same work would take at
the rate of a large product of matrices, or of a copy in memory, whichever is longer, measured in the same
run with NumPy. An algorithm that does fewer multiplications than the plain one can beat it.

Some cases were also written by hand, in bare NumPy and for that case alone: what its arithmetic takes there on this
machine, without a tape, checks or options. refnn's time over that is a measure of refnn alone, whatever torch makes
of the processor; it can be below 1 too, where refnn's kernels go further than the few lines by hand.

A case that needs a name which refnn lacks is left out and named at the end.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any

import refnn
from benchmarks.case import Case
from benchmarks.cases import CASES

ROOT = Path(__file__).parent.parent
LIBRARIES = ("torch", "refnn")
BY_HAND = "by hand"
_TURN = 0.1  # s
_REST = 0.1  # s in which the threads of the side before cease to spin
IMPORTS = ("import numpy", "import refnn")


class Worker:
    """A process that times what it is asked to, with one library."""

    def __init__(self, library: str, threads: int) -> None:
        self.threads = threads
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = str(threads)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", library, str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
        )  # fmt: skip

    def ask(self, command: str, argument: Any = None) -> Any:
        """The answer to a command. Raises RuntimeError where the process has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([command, argument]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the worker ended while it was asked for {command} {argument}")
        return json.loads(answer)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=0.8, help="for each case and library (default: 0.8)")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2], help="(default: 1 2)")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    arguments = parser.parse_args()
    asked = [(i, case) for i, case in enumerate(CASES) if arguments.only.lower() in case.name.lower()]
    chosen = [(i, case) for i, case in asked if not case.missing(refnn)]
    print(_machine())
    found = [run(threads, chosen, arguments.seconds) for threads in arguments.threads]
    for _, case in asked:
        if case.missing(refnn):
            print(f"left out: {case.name}: refnn has no {', '.join(case.missing(refnn))}")
    extra = {"memory": memory(), "imports": imports()} if not arguments.only else {}
    if arguments.json is not None:
        arguments.json.write_text(json.dumps({"speed": found, **extra}, indent=1) + "\n")


def run(threads: int, chosen: list[tuple[int, Case]], seconds: float) -> dict[str, Any]:
    """All chosen cases with so many threads, printed as they come."""
    with Worker("torch", threads) as torch, Worker("refnn", threads) as refnn, Worker(BY_HAND, threads) as by_hand:
        ceilings = {"torch": torch.ask("ceiling"), "refnn": refnn.ask("ceiling")}
        print(f"\n{threads} thread{'s' if threads > 1 else ''}")
        for library, name in (("torch", "torch"), ("refnn", "NumPy")):
            rates = ceilings[library]
            print(
                f"  {name}: {rates['flops'] / 1e9:.0f} GFLOP/s in a product, {rates['bytes'] / 1e9:.1f} GB/s in a copy"
            )
        print(
            f"\n  {'ms':20}{'torch':>9}{'refnn':>9}{'ratio':>8}{'by hand':>10}{'ratio':>8}{'ceiling':>10}{'ratio':>8}"
        )
        rows, ratios = [], []
        for index, case in chosen:
            sides = dict(zip(LIBRARIES, (torch, refnn), strict=True))
            if case.by_hand is not None:
                sides[BY_HAND] = by_hand
            times = interleaved(sides, index, seconds)
            for row in table(case, times, ceilings["refnn"]):
                print(_line(row))
                rows.append(row)
            ratios.append(rows[-1]["ratio"])
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else math.nan
        print(f"  geometric mean of the ratios: {mean:.2f}")
    return {"threads": threads, "ceilings": ceilings, "rows": rows, "mean": mean}


def interleaved(sides: dict[str, Worker], index: int, seconds: float) -> dict[str, list[list[float]]]:
    """Repetitions of each side in turn, until each has had its seconds: the phases' times of each."""
    times: dict[str, list[list[float]]] = {}
    turns: dict[str, int] = {}
    for library, worker in sides.items():
        worker.ask("case", index)
        times[library] = worker.ask("run", 3)
        turns[library] = max(1, int(_TURN / min(map(sum, times[library]))))
    while any(sum(map(sum, times[library])) < seconds for library in sides):
        for library, worker in sides.items():
            if worker.threads > 1:
                sleep(_REST)
            times[library] += worker.ask("run", turns[library])
    return times


def table(case: Case, times: dict[str, list[list[float]]], rates: dict[str, float]) -> list[dict[str, Any]]:
    """A row for each phase, and one for all together."""
    rows: list[dict[str, Any]] = []
    for i, (phase, work) in enumerate(case.phases.items()):
        ceiling = max(work.flops / rates["flops"], work.bytes / rates["bytes"])
        rows.append(_row(case.name, phase, {side: min(each[i] for each in times[side]) for side in times}, ceiling))
    if len(rows) == 1:
        return rows
    whole = {side: min(map(sum, times[side])) for side in times}
    return [*rows, _row(case.name, "together", whole, sum(row["ceiling"] for row in rows))]


def _row(name: str, phase: str, least: dict[str, float], ceiling: float) -> dict[str, Any]:
    return {"case": name, "phase": phase, **least, "ratio": least["refnn"] / least["torch"], "ceiling": ceiling}


def _line(row: dict[str, Any]) -> str:
    title = row["case"] if row["phase"] == "forward" else ""
    head = f"  {title}\n" if title else ""
    times = "".join(f"{1e3 * row[library]:9.3f}" for library in LIBRARIES)
    bare = row.get(BY_HAND)
    hand = f"{1e3 * bare:10.3f}{row['refnn'] / bare:8.2f}" if bare else " " * 18
    limit = f"{1e3 * row['ceiling']:10.3f}{row['refnn'] / row['ceiling']:8.1f}"
    return f"{head}    {row['phase']:18}{times}{row['ratio']:8.2f}{hand}{limit}"


def memory() -> dict[str, float]:
    """The peak of the digits network's step above what was there before it, each library by itself."""
    index = next(i for i, case in enumerate(CASES) if case.name.startswith("digits"))
    found = {}
    for library in LIBRARIES:
        with Worker(library, 2) as worker:
            found[library] = worker.ask("memory", index) / 2**20
    ratio = found["refnn"] / found["torch"]
    print(f"\npeak memory of {CASES[index].name}, above what was there before")
    print(f"  torch {found['torch']:.0f} MiB, refnn {found['refnn']:.0f} MiB, ratio {ratio:.2f}")
    return {**found, "ratio": ratio}


def imports(rounds: int = 10) -> dict[str, float]:
    """The least time of an import in a fresh interpreter, in turn, both compiled to bytecode before."""
    found = dict.fromkeys(IMPORTS, math.inf)
    with TemporaryDirectory() as cache:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = cache
        for statement in IMPORTS:
            _import(statement, environment)
        for _ in range(rounds):
            for statement in IMPORTS:
                found[statement] = min(found[statement], _import(statement, environment))
    numpy, refnn = (found[statement] for statement in IMPORTS)
    print(f"\nimport numpy {1e3 * numpy:.0f} ms, import refnn {1e3 * refnn:.0f} ms, ratio {refnn / numpy:.2f}")
    return {"numpy": numpy, "refnn": refnn, "ratio": refnn / numpy}


def _import(statement: str, environment: dict[str, str]) -> float:
    code = f"from time import perf_counter as now; start = now(); {statement}; print(now() - start)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _machine() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    processor = names[0] if names else platform.processor()
    return f"{processor}, {os.cpu_count()} cores; torch {version('torch')}, NumPy {version('numpy')}"


if __name__ == "__main__":
    main()
