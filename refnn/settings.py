"""Settings of a whole program: determinism, the precision of matrix products, the device of new tensors.

refnn computes every function in one way, the same from run to run and in full precision, so that the first two hold
what they are set to and there is nothing left to change.
"""

from __future__ import annotations

from typing import Any

from refnn.functions._checks import type_name, warn
from refnn.types import CPU, check_device, device

__all__ = [
    "are_deterministic_algorithms_enabled",
    "get_default_device",
    "get_deterministic_debug_mode",
    "get_float32_matmul_precision",
    "is_deterministic_algorithms_warn_only_enabled",
    "set_default_device",
    "set_float32_matmul_precision",
    "use_deterministic_algorithms",
]

_PRECISIONS = ("highest", "high", "medium")


class _Settings:
    deterministic = False
    only_warns = False
    precision = "highest"


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for algorithms that give the same from run to run, which refnn's do.

    Raises TypeError for what is no bool. Source: torch.use_deterministic_algorithms.
    """
    for position, (name, value) in enumerate((("mode", mode), ("warn_only", warn_only)), 1):
        if not isinstance(value, bool):
            where = " (position 1)" if position == 1 else ""
            raise TypeError(
                f"_set_deterministic_algorithms(): argument '{name}'{where} must be bool, not {type_name(value)}"
            )
    _Settings.deterministic, _Settings.only_warns = mode, mode and warn_only


def are_deterministic_algorithms_enabled() -> bool:
    """Whether they were asked for. Source: torch.are_deterministic_algorithms_enabled."""
    return _Settings.deterministic


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether others would only be warned of. Source: torch.is_deterministic_algorithms_warn_only_enabled."""
    return _Settings.only_warns


def get_deterministic_debug_mode() -> int:
    """0 where they were not asked for, 1 where others are warned of, 2 where they are errors.

    Source: torch.get_deterministic_debug_mode.
    """
    return 0 if not _Settings.deterministic else 1 if _Settings.only_warns else 2


def set_float32_matmul_precision(precision: str) -> None:
    """Say how much precision products of float32 may lose: "highest", "high" or "medium". refnn's lose none.

    Warns of another word, which changes nothing. Source: torch.set_float32_matmul_precision.
    """
    if precision not in _PRECISIONS:
        warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the currentsetFloat32MatmulPrecision call has "
            "no effect."
        )
        return
    _Settings.precision = precision


def get_float32_matmul_precision() -> str:
    """What set_float32_matmul_precision was told. Source: torch.get_float32_matmul_precision."""
    return _Settings.precision


def get_default_device() -> device:
    """Where new tensors live: the CPU. Source: torch.get_default_device."""
    return CPU


def set_default_device(device: Any) -> None:
    """Choose where new tensors live: the CPU, or None for it.

    Raises AssertionError for CUDA and RuntimeError for other devices, which torch raises at the first new tensor.
    Source: torch.set_default_device.
    """
    if device is not None:
        check_device(device)
