"""The page that `refnn explain` prints: plain text, or in colour where rich is and a terminal reads it."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from refnn.explain.corner_cases import DOCUMENT
from refnn.explain.explanation import Explanation
from refnn.explain.find import documented_at
from refnn.explain.source import Passage, equation, kernel_of

__all__ = ["Block", "page", "show"]

WIDTH = 118
SHOWN = 40  # lines of a kernel or rule


@dataclass(frozen=True)
class Block:
    """A part of the page: `style` is "title", "head", "text", "code" or "table"."""

    style: str
    text: str


def page(about: Explanation, whole: bool = False) -> Iterator[Block]:
    """The page's blocks. `whole` shows every line of long kernels."""
    yield Block("title", about.found.name)
    yield Block("code", about.found.signature)
    yield Block("text", f"torch documents it at {documented_at(about.found.name)}")
    yield from _equations(about)
    yield from _passages("Kernel", about.kernels, whole)
    yield from _passages("Derivative", about.rules, whole)
    yield from _passages("Kernel", [kernel_of(op) for op in about.backward if _is_fused(op)], whole)
    yield from _by_the_way(about)
    yield from _cases(about)
    yield from _difference(about)


def _equations(about: Explanation) -> Iterator[Block]:
    yield Block("head", "Equation")
    if about.doc:
        yield Block("text", about.doc)
    for op in about.ops:
        if equation(op):
            yield Block("text", f"{op.name}: {equation(op)}")


def _passages(title: str, passages: Iterable[Passage], whole: bool) -> Iterator[Block]:
    for passage in passages:
        yield Block("head", f"{title} of {passage.title}, {passage.place}")
        lines = passage.text.splitlines()
        shown = lines if whole or len(lines) <= SHOWN + 5 else [*lines[:SHOWN], f"# … {len(lines) - SHOWN} more: --all"]
        yield Block("code", "\n".join(shown))


def _by_the_way(about: Explanation) -> Iterator[Block]:
    inside = {op.name for op in about.ops}
    backward = [op for op in about.backward if op.name not in inside and not _is_fused(op)]
    for title, ops in (("The derivative computes with", backward), ("Also called", about.plumbing)):
        if ops:
            yield Block("head", title)
            yield Block("text", "\n".join(_one_line(op) for op in ops))


def _is_fused(op: Any) -> bool:
    """Whether an op is a backward pass of its own, written out for speed or precision."""
    return "backward" in op.name


def _one_line(op: Any) -> str:
    first = equation(op).split("\n")[0]
    return f"{op.name}, {kernel_of(op).place}{': ' if first else ''}{first}"


def _cases(about: Explanation) -> Iterator[Block]:
    cases = about.cases
    if cases:
        yield Block("head", f"Corner cases, {DOCUMENT}")
    for row in cases:
        yield Block("text", f"{row.number}  {row.text}")
        yield Block("code", f"{row.code}\n# {row.gives}")


def _difference(about: Explanation) -> Iterator[Block]:
    from refnn.explain.against import against_torch

    stepping = about.found.kind in ("optimizer", "schedule")
    if about.example is None and not stepping:
        return
    yield Block("head", "Against torch, float32")
    yield Block("code", f"# the defaults, three steps of {about.found.name}" if stepping else str(about.example))
    try:
        lines = against_torch(about)
    except ImportError as error:
        yield Block("text", f"Not compared: {error}")
        return
    except Exception as error:
        yield Block("text", f"Not compared: {type(error).__name__}: {error}")
        return
    wide = max([len(line.label) for line in lines], default=0)
    head = f"{'':<{wide}}  {'shape':<16}{'max |Δ|':>10}{'max ULP':>10}"
    rows = [f"{x.label:<{wide}}  {list(x.shape)!s:<16}{x.max_abs:>10.1e}{x.max_ulp:>10.0f}" for x in lines]
    yield Block("table", "\n".join([head, *rows]))


# ---------------------------------------------------------------- printing


def show(blocks: Iterable[Block], file: Any = None) -> None:
    """Print a page: in colour on a terminal if rich is installed, in plain text otherwise."""
    out = sys.stdout if file is None else file
    if out.isatty() and find_spec("rich") is not None:
        _in_colour(blocks)
        return
    for block in blocks:
        out.write(_plain(block))


def _plain(block: Block) -> str:
    if block.style == "title":
        return f"{block.text}\n{'=' * len(block.text)}\n"
    if block.style == "head":
        return f"\n{block.text}\n{'-' * len(block.text)}\n"
    if block.style in ("code", "table"):
        return textwrap.indent(block.text, "    ") + "\n"
    return "\n".join(map(_wrapped, block.text.splitlines())) + "\n"


def _wrapped(line: str) -> str:
    margin = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(line, WIDTH, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False)


def _in_colour(blocks: Iterable[Block]) -> None:
    from rich.console import Console
    from rich.syntax import Syntax
    from rich.text import Text

    console = Console()
    for block in blocks:
        if block.style == "code":
            console.print(Syntax(block.text, "python", background_color="default", word_wrap=True, padding=(0, 4)))
        elif block.style in ("text", "table"):
            console.print(Text(block.text))
        else:
            console.print(Text(("" if block.style == "title" else "\n") + block.text, style="bold cyan"))
