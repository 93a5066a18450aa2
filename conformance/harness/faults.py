"""Faults to plant in refnn, each of which the comparison of its module must report.

A fault replaces a part of an op (its kernel, one rule, its joint rule), or a public function, by a
wrapper around it. It is reported if a sample that agrees with torch without it disagrees with it, in
what it computes: an exception would be noticed without any comparison.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np
import pytest
import torch

import refnn
from conformance.cases import ROWS
from conformance.harness import cases
from refnn.autograd.op import TABLE
from refnn.testing.conformance import modules, names
from refnn.testing.conformance.report import Report

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class Fault:
    """One fault. `place` is an op's name and part, `linear.linear kernel`, or a public name, `Tensor.flatten`."""

    module: str
    title: str
    place: str
    wrap: Wrap

    def __str__(self) -> str:
        return f"{self.module}, {self.title}"


def plant(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the fault in, until the monkeypatch is undone."""
    name, _, part = fault.place.partition(" ")
    if not part:
        owner = names.look_up(refnn, name.rpartition(".")[0])
        attribute = name.rpartition(".")[2]
        monkeypatch.setattr(owner, attribute, fault.wrap(getattr(owner, attribute)))
        return
    op = TABLE[name]
    monkeypatch.setattr(op, "plans", {})  # they hold the rules
    if part in ("kernel", "joint"):
        original = getattr(op, part)
        monkeypatch.setattr(op, part, wraps(original)(fault.wrap(original)))
    else:
        position = op.args.index(part)
        original = op.rules[position]
        monkeypatch.setitem(op.rules, position, wraps(original)(fault.wrap(original)))


def reports(module: str) -> list[Report]:
    """Everything that is compared of a module in float64: torch's samples and our own."""
    found = []
    if module in modules.INFOS:
        found += [modules.run(modules.ModuleTest(module, torch.float64, training)) for training in (True, False)]
    rows = tuple(row for row in ROWS if row.target == module)
    return [*found, cases.run(cases.CaseTest(module, torch.float64, rows))]


def verdicts(module: str) -> dict[tuple[str, int], list[str]]:
    """For each sample that was compared: what differs from torch, nothing where it agrees."""
    return {
        (report.test, outcome.sample): [failure.text for failure in outcome.failures]
        for report in reports(module)
        for outcome in report.outcomes
        if not report.missing and not outcome.missing
    }


# ---------------------------------------------------------------- wrappers


def argument(position: int, change: Callable[[Any], Any]) -> Wrap:
    """Change one positional argument, where it is given."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def faulty(*args: Any, **kwargs: Any) -> Any:
            changed = list(args)
            if position < len(args) and args[position] is not None:
                changed[position] = change(args[position])
            return original(*changed, **kwargs)

        return faulty

    return wrap


def keyword(name: str, change: Callable[[Any], Any]) -> Wrap:
    """Change one keyword."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def faulty(*args: Any, **kwargs: Any) -> Any:
            return original(*args, **{**kwargs, name: change(kwargs[name])})

        return faulty

    return wrap


def result(change: Callable[[Any], Any]) -> Wrap:
    """Change what is returned."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: change(original(*args, **kwargs))

    return wrap


def part(index: int, change: Callable[[Any], Any]) -> Wrap:
    """Change one of several results, where it is there."""

    def change_part(found: Any) -> Any:
        return tuple(change(v) if i == index and v is not None else v for i, v in enumerate(found))

    return result(change_part)


def _as_transposed(w: Any) -> Any:
    return np.ascontiguousarray(w.T).reshape(w.shape)


def _turned(w: Any) -> Any:
    return np.flip(w, tuple(range(2, w.ndim)))


def _wider(stride: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(s + 1 for s in stride)


def _later(pads: Any) -> Any:
    """Padding moved from the front to the back: the size stays, the place is off by one."""
    return tuple((max(before - 1, 0), after + min(before, 1)) for before, after in pads)


def _last_tie(original: Callable[..., Any]) -> Callable[..., Any]:
    """The last of equal values instead of the first, in windows that lie symmetrically."""

    def faulty(*arrays: Any, pool: Any) -> Any:
        axes = tuple(range(arrays[0].ndim - pool.rank, arrays[0].ndim))
        flipped = original(*(np.ascontiguousarray(np.flip(a, axes)) for a in arrays), pool=pool)
        found = np.flip(flipped, axes)
        size = int(np.prod(arrays[0].shape[-pool.rank :]))
        return size - 1 - found if found.dtype == np.int64 else found

    return faulty


def _even_windows(original: Callable[..., Any]) -> Callable[..., Any]:
    """Windows that end where the next begins."""

    def faulty(x: Any, *, count: Any) -> Any:
        for axis, n in zip(range(x.ndim - len(count), x.ndim), count, strict=True):
            if 0 < n <= x.shape[axis]:
                parts = np.array_split(x, n, axis)
                x = np.concatenate([part.mean(axis, keepdims=True) for part in parts], axis)
        return x if x.shape[-len(count) :] == count else original(x, count=count)

    return faulty


def _last_window(original: Callable[..., Any]) -> Callable[..., Any]:
    """Of equal values in adaptive windows, which lie symmetrically, the last."""

    def faulty(x: Any, *, count: Any) -> Any:
        axes = tuple(range(x.ndim - len(count), x.ndim))
        y, index = original(np.ascontiguousarray(np.flip(x, axes)), count=count)
        return np.flip(y, axes), np.prod(x.shape[-len(count) :]) - 1 - np.flip(index, axes)

    return faulty


def _with(**changes: Any) -> Callable[[Any], Any]:
    return lambda axes: tuple(axis._replace(**changes) for axis in axes)


def _swap(text: str) -> str:
    return {"mean": "sum", "sum": "mean", "tanh": "relu", "relu": "tanh"}.get(text, text)


def _ignoring(name: str, value: Any) -> Wrap:
    """A public function that does not heed one of its keyword arguments."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def faulty(*args: Any, **kwargs: Any) -> Any:
            return original(*args, **{**kwargs, name: value}) if name in kwargs else original(*args, **kwargs)

        return faulty

    return wrap


def _scaled_back(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda input, p=0.5, *rest, **kwargs: original(input, p, *rest, **kwargs) * (1 - p)


def _training_always(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda input, p=0.5, training=True, inplace=False: original(input, p, True, inplace)


def _from_dimension(start: int) -> Wrap:
    return lambda original: lambda self, start_dim=0, end_dim=-1: original(self, start, end_dim)


def _column_major(original: Callable[..., Any]) -> Callable[..., Any]:
    def faulty(self: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
        shape = original(self, start_dim, end_dim).shape
        return self.permute(*reversed(range(self.ndim))).reshape(shape)

    return faulty


def _clamped_input(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, *rest, **kwargs: original(np.clip(x, 1e-7, 1 - 1e-7), *rest, **kwargs)


def _eps_outside(original: Callable[..., Any]) -> Callable[..., Any]:
    """1 / (σ + eps) in place of 1 / √(σ² + eps), for channels."""

    def faulty(x: Any, weight: Any, bias: Any, *, form: Any, eps: float) -> Any:
        y, mean, var = original(x, None, None, form=form, eps=eps)
        shape = (1, -1, *[1] * (x.ndim - 2))
        y = y * (np.sqrt(var + eps) / (np.sqrt(var) + eps)).reshape(shape)
        y = y if weight is None else y * weight.reshape(shape)
        return y if bias is None else y + bias.reshape(shape), mean, var

    return faulty


def _unbiased_inside(original: Callable[..., Any]) -> Callable[..., Any]:
    """The unbiased variance normalises, the biased one is stored."""

    def faulty(x: Any, weight: Any, bias: Any, *, form: Any, eps: float) -> Any:
        n = x.size // x.shape[1]
        scale = np.sqrt((n - 1) / n)
        y, mean, var = original(x, weight if weight is None else weight * scale, bias, form=form, eps=eps)
        return y if weight is not None else y * scale, mean, var * ((n - 1) / n)

    return faulty


def _inverted(bias: Any) -> Any:
    return np.where(bias == 0, -np.inf, 0).astype(bias.dtype)


def _exchanged(original: Callable[..., Any]) -> Callable[..., Any]:
    """The transposed product where it has the same shape."""

    def faulty(x: Any, y: Any) -> Any:
        square = x.shape[-2] == y.shape[-1]
        return original(x, y).swapaxes(-1, -2) if square else original(x, y)

    return faulty


def _doubled(found: Any) -> Any:
    return tuple(2 * g for g in found)


SDPA = "attention.scaled_dot_product_attention"
DENSE = "sparse.embedding_dense_backward kernel"
RNN = "rnn.rnn_layer kernel"
MAX_POOL = "pooling.largest kernel"
CONV = "conv.conv kernel"
ADAPTIVE = "pooling_adaptive.adaptive_avg_pool kernel"
ADAPTIVE_MAX = "pooling_adaptive.adaptive_max_pool kernel"
INTERPOLATE = "upsampling.interpolate kernel"
BCE = "loss.binary_cross_entropy"
NORM = "normalization.normalize"

FAULTS = [
    Fault("nn.Linear", "bias dropped", "linear.linear kernel", argument(2, np.zeros_like)),
    Fault("nn.Linear", "weight transposed", "linear.linear kernel", argument(1, _as_transposed)),
    Fault("nn.Linear", "weight's gradient negated", "linear.linear weight", result(lambda g: -g)),
    Fault("nn.Linear", "second derivative doubled", "linear.weight_gradient dy", result(lambda g: g * 2)),
    Fault("nn.Conv2d", "bias dropped", CONV, argument(2, np.zeros_like)),
    Fault("nn.Conv2d", "kernel turned round", CONV, argument(1, _turned)),
    Fault("nn.Conv2d", "stride off by one", CONV, keyword("stride", _wider)),
    Fault("nn.Conv2d", "padding moved by one", CONV, keyword("padding", _later)),
    Fault("nn.Conv2d", "dilations exchanged", CONV, keyword("dilation", lambda d: d[::-1])),
    Fault("nn.Conv2d", "weight's gradient turned round", "conv.conv_weight kernel", result(_turned)),
    Fault("nn.MaxPool2d", "the last of equal values", "pooling.max_pool_indices kernel", _last_tie),
    Fault("nn.MaxPool2d", "padding of zeros", MAX_POOL, result(lambda y: np.maximum(y, 0))),
    Fault("nn.MaxPool2d", "NaN lost", MAX_POOL, argument(0, lambda x: np.nan_to_num(x, nan=-np.inf))),
    Fault("nn.MaxPool2d", "ceil_mode ignored", "nn.functional.max_pool2d", _ignoring("ceil_mode", False)),
    Fault("nn.MaxPool2d", "gradient to all equal values", "pooling.max_pool_backward kernel", result(lambda g: g * 2)),
    Fault("nn.AdaptiveAvgPool2d", "windows one place early", ADAPTIVE, argument(0, lambda x: np.roll(x, 1, -1))),
    Fault("nn.AdaptiveAvgPool2d", "windows all of one size", ADAPTIVE, _even_windows),
    Fault("nn.AdaptiveMaxPool2d", "the last of equal values", ADAPTIVE_MAX, _last_window),
    Fault("nn.Upsample", "corners never aligned", INTERPOLATE, keyword("axes", _with(align_corners=False))),
    Fault("nn.Upsample", "factor replaced by the ratio of sizes", INTERPOLATE, keyword("axes", _with(scale=None))),
    Fault(
        "nn.Upsample",
        "gradient without aligned corners",
        "upsampling.interpolate_backward kernel",
        keyword("back", _with(align_corners=False)),
    ),
    Fault("nn.Flatten", "starts at the first dimension", "Tensor.flatten", _from_dimension(0)),
    Fault("nn.Flatten", "starts one dimension late", "Tensor.flatten", _from_dimension(2)),
    Fault("nn.Flatten", "last dimension slowest", "Tensor.flatten", _column_major),
    Fault("nn.RNN", "directions exchanged", RNN, keyword("reverse", lambda r: not r)),
    Fault("nn.RNN", "hidden bias dropped", RNN, argument(5, np.zeros_like)),
    Fault("nn.RNN", "hidden weight transposed", RNN, argument(3, _as_transposed)),
    Fault("nn.RNN", "nonlinearities exchanged", RNN, keyword("nonlinearity", _swap)),
    Fault("nn.RNN", "initial state ignored", RNN, argument(1, np.zeros_like)),
    Fault("nn.RNN", "initial state's gradient lost", "rnn.rnn_layer_backward kernel", part(1, np.zeros_like)),
    Fault("nn.Dropout", "no scale", "nn.functional.dropout", _scaled_back),
    Fault("nn.Dropout", "drops in evaluation", "nn.functional.dropout", _training_always),
    Fault("nn.Dropout", "keeps instead of drops", "nn.functional.dropout", argument(1, lambda p: 1 - p)),
    Fault("nn.BCELoss", "input clamped instead of the logs", BCE + " kernel", _clamped_input),
    Fault("nn.BCELoss", "mean and sum exchanged", BCE + " kernel", keyword("reduction", _swap)),
    Fault("nn.BCELoss", "weight ignored", BCE + " kernel", argument(2, np.ones_like)),
    Fault("nn.BCELoss", "gradient clamped", BCE + "_backward kernel", argument(1, lambda x: np.clip(x, 1e-7, 1))),
    Fault("nn.BatchNorm2d", "eps outside the root", NORM + " kernel", _eps_outside),
    Fault("nn.BatchNorm2d", "biased and unbiased variance exchanged", NORM + " kernel", _unbiased_inside),
    Fault("nn.BatchNorm2d", "biased variance stored", NORM + " kernel", part(2, lambda v: v * 0.9)),
    Fault("nn.BatchNorm2d", "momentum reversed", "nn.functional.batch_norm", argument(6, lambda m: 1 - m)),
    Fault("nn.BatchNorm2d", "statistics' gradient lost", NORM + "_backward kernel", keyword("fixed", lambda _: True)),
    Fault("nn.InstanceNorm1d", "over the batch", NORM + " kernel", keyword("form", lambda f: f._replace(batch=True))),
    Fault("nn.LayerNorm", "eps ignored", NORM + " kernel", keyword("eps", lambda _: 0.0)),
    Fault("nn.LayerNorm", "mean kept", NORM + " kernel", keyword("form", lambda f: f._replace(centred=False))),
    Fault("nn.LayerNorm", "weight's gradient lost", NORM + "_backward kernel", part(1, np.zeros_like)),
    Fault("nn.GroupNorm", "one group", "nn.functional.group_norm", argument(1, lambda _: 1)),
    Fault("nn.RMSNorm", "mean subtracted", "nn.functional.rms_norm", argument(0, lambda x: x - x.mean(-1, True))),
    Fault("nn.MultiheadAttention", "scale missing", SDPA + " kernel", keyword("scale", lambda scale: 1.0)),
    Fault("nn.MultiheadAttention", "mask inverted", SDPA + " kernel", argument(3, _inverted)),
    Fault("nn.MultiheadAttention", "queries and keys exchanged", "linalg.bmm kernel", _exchanged),
    Fault("nn.MultiheadAttention", "gradient of the scores doubled", SDPA + "_backward kernel", result(_doubled)),
    Fault("nn.Embedding", "gradient of the padding kept", DENSE, keyword("padding_idx", lambda k: -1)),
    Fault("nn.Embedding", "repeated rows counted once", DENSE, argument(0, lambda g: g / 2)),
    Fault("nn.Embedding", "frequency ignored", DENSE, keyword("scale_grad_by_freq", lambda by: False)),
]  # fmt: skip
