"""Rows that are short scripts: the same few lines run with torch and with refnn as `torch`.

    Script("semantics", "9", "softplus is linear above its threshold", ("nn.functional.softplus",),
           lambda torch: torch.nn.functional.softplus(torch.tensor(20.5)), expect=20.5)

The results are compared with each other; `expect`, where given, with torch's: it keeps the row honest.
"""

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

import refnn
from refnn.testing.conformance import names
from refnn.testing.conformance.convert import array_of, tensors
from refnn.testing.conformance.evaluate import Side, compare, default_bounds
from refnn.testing.conformance.report import Failure, Outcome, Report


@dataclass(frozen=True)
class Script:
    """One row: `needs` are the names without which it counts as missing."""

    section: str
    name: str
    title: str
    needs: tuple[str, ...]
    code: Callable[[Any], Any]
    expect: Any = None

    def __str__(self) -> str:
        return f"{self.section}/{self.name}"


def run(script: Script) -> Report:
    """Run a row with both."""
    outcome = Outcome(0, script.title)
    report = Report(str(script), [outcome])
    if script.expect is not None:
        _check_claim(outcome, script)
    absent = [name for name in script.needs if not names.exists(name)]
    if absent and not outcome.failures:
        report.missing = ", ".join(absent)
        return report

    def side(lib: types.ModuleType) -> Side:
        return Side(lib, lambda: script.code(lib), {})

    compare(outcome, side(torch), side(refnn), second=False, bounds=default_bounds)
    return report


def _check_claim(outcome: Outcome, script: Script) -> None:
    """What the row says about torch must be so."""
    result = script.code(torch)
    found = [array_of(t) for t in tensors(result).values()] or [np.asarray(result)]
    wanted = script.expect if isinstance(script.expect, list) else [script.expect]
    for got, want in zip(found, wanted, strict=True):
        outcome.compared += 1
        if not np.allclose(got, np.asarray(want), rtol=1e-6, atol=0, equal_nan=True):
            outcome.failures.append(Failure("claim", "", f"torch gives {got!r}, the row says {want!r}"))
