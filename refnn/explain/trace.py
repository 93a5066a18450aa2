"""Which operations a call comes to: watched while it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from refnn.autograd.op import Op

__all__ = ["called_in", "recorded"]


@contextmanager
def recorded() -> Iterator[list[Op]]:
    """The ops called inside the block, each once, in order; not those that an op calls in turn."""
    found: dict[str, Op] = {}
    original = Op.__call__
    depth = 0

    def call(self: Op, *args: Any, **meta: Any) -> Any:
        nonlocal depth
        if depth == 0:
            found.setdefault(f"{self.__module__}.{self.__name__}", self)
        depth += 1
        try:
            return original(self, *args, **meta)
        finally:
            depth -= 1

    Op.__call__ = call  # type: ignore[method-assign]
    ops: list[Op] = []
    try:
        yield ops
    finally:
        Op.__call__ = original  # type: ignore[method-assign]
        ops.extend(found.values())


def called_in(files: Container[str], run: Callable[[], Any]) -> list[Any]:
    """The code objects of some files' functions that `run` calls, in order."""
    found: dict[Any, None] = {}

    def watch(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename in files:
            found.setdefault(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        run()
    finally:
        sys.setprofile(before)
    return [code for code in found if not code.co_name.startswith("<")]
