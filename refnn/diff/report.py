"""Report: the verdicts in order, as an object for a test and as a table for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from refnn.diff.judge import Bound, Row
from refnn.diff.record import KINDS

__all__ = ["Report"]

GIVEN = ("initial", "batch")  # what both sides start from: equal, it shows nothing yet
HEADERS = ("", "", "shape", "max |Δ|", "max rel", "max ULP", "/ bound")
TITLES = {
    "initial": "initial values",
    "batch": "batch",
    "output": "outputs",
    "loss": "loss",
    "output gradient": "output gradients",
    "gradient": "parameter gradients",
    "parameter": "updated parameters",
    "buffer": "updated buffers",
}


@dataclass
class Report:
    """What a comparison found.

    `rows` has one Row for each aligned pair, in execution order. `ok` says whether all are within the bound
    and anything was compared at all. `str(report)` is the summary and the table of `worst()`.
    """

    names: tuple[str, str]  # expected, actual
    bound: Bound
    rows: list[Row] = field(default_factory=list)
    steps: int = 0

    @property
    def compared(self) -> int:
        """The number of elements compared, beyond those that both sides were given."""
        return sum(row.elements for row in self.rows if row.kind not in GIVEN)

    @property
    def ok(self) -> bool:
        return self.compared > 0 and all(row.ok for row in self.rows)

    @property
    def first_divergence(self) -> Row | None:
        """The earliest row that is not within the bound."""
        return next((row for row in self.rows if not row.ok), None)

    @property
    def diverged(self) -> list[Row]:
        return [row for row in self.rows if not row.ok]

    def raise_if_diverged(self) -> None:
        """Raises AssertionError with the first divergence and the table of what diverged."""
        __tracebackhide__ = True
        if not self.ok:
            diverged = self.worst(self.diverged)
            raise AssertionError("\n".join([self.summary(), *([] if not diverged else ["", *_plain_table(diverged)])]))

    def summary(self) -> str:
        """Two or three lines: what was compared, against what bound, and where it first went apart."""
        expected, actual = self.names
        lines = [
            f"{actual} against {expected}: {_count(self.steps, 'step')}, {_count(len(self.rows), 'pair')}, "
            f"{_count(self.compared, 'element')}",
            f"bound: {self.bound}",
        ]
        first = self.first_divergence
        if first is not None:
            lines += [f"DIVERGED in {len(self.diverged)} of {len(self.rows)}, first in {_described(first)}"]
        elif self.compared == 0:
            lines += ["FAILED: nothing was compared" + ("" if self.steps else ", there was no batch")]
        else:
            excused = sum(row.outside for row in self.rows)
            lines += [
                "within the bound" + (f", but for {_count(excused, 'element')} at kinks" if excused else " throughout")
            ]
        lost = sum(row.lost for row in self.rows)
        if lost:
            where = next(row.label for row in self.rows if row.lost)
            lines += [f"note: {_count(lost, 'element')} NaN on both sides, first in {where}: they count as equal"]
        return "\n".join(lines)

    def worst(self, rows: Sequence[Row] | None = None) -> list[Row]:
        """One row for each thing compared, over all steps and calls: the failed or farthest one's verdict,
        with the largest figure of each kind."""
        grouped: dict[tuple[str, str, str], Row] = {}
        for row in self.rows if rows is None else rows:
            key = (row.kind, row.name, row.item)
            held = grouped.get(key)
            grouped[key] = row if held is None else _worse(held, row)
        return sorted(grouped.values(), key=lambda row: KINDS.index(row.kind))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        first = self.first_divergence
        return {
            "expected": self.names[0],
            "actual": self.names[1],
            "bound": asdict(self.bound),
            "ok": self.ok,
            "steps": self.steps,
            "compared": self.compared,
            "first_divergence": None if first is None else first.to_dict(),
            "rows": [row.to_dict() for row in self.rows],
        }

    def text(self, *, every_row: bool = False) -> str:
        """The table and the summary in plain text: one line for each thing compared, or for every row."""
        return "\n".join([*_plain_table(self._shown(every_row), by_step=every_row), "", self.summary()])

    def __str__(self) -> str:
        return self.text()

    def print(self, *, every_row: bool = False, console: Any = None) -> None:
        """`text` in colour.

        Raises ImportError, naming the extra to install, where rich is missing.
        """
        rich = _rich()
        table = rich["table"](box=rich["box"], pad_edge=False)
        for header in HEADERS:
            figure = header.startswith(("max", "/"))
            table.add_column(header, justify="right" if figure else "left", no_wrap=figure, overflow="fold")
        title = ""
        for row in self._shown(every_row):
            if _title(row, every_row) != title:
                title = _title(row, every_row)
                table.add_section()
                table.add_row("", rich["text"](title, style="bold"))
            style = None if row.ok else "red"
            table.add_row(*(rich["text"](cell) for cell in _cells(row)), style=style)
        console = rich["console"]() if console is None else console
        console.print(table)
        style = "green" if self.ok else "bold red"
        console.print(self.summary(), style=style, markup=False, highlight=False, soft_wrap=True)

    def _shown(self, every_row: bool) -> list[Row]:
        """What the table has lines for: of what both sides were given, only what differs."""
        rows = self.rows if every_row else self.worst()
        return [row for row in rows if every_row or not row.ok or row.kind not in GIVEN]


def _rich() -> dict[str, Any]:
    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError as error:
        raise ImportError("a table in colour needs rich: pip install 'refnn[report]'") from error
    return {"box": box.SIMPLE_HEAD, "console": Console, "table": Table, "text": Text}


def _worse(a: Row, b: Row) -> Row:
    """The verdict of the worse row, the first of equals, with the larger of their figures."""
    verdict = b if (not b.ok, _rank(b.of_bound)) > (not a.ok, _rank(a.of_bound)) else a
    largest = {name: max(getattr(a, name), getattr(b, name), key=_rank) for name in ("max_abs", "max_rel", "max_ulp")}
    return replace(verdict, **largest)


def _rank(figure: float) -> float:
    """NaN, a value that could not be compared, outranks every number."""
    return math.inf if math.isnan(figure) else figure


def _title(row: Row, by_step: bool) -> str:
    step = f", step {row.step}" if by_step and row.step >= 0 else ""
    return TITLES[row.kind] + step


def _cells(row: Row) -> tuple[str, ...]:
    shape = "" if row.shape is None else "×".join(map(str, row.shape)) or "scalar"
    call = f" #{row.call}" if row.call else ""
    where = (row.name or row.module or ("" if row.item else row.kind)) + row.item + call
    figures = [_figure(x) for x in (row.max_abs, row.max_rel, row.max_ulp, row.of_bound)]
    if not row.elements:  # nothing to put a figure on
        figures = ["–"] * 4
    mark = "✗" if not row.ok else "≈" if row.outside else "✓"
    return (mark, where, shape, *figures)


def _figure(x: float) -> str:
    if x == 0 or math.isnan(x) or math.isinf(x):
        return f"{x:g}"
    return f"{x:.0f}" if 1 <= x < 10000 and x == int(x) else f"{x:.2g}"


def _plain_table(rows: Sequence[Row], by_step: bool = False) -> list[str]:
    """A title before each kind of thing, and the columns of figures to the right."""
    cells = [HEADERS, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [_line(HEADERS, widths)]
    title = ""
    for row, line in zip(rows, cells[1:], strict=True):
        if _title(row, by_step) != title:
            title = _title(row, by_step)
            lines += ["", title]
        lines.append(_line(line, widths))
    return lines


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [c.rjust(w) if i >= 3 else c.ljust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
    return "  ".join(padded).rstrip()


def _described(row: Row) -> str:
    step = "before the first step" if row.step < 0 else f"step {row.step}"
    text = f"{row.label} ({step}): {row.reason}"
    if row.index is None:
        return text
    at = f"first at {list(row.index)}: {row.expected} expected, {row.actual} found" if row.index else (
        f"{row.expected} expected, {row.actual} found"
    )  # fmt: skip
    return f"{text}; {at}; max |Δ| {_figure(row.max_abs)}"


def _count(n: int, word: str) -> str:
    return f"{n:,} {word}" + ("" if n == 1 else "s")
