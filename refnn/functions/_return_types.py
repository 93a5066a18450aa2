"""The named tuples that torch returns: torch.return_types.<name>."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

__all__ = ["named"]


def _return_type(name: str, fields: tuple[str, ...]) -> Any:
    made: Any = type(name, (namedtuple(name, fields),), {"__module__": "torch.return_types"})

    def text(self: Any) -> str:
        return (
            f"torch.return_types.{name}(\n" + ",\n".join(f"{f}={v!r}" for f, v in zip(fields, self, strict=True)) + ")"
        )

    made.__repr__ = text
    return made


_PICKS = ("max", "min", "sort", "topk", "median", "nanmedian", "mode", "kthvalue", "cummax", "cummin")
_TYPES = {name: _return_type(name, ("values", "indices")) for name in _PICKS}
_TYPES["aminmax"] = _return_type("aminmax", ("min", "max"))
_TYPES["frexp"] = _return_type("frexp", ("mantissa", "exponent"))
_TYPES["geqrf"] = _return_type("geqrf", ("a", "tau"))
_TYPES |= {f"{name}_out": _return_type(f"{name}_out", made._fields) for name, made in _TYPES.items()}


def named(name: str, results: Any) -> Any:
    """Results as the named tuple of a function."""
    return _TYPES[name](*results)
