"""Which values an op saves for its derivative rules, and how the rules are called with them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from operator import itemgetter
from typing import Any

__all__ = ["ALL", "ARG", "KEYWORDS", "META", "OUT", "RESULT", "SHAPE", "Plan"]

ARG, OUT, SHAPE, META, ALL, RESULT, KEYWORDS = range(7)  # where a saved value comes from
Call = Callable[[Any, Any], Any]


class Plan:
    """For one set of inputs that need gradients: what to save, and which rules to call with it.

    Attributes:
        sources: where each saved value comes from; its number is the value's slot.
        calls: (the input's number, its rule as a function of the gradient and the saved values).
        plain_calls: the same for bare arrays: of a rule that is an op the kernel.
    """

    __slots__ = (
        "arguments", "calls", "joint", "needed", "needs", "others", "out_slot", "plain_calls", "saves_list",
        "saves_tensors", "slots", "sources",
    )  # fmt: skip

    def __init__(self, op: Any, needs: tuple[bool, ...]) -> None:
        self.needs = needs
        self.needed = tuple(k for k, need in enumerate(needs) if need)
        self.sources: list[tuple[int, Any]] = []
        self.calls: list[tuple[int, Call]] = []
        self.plain_calls: list[tuple[int, Call]] = []
        self.joint: Callable[..., Any] | None = None
        if op.joint is not None:
            self.joint = self._bind_joint(op)
        else:
            for k, needed in enumerate(needs):
                rule = op.rules.get(k) if needed else None
                if rule is not None:
                    slots = [self._slot(op.source(name)) for name in _parameters(rule)[1:]]
                    keywords = self._keywords(op, rule)
                    self.calls.append((k, _call(rule, slots, keywords)))
                    kernel = rule.kernel if type(rule) is type(op) else rule
                    self.plain_calls.append((k, _call(kernel, slots, keywords)))
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

    def _keywords(self, op: Any, rule: Any) -> int | None:
        """The slot of the call's metadata, for a rule that takes all of it by keyword, as another op does."""
        code: Any = inspect.unwrap(rule).__code__
        names = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        if not names:
            return None
        if set(names) != op.defaults.keys():
            raise TypeError(f"{op.name}: a rule takes {names} by keyword, which is not the op's metadata")
        return self._slot((KEYWORDS, None))

    def _bind_joint(self, op: Any) -> Callable[..., Any]:
        rule: Any = op.joint
        names = _parameters(rule)[1:]
        slots = [None if name == "needs" else self._slot(op.source(name)) for name in names]

        def call(g: Any, needs: tuple[bool, ...], values: list[Any]) -> Any:
            return rule(g, *[needs if slot is None else values[slot] for slot in slots])

        return call


def _call(rule: Callable[..., Any], slots: list[int], keywords: int | None) -> Call:
    """The rule as a function of g and the saved values."""
    pick: Any = itemgetter(*slots) if len(slots) > 1 else lambda values: [values[slot] for slot in slots]
    if keywords is not None:
        return lambda g, values: rule(g, *pick(values), **values[keywords])
    if len(slots) > 1:
        return lambda g, values: rule(g, *pick(values))
    if slots:
        slot = slots[0]
        return lambda g, values: rule(g, values[slot])
    return lambda g, values: rule(g)


def _parameters(rule: Any) -> list[str]:
    code: Any = inspect.unwrap(rule).__code__
    return list(code.co_varnames[: code.co_argcount])
