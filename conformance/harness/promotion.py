"""Result dtypes: every pair of dtypes, each operand with dimensions, 0-dim, or a Python number."""

import itertools
from dataclasses import dataclass
from typing import Any

import torch

import refnn
from refnn.testing.conformance.evaluate import compare_errors
from refnn.testing.conformance.report import Failure, Outcome, Report

DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64",
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
WIDE_UNSIGNED = {"uint16", "uint32", "uint64"}  # torch's kernels hardly compute with these
NUMBERS = (True, 2, 2.5, 1 + 2j)
SHAPES = ((2,), ())


@dataclass(frozen=True)
class PromotionTest:
    """One left dtype against everything."""

    dtype: str

    def __str__(self) -> str:
        return f"promotion/{self.dtype}"


def all_tests() -> list[PromotionTest]:
    """One test for each dtype on the left."""
    return [PromotionTest(dtype) for dtype in DTYPES]


def run(test: PromotionTest) -> Report:
    """Compare `promote_types`, `can_cast`, `result_type` and the dtype of a sum."""
    report = Report(str(test))
    for title, code in _rows(test.dtype):
        outcome = Outcome(len(report.outcomes), title, compared=1)
        expected, actual = _attempt(code, torch), _attempt(code, refnn)
        if str(expected) == "torch.complex32" and not hasattr(refnn, "complex32"):
            outcome.missing = "complex32"
        elif isinstance(expected, Exception):
            outcome.failures += compare_errors(expected, actual if isinstance(actual, Exception) else None)
        elif str(actual) != str(expected):
            outcome.failures.append(Failure("dtype", "", f"{actual}, expected {expected}"))
        report.outcomes.append(outcome)
    return report


def _attempt(code: Any, lib: Any) -> Any:
    try:
        return code(lib)
    except Exception as error:
        return error


def _rows(left: str) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for right in DTYPES:
        rows.append(
            (f"promote_types with {right}", lambda lib, r=right: lib.promote_types(_dtype(lib, left), _dtype(lib, r)))
        )
        rows.append((f"can_cast to {right}", lambda lib, r=right: lib.can_cast(_dtype(lib, left), _dtype(lib, r))))
        for a, b in itertools.product(SHAPES, SHAPES):
            title = f"{len(a)}-d with {len(b)}-d {right}"
            operands = (left, a, right, b)
            rows.append((f"result_type, {title}", lambda lib, o=operands: lib.result_type(*_tensors(lib, *o))))
            if not {left, right} & WIDE_UNSIGNED:
                rows.append((f"sum, {title}", lambda lib, o=operands: _sum(*_tensors(lib, *o)).dtype))
    for shape, number in itertools.product(SHAPES, NUMBERS):
        title = f"{len(shape)}-d with {number!r}"
        operands = (left, shape, number)
        rows += [
            (f"result_type, {title}", lambda lib, o=operands: lib.result_type(_tensor(lib, *o[:2]), o[2])),
            (f"sum, {title}", lambda lib, o=operands: _sum(_tensor(lib, *o[:2]), o[2]).dtype),
            (f"reversed sum, {title}", lambda lib, o=operands: _sum(o[2], _tensor(lib, *o[:2])).dtype),
            (f"in place, {title}", lambda lib, o=operands: _tensor(lib, *o[:2]).mul_(o[2]).dtype),
        ]
    return rows


def _dtype(lib: Any, name: str) -> Any:
    return getattr(lib, name)


def _tensor(lib: Any, dtype: str, shape: tuple[int, ...]) -> Any:
    return lib.zeros(shape, dtype=_dtype(lib, dtype))


def _tensors(lib: Any, left: str, a: tuple[int, ...], right: str, b: tuple[int, ...]) -> tuple[Any, Any]:
    return _tensor(lib, left, a), _tensor(lib, right, b)


def _sum(x: Any, y: Any) -> Any:
    return x + y
