"""The `reduction` argument of the losses, and the two arguments that it replaced."""

from __future__ import annotations

import warnings

__all__ = ["REDUCTIONS", "get_enum", "legacy_get_enum", "legacy_get_string"]

REDUCTIONS = ("none", "mean", "sum")  # each at the place of its number


def get_enum(reduction: str) -> int:
    """torch's number for a reduction. Raises ValueError for a word that is none."""
    if reduction == "elementwise_mean":
        warnings.warn("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", stacklevel=2)
        return REDUCTIONS.index("mean")
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return REDUCTIONS.index(reduction)


def legacy_get_string(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> str:
    """The reduction that `size_average` and `reduce` meant; None counts as True."""
    averages = size_average is None or size_average
    reduces = reduce is None or reduce
    reduction = "none" if not reduces else "mean" if averages else "sum"
    if emit_warning:
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=2,
        )
    return reduction


def legacy_get_enum(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> int:
    """The number of that reduction."""
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))
