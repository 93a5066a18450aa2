"""The arrays that a step works on: small tensors side by side in one array, the others one by one.

A step of Adam makes thirteen passes over each parameter. Of small parameters NumPy spends nearly all its
time on the calls, so they are gathered into one array, updated together, and put back: the same numbers, in
a third of the time for a network of four small parameters. Their state stays gathered: each state tensor is
a window on the common array.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from refnn.autograd.op import Array
from refnn.optim._arrays import blocks, parts

__all__ = ["batches"]

_SMALL = 1 << 12  # elements of a parameter that is gathered
_PLANS = 8  # sets of parameters that an optimizer keeps gathered


def batches(
    optimizer: Any, params: list[Any], states: list[Any], names: tuple[str, ...]
) -> Iterator[tuple[Array, ...]]:
    """(x, g, *state) for all params: values, gradients and what their states hold under `names`.

    The caller updates x and the state in place. Versions are bumped here.
    """
    bucket, others = _plan(optimizer._plans, params, states, names)
    if bucket is not None and bucket.gather():
        yield (bucket.x, bucket.g, *bucket.state)
        bucket.scatter()
    else:
        others = range(len(params))
    for i in others:
        held = [states[i][name]._data for name in names]
        for arrays in parts(params[i]._data, params[i]._grad._data, *held):
            yield from blocks(*arrays)
    for p, state in zip(params, states, strict=True):
        p._bump_version()
        for name in names:
            state[name]._bump_version()


Plan = tuple["Bucket | None", Any]  # the small parameters, and the indices of the others


def _plan(plans: dict[Any, Plan], params: list[Any], states: list[Any], names: tuple[str, ...]) -> Plan:
    key = (*map(id, params), names)
    plan = plans.get(key)
    if plan is None or not (plan[0] is None or plan[0].is_current(states)):
        if len(plans) >= _PLANS:
            plans.clear()
        plan = plans[key] = _divided(params, states, names)
    return plan


def _divided(params: list[Any], states: list[Any], names: tuple[str, ...]) -> Plan:
    arrays = [p._data for p in params]
    small = [i for i, x in enumerate(arrays) if x.size <= _SMALL and x.dtype in (np.float32, np.float64)]
    small = [i for i in small if arrays[i].dtype == arrays[small[0]].dtype]
    small = [i for i in small if not any(states[i][name].is_shared() for name in names)]  # which has to stay there
    if len(small) < 2 or len({id(params[i]) for i in small}) < len(small):
        return None, range(len(params))
    return Bucket(params, states, small, names), [i for i in range(len(params)) if i not in small]


class Bucket:
    """Parameters of one dtype, side by side."""

    __slots__ = ("_params", "_views", "_windows", "g", "state", "x")

    def __init__(self, params: list[Any], states: list[Any], indices: list[int], names: tuple[str, ...]) -> None:
        self._params = [params[i] for i in indices]
        shapes = [p._data.shape for p in self._params]
        ends = [0, *accumulate(p._data.size for p in self._params)]
        dtype = self._params[0]._data.dtype

        def side_by_side() -> tuple[Array, list[Array]]:
            common = np.empty(ends[-1], dtype)
            places = zip(pairwise(ends), shapes, strict=True)
            return common, [common[start:end].reshape(shape) for (start, end), shape in places]

        self.x, self._views = side_by_side()
        self.g, _ = side_by_side()
        self.state: list[Array] = []
        self._windows: list[tuple[int, str, Array]] = []  # index of a parameter, name, window
        for name in names:
            common, windows = side_by_side()
            self.state.append(common)
            for i, window in zip(indices, windows, strict=True):
                window[...] = states[i][name]._data
                states[i][name]._data = window
                self._windows.append((i, name, window))

    def is_current(self, states: list[Any]) -> bool:
        """Whether the state tensors are still windows on the common arrays."""
        return all(states[i][name]._data is window for i, name, window in self._windows)

    def gather(self) -> bool:
        """Copy the parameters and their gradients here. False where a dtype or a size has changed."""
        try:
            np.concatenate([p._data for p in self._params], None, self.x, casting="no")
            np.concatenate([p._grad._data for p in self._params], None, self.g, casting="no")
        except (TypeError, ValueError):
            return False
        return True

    def scatter(self) -> None:
        """Copy the parameters back."""
        for p, view in zip(self._params, self._views, strict=True):
            np.copyto(p._data, view)
