"""Averages of a model's weights over training, and the schedule that goes with them (torch.optim.swa_utils).

    θ̄ ← θ̄ + (θ − θ̄) / (n + 1)        stochastic weight averaging, n models averaged so far
    θ̄ ← d θ̄ + (1 − d) θ              exponential moving average, with decay d

Source: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", 2018.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from refnn.autograd.modes import no_grad
from refnn.dtypes import int64
from refnn.functions.from_data import tensor
from refnn.nn.modules.batchnorm import _BatchNorm
from refnn.nn.modules.module import Module
from refnn.optim._lr_base import LRScheduler
from refnn.optim._lr_cyclic import _each_group
from refnn.optim.optimizer import Optimizer
from refnn.tensor import Tensor

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Any, Any, Any], Any]


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def _has_lerp(t: Any) -> bool:
    return bool(t.is_floating_point() or t.is_complex())


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """A `multi_avg_fn` for the exponential moving average. Raises ValueError for a decay outside [0, 1]."""
    _check_decay(decay)

    @no_grad()  # type: ignore[untyped-decorator]
    def ema_update(ema_param_list: Any, current_param_list: Any, _: Any) -> None:
        lerp = _has_lerp(ema_param_list[0])
        for average, current in zip(ema_param_list, current_param_list, strict=True):
            if lerp:
                average.lerp_(current, 1 - decay)
            else:
                average.copy_(average * decay + current * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """A `multi_avg_fn` for the mean of all models."""

    @no_grad()  # type: ignore[untyped-decorator]
    def swa_update(averaged_param_list: Any, current_param_list: Any, num_averaged: Any) -> None:
        lerp = _has_lerp(averaged_param_list[0])
        for average, current in zip(averaged_param_list, current_param_list, strict=True):
            if lerp:
                average.lerp_(current, float(1 / (num_averaged + 1)))
            elif isinstance(num_averaged, Tensor):
                average.addcdiv_(current - average, num_averaged + 1)  # which refuses integers
            else:
                average.add_(current - average, alpha=1.0 / (num_averaged + 1))

    return swa_update


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """An `avg_fn` for the exponential moving average. Raises ValueError for a decay outside [0, 1]."""
    _check_decay(decay)

    @no_grad()  # type: ignore[untyped-decorator]
    def ema_update(ema_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Average:
    """An `avg_fn` for the mean of all models."""

    @no_grad()  # type: ignore[untyped-decorator]
    def swa_update(averaged_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


class AveragedModel(Module):
    """A copy of a model, whose parameters are averages of those that `update_parameters` is given.

    Args:
        model: to be copied.
        device: where the copy goes.
        avg_fn: (average, parameter, number averaged) -> the new average. Default: the mean.
        multi_avg_fn: (averages, parameters, number averaged), which writes to the averages; in place of avg_fn.
        use_buffers: average the buffers too; else they are the last model's.

    Raises AssertionError where both functions are given. Source: torch.optim.swa_utils.AveragedModel.
    """

    n_averaged: Any

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: Callable[[Any, Any, Any], None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model gives."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take a model into the average. The first is copied."""
        averages = [t.detach() for t in self._averaged(self.module)]
        pairs = list(zip(averages, (t.detach() for t in self._averaged(model)), strict=False))
        if self.n_averaged == 0:
            for average, current in pairs:
                average.copy_(current)
        elif self.multi_avg_fn is not None:
            kinds: dict[Any, list[Any]] = {}
            for pair in pairs:
                kinds.setdefault(pair[0].dtype, []).append(pair)
            for same in kinds.values():  # of one dtype each, as the function expects them
                self.multi_avg_fn([a for a, _ in same], [c for _, c in same], self.n_averaged)
        else:
            avg_fn = get_swa_avg_fn() if self.avg_fn is None else self.avg_fn
            for average, current in pairs:
                average.copy_(avg_fn(average, current, self.n_averaged))
        if not self.use_buffers:
            for mine, theirs in zip(self.module.buffers(), model.buffers(), strict=True):
                mine.detach().copy_(theirs.detach())
        self.n_averaged += 1

    def _averaged(self, model: Module) -> Iterable[Any]:
        return chain(model.parameters(), model.buffers()) if self.use_buffers else model.parameters()


@no_grad()  # type: ignore[untyped-decorator]
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Set the running statistics of batch normalisation to those of the loader's data, by one pass over it.

    Args:
        loader: gives inputs, or tuples or lists that begin with one.
        model: to be run, in training mode; its mode is put back.
        device: where the inputs go.

    Source: torch.optim.swa_utils.update_bn.
    """
    layers = {m: m.momentum for m in model.modules() if isinstance(m, _BatchNorm)}
    if not layers:
        return
    was_training = model.training
    model.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the mean of all batches
    for batch in loader:
        given = batch[0] if isinstance(batch, list | tuple) else batch
        model(given if device is None else given.to(device))
    for layer, momentum in layers.items():
        layer.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Goes from each group's learning rate to swa_lr within anneal_epochs, and stays there.

    lr = a swa_lr + (1 − a) lr₀, a growing from 0 to 1: t, or (1 − cos π t) / 2, with t = epoch / anneal_epochs.

    Args:
        optimizer: whose learning rates to set.
        swa_lr: for all groups, or a list with one for each.
        anneal_epochs: how long it takes; 0 for at once.
        anneal_strategy: "cos" or "linear".
        last_epoch: where to resume.

    Raises ValueError for another strategy, anneal_epochs that are no int or negative, a list of another length.
    Source: torch.optim.swa_utils.SWALR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        for rate, group in zip(_each_group("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._anneal_strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """a at an epoch."""
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> list[Any]:
        """The learning rates of the epoch that begins, from those of the last one."""
        self._begin_get_lr()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            lr, swa_lr = group["lr"], group["swa_lr"]
            first = swa_lr if before == 1 else (lr - before * swa_lr) / (1 - before)
            rates.append(swa_lr * now + first * (1 - now))
        return rates
