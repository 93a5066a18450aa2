"""The backward pass while anomaly detection is on."""

from __future__ import annotations

from typing import Any

from refnn.autograd.anomaly_mode import anomaly, running, warn_of
from refnn.autograd.backward_pass import Pass
from refnn.autograd.base import TensorBase
from refnn.autograd.node import Node

__all__ = ["AnomalyPass"]


class AnomalyPass(Pass):
    """A pass that tells which node failed, and refuses NaN."""

    inspects = True

    def run_plain(self, node: Any, g: Any) -> None:
        self.run(node, g, None)

    def run(self, node: Node, g: Any, wanted: Any) -> None:
        before, running.node = running.node, node
        try:
            super().run(node, g, wanted)
        except Exception:
            warn_of(node)
            raise
        finally:
            running.node = before

    def run_post_hooks(self, node: Node, g: Any, pairs: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
        if node._post_hooks:
            pairs = super().run_post_hooks(node, g, pairs)
        if anomaly.check_nan:
            for k, gk in pairs:
                array = gk._data if isinstance(gk, TensorBase) else gk
                if bool((array != array).any()):  # only NaN differs from itself
                    raise RuntimeError(f"Function '{node.name()}' returned nan values in its {k}th output.")
        return pairs
