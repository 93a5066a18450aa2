"""CUDA: there is none. What a script asks before it chooses a device, and may say without one."""

from __future__ import annotations

__all__ = ["device_count", "empty_cache", "is_available", "is_initialized", "manual_seed", "manual_seed_all"]


def is_available() -> bool:
    """False: refnn computes on the CPU. Source: torch.cuda.is_available."""
    return False


def is_initialized() -> bool:
    """False. Source: torch.cuda.is_initialized."""
    return False


def device_count() -> int:
    """0. Source: torch.cuda.device_count."""
    return 0


def manual_seed(seed: int) -> None:
    """Seed the generator of the current device, of which there is none.

    Raises ValueError for what is not a number, as torch does without devices. Source: torch.cuda.manual_seed.
    """
    int(seed)


def manual_seed_all(seed: int) -> None:
    """Seed the generators of all devices, of which there are none. Raises and source: as manual_seed."""
    int(seed)


def empty_cache() -> None:
    """Give the unused memory of the devices back: there is nothing to give. Source: torch.cuda.empty_cache."""
