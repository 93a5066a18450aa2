"""From what a person types to refnn's object, its full name, and the page where torch documents it."""

from __future__ import annotations

import difflib
import inspect
import re
from dataclasses import dataclass
from importlib import import_module
from typing import Any

__all__ = ["Found", "UnknownName", "documented_at", "find", "related"]

SITE = "https://docs.pytorch.org/docs/stable/"
SPACES = ("nn", "nn.functional", "", "Tensor", "optim", "optim.lr_scheduler", "nn.init", "nn.utils", "nn.utils.rnn")
ON_ONE_PAGE = {
    "nn.init.": "nn.init.html", "utils.data.": "data.html", "autograd.": "autograd.html", "special.": "special.html",
}  # fmt: skip


class UnknownName(LookupError):
    """refnn has no such name; the text proposes others."""


@dataclass(frozen=True)
class Found:
    """An object of refnn's and the name that torch has for it, without `torch.`: `nn.functional.softmax`."""

    name: str
    value: Any

    @property
    def kind(self) -> str:
        """`module`, `optimizer`, `schedule`, `class` or `function`."""
        if not inspect.isclass(self.value):
            return "function"
        if self.name.startswith("nn."):
            return "module"
        if self.name.startswith("optim.lr_scheduler."):
            return "schedule"
        return "optimizer" if self.name.startswith("optim.") else "class"

    @property
    def signature(self) -> str:
        """`Linear(in_features, out_features, …)`, without annotations; with that of the base it is passed on to."""
        text = _signature(self.value, self.name.rpartition(".")[2])
        if "(*args, **kwargs)" in text and inspect.isclass(self.value):
            base = self.value.__mro__[1]
            return f"{text}\n{_signature(base, base.__name__)}"
        return text


def _signature(value: Any, name: str) -> str:
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return f"{name}(…)"
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    return name + str(found.replace(parameters=bare, return_annotation=found.empty))


def find(text: str) -> Found:
    """The object of a name such as nn.GRU, F.softmax, torch.add, Tensor.mul, optim.Adam, or just GRU.

    Raises UnknownName.
    """
    path = re.sub(r"^(torch|refnn)\.", "", text)
    path = re.sub(r"^F\.", "nn.functional.", path)
    for space in ("", *SPACES):
        full = f"{space}.{path}".lstrip(".")
        value = _look_up(full)
        if callable(value):
            return Found(full, value)
    near = difflib.get_close_matches(path.rpartition(".")[2], _all_names(), n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UnknownName(f"refnn has no layer or function {text}{hint}")


def _look_up(path: str) -> Any:
    value: Any = import_module("refnn")
    for part in path.split("."):
        value = getattr(value, part, None)
    return value


def _all_names() -> dict[str, str]:
    """The last part of every public name, to the whole."""
    found = {}
    for space in SPACES:
        owner = _look_up(space) if space else import_module("refnn")
        for name in getattr(owner, "__all__", None) or dir(owner):
            if not name.startswith("_"):
                found[name] = f"{space}.{name}".lstrip(".")
    return found


def related(found: Found) -> list[str]:
    """The name, and for a module the functions that its forward calls: what is said of them holds for it."""
    names = [found.name]
    forward = getattr(found.value, "forward", None)
    if found.kind == "module" and forward is not None:
        called = re.findall(r"\bF\.(\w+)\(", _source(forward))
        called += [value for value in (getattr(found.value, "_function", None),) if isinstance(value, str)]
        names += [f"nn.functional.{name}" for name in called]
    return list(dict.fromkeys(names))


def _source(function: Any) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return ""


def documented_at(name: str) -> str:
    """The address in torch's stable documentation."""
    for start, page in ON_ONE_PAGE.items():
        if name.startswith(start):
            return f"{SITE}{page}#torch.{name}"
    return f"{SITE}generated/torch.{name}.html"
