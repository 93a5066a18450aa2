"""Anomaly detection: a failing backward pass tells where the forward pass made the node that failed.

While it is on, each new node keeps the traceback of its making, and a pass looks for NaN in every gradient. The mode
belongs to the process, as in torch; what runs belongs to a thread.
"""

from __future__ import annotations

import os
import threading
import traceback
import warnings
from types import FrameType
from typing import Any

__all__ = [
    "anomaly",
    "detect_anomaly",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "note_origin",
    "running",
    "set_anomaly_enabled",
    "set_detect_anomaly",
    "warn_of",
]

_ENABLED = (
    "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging."
)
_NO_FORWARD = "No forward pass information available. Enable detect anomaly during forward pass for more information."
_PACKAGE = os.path.dirname(os.path.dirname(__file__))
# What records operations; torch's is no Python, and a traceback does not show it.
_MACHINERY = tuple(os.path.join(_PACKAGE, name) + os.sep for name in ("autograd", "functions", "ops", "_tensor"))


class _Anomaly:
    enabled = False
    check_nan = True


class _Running(threading.local):
    node: Any = None  # whose derivative is being computed


anomaly = _Anomaly()
running = _Running()


def is_anomaly_enabled() -> bool:
    """Whether anomaly detection is on."""
    return anomaly.enabled


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly detection, when it is on, raises for NaN in a gradient."""
    return anomaly.check_nan


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Turn anomaly detection on or off for good. Raises TypeError for what is no bool."""
    for position, (name, value) in enumerate((("enabled", enabled), ("check_nan", check_nan)), 1):
        if not isinstance(value, bool):
            raise TypeError(
                f"set_anomaly_enabled(): argument '{name}' (position {position}) must be bool, not "
                f"{type(value).__name__}"
            )
    from refnn.autograd.observed import observe

    if enabled != anomaly.enabled:
        observe(1 if enabled else -1)
    anomaly.enabled, anomaly.check_nan = enabled, check_nan


class set_detect_anomaly:
    """Turn anomaly detection on or off at once; as a context manager, put the former state back at the end.

    Args:
        mode: True for on.
        check_nan: raise where a derivative gives NaN.

    Raises TypeError for what is no bool. Source: torch.autograd.set_detect_anomaly.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = anomaly.enabled, anomaly.check_nan
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *args: object) -> None:
        set_anomaly_enabled(*self._before)


class detect_anomaly:
    """A context manager that turns anomaly detection on. Warns, as everything is slower inside.

    Where a derivative raises, a warning shows the traceback of the operation's forward call; it also raises
    RuntimeError for a derivative that gives NaN.

    Args:
        check_nan: False allows NaN.

    Source: torch.autograd.detect_anomaly.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._before = anomaly.enabled, anomaly.check_nan
        self.check_nan = check_nan
        warnings.warn(_ENABLED, stacklevel=2)

    def __enter__(self) -> None:
        set_anomaly_enabled(True, self.check_nan)

    def __exit__(self, *args: object) -> None:
        set_anomaly_enabled(*self._before)


def note_origin(node: Any) -> None:
    """Keep with a new node where it was made, and in the course of which other node's derivative."""
    frame: FrameType | None = traceback.walk_stack(None).__next__()[0]
    while frame is not None and frame.f_code.co_filename.startswith(_MACHINERY):
        frame = frame.f_back
    node.metadata["traceback_"] = traceback.format_stack(frame)
    if running.node is not None:
        node.metadata["parent_"] = running.node


def warn_of(node: Any) -> None:
    """Warn of a node that failed: its forward call, and those whose derivatives led to it."""
    _warn(f"Error detected in {node.name()}. ", "Traceback of forward call that caused the error:\n", node)
    parent = node.metadata.get("parent_")
    while parent is not None and "traceback_" in node.metadata:
        text = f"\n\nPrevious calculation was induced by {parent.name()}. "
        if "traceback_" not in parent.metadata:
            text = f"Error detected in {parent.name()}. "
        _warn(text, "Traceback of forward call that induced the previous calculation:\n", parent)
        node, parent = parent, parent.metadata.get("parent_")


def _warn(text: str, introduction: str, node: Any) -> None:
    lines = node.metadata.get("traceback_")
    warnings.warn(text + (_NO_FORWARD if lines is None else introduction + "".join(lines)), stacklevel=2)
