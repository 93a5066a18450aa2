"""Which values an op saves for its derivative rules, and how the rules are called with them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from operator import itemgetter
from typing import Any

__all__ = ["ALL", "ARG", "META", "OUT", "RESULT", "SHAPE", "Plan"]

ARG, OUT, SHAPE, META, ALL, RESULT = range(6)  # where a saved value comes from


class Plan:
    """For one set of inputs that need gradients: what to save, and which rules to call with it.

    Attributes:
        sources: where each saved value comes from; its number is the value's slot.
        calls: (the input's number, its rule, the slots of the rule's arguments).
        plain_calls: the same for bare arrays, with its kernel for a rule that is an op; the slots as the one slot
            or, where there are several, a function that picks their values.
    """

    __slots__ = (
        "arguments", "calls", "joint", "needed", "needs", "others", "out_slot", "plain_calls", "saves_list",
        "saves_tensors", "slots", "sources",
    )  # fmt: skip

    def __init__(self, op: Any, needs: tuple[bool, ...]) -> None:
        self.needs = needs
        self.needed = tuple(k for k, need in enumerate(needs) if need)
        self.sources: list[tuple[int, Any]] = []
        self.calls: list[tuple[int, Callable[..., Any], tuple[int, ...]]] = []
        self.joint: Callable[..., Any] | None = None
        if op.joint is not None:
            self.joint = self._bind_joint(op)
        else:
            for k, needed in enumerate(needs):
                rule = op.rules.get(k) if needed else None
                if rule is not None:
                    picks = tuple(self._slot(op.source(name)) for name in _parameters(rule)[1:])
                    self.calls.append((k, rule, picks))
        self.plain_calls = [
            (k, getattr(rule, "kernel", rule), picks[0] if len(picks) == 1 else None, _picker(picks))
            for k, rule, picks in self.calls
        ]
        self.slots = len(self.sources)
        places = [(slot, kind, key) for slot, (kind, key) in enumerate(self.sources)]
        self.arguments = [(slot, key) for slot, kind, key in places if kind == ARG]
        self.others = [place for place in places if place[1] != ARG]
        self.out_slot = self.sources.index((OUT, None)) if (OUT, None) in self.sources else None
        self.saves_list = any(kind == ALL for kind, _ in self.sources)
        self.saves_tensors = any(kind in (ARG, OUT, ALL) for kind, _ in self.sources)

    def _slot(self, source: tuple[int, Any]) -> int:
        if source not in self.sources:
            self.sources.append(source)
        return self.sources.index(source)

    def _bind_joint(self, op: Any) -> Callable[..., Any]:
        rule: Any = op.joint
        names = _parameters(rule)[1:]
        slots = [None if name == "needs" else self._slot(op.source(name)) for name in names]

        def call(g: Any, needs: tuple[bool, ...], values: list[Any]) -> Any:
            return rule(g, *[needs if slot is None else values[slot] for slot in slots])

        return call


def _picker(slots: tuple[int, ...]) -> Callable[[Any], Any]:
    return itemgetter(*slots) if slots else lambda values: ()


def _parameters(rule: Any) -> list[str]:
    code: Any = inspect.unwrap(rule).__code__
    return list(code.co_varnames[: code.co_argcount])
