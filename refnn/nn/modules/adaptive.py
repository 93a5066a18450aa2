"""AdaptiveLogSoftmaxWithLoss."""

from __future__ import annotations

import itertools
from collections import namedtuple
from collections.abc import Sequence
from typing import Any

from refnn.functions.gathering import gather
from refnn.functions.index_dim import index_copy, index_select
from refnn.functions.masks import nonzero
from refnn.functions.reduction import argmax
from refnn.functions.shape import squeeze, unsqueeze
from refnn.nn import functional as F
from refnn.nn.modules.container import ModuleList, Sequential
from refnn.nn.modules.linear import Linear
from refnn.nn.modules.module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]

_ASMoutput = namedtuple("_ASMoutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(Module):
    """A softmax over many classes in clusters: log p(c) = log p(cluster) + log p(c | cluster); l = −log p(t).

    The classes before the first cutoff, the frequent ones, stand in the head beside one entry for each cluster. The
    i-th cluster's classes have a projection of their own, to in_features / div_value^i numbers, and only what is
    asked for is computed.

    Args:
        in_features: the size of a sample.
        n_classes: the number of classes, the most frequent first.
        cutoffs: where each cluster begins, increasing, from 1 to n_classes − 1.
        div_value: by how much each cluster's projection is smaller than the one before it.
        head_bias: whether the head has a bias.

    Raises:
        ValueError: no cutoffs, or cutoffs that are out of order, out of range or no integers.

    Shape: x (N, in_features) or (in_features,); t (N,) or (). The result is a pair: `output`, log p(t), of t's shape,
    and `loss`, the mean of l, ().

    Source: torch.nn.AdaptiveLogSoftmaxWithLoss; Grave et al., 2017.
    """

    in_features: int
    n_classes: int
    cutoffs: list[int]
    div_value: float
    head_bias: bool
    head: Linear
    tail: Any

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        factory: dict[str, Any] = {"device": device, "dtype": dtype}
        super().__init__()
        begins = list(cutoffs)
        _check_cutoffs(begins, n_classes)
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*begins, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = begins[0]
        self.n_clusters = len(begins)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, **factory)
        self.tail = ModuleList()
        for i, (begin, end) in enumerate(itertools.pairwise(self.cutoffs), 1):
            hidden = int(in_features // div_value**i)
            down = Linear(in_features, hidden, bias=False, **factory)
            self.tail.append(Sequential(down, Linear(hidden, end - begin, bias=False, **factory)))

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        self.head.reset_parameters()
        for down, up in self.tail:
            down.reset_parameters()
            up.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> _ASMoutput:
        """log p(t) for each sample, and the loss.

        Raises RuntimeError for shapes that do not fit, and for a t that is no class.
        """
        _check_samples(input_, target_)
        in_batch = target_.dim() > 0
        x, t = (input_, target_) if in_batch else (unsqueeze(input_, 0), unsqueeze(target_, 0))
        places, output, found = t.clone(), x.new_zeros(t.size(0)), 0
        for i, (begin, end) in enumerate(itertools.pairwise([0, *self.cutoffs])):
            rows = nonzero((t >= begin) & (t < end))[:, 0]
            found += rows.numel()
            if i and rows.numel():
                log_p = F.log_softmax(self.tail[i - 1](index_select(x, 0, rows)), dim=1)
                own = gather(log_p, 1, unsqueeze(index_select(t, 0, rows) - begin, 1))
                output = index_copy(output, 0, rows, squeeze(own, 1))
                places[rows] = self.shortlist_size + i - 1
        if found != t.size(0):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{t.min().item()}, {t.max().item()}] were found. "
            )
        output = output + squeeze(gather(self._head_log_prob(self.head(x)), 1, unsqueeze(places, 1)), 1)
        loss = (-output).mean()
        return _ASMoutput(output if in_batch else squeeze(output, 0), loss)

    def _head_log_prob(self, head_output: Any) -> Any:
        return F.log_softmax(head_output, dim=1)

    def _get_full_log_prob(self, input: Any, head_output: Any) -> Any:
        """log p of all classes, from the samples and what the head says of them."""
        head = self._head_log_prob(head_output)
        out = input.new_empty((head_output.size(0), self.n_classes))
        first = self.shortlist_size
        out[:, :first] = head[:, :first]
        for i, (begin, end) in enumerate(itertools.pairwise(self.cutoffs)):
            out[:, begin:end] = F.log_softmax(self.tail[i](input), dim=1) + head[:, first + i : first + i + 1]
        return out

    def log_prob(self, input: Any) -> Any:
        """log p of every class: (N, in_features) -> (N, n_classes)."""
        return self._get_full_log_prob(input, self.head(input))

    def predict(self, input: Any) -> Any:
        """The most probable class: (N, in_features) -> (N,). Clusters are computed only where the head prefers one."""
        head_output = self.head(input)
        best = argmax(head_output, 1)
        outside = best >= self.shortlist_size
        if outside.any():
            best[outside] = argmax(self._get_full_log_prob(input[outside], head_output[outside]), 1)
        return best


def _check_cutoffs(cutoffs: list[int], n_classes: int) -> None:
    if not cutoffs:
        raise ValueError("cutoffs should be a sequence of length larger than 0")
    if (
        sorted(set(cutoffs)) != cutoffs
        or cutoffs[0] <= 0
        or cutoffs[-1] > n_classes - 1
        or any(int(c) != c for c in cutoffs)
    ):
        raise ValueError(
            "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value "
            "is between 1 and n_classes-1"
        )


def _check_samples(input: Any, target: Any) -> None:
    rank = target.dim()
    if rank > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if rank and input.size(0) != target.size(0):
        raise RuntimeError("Input and target should have the same size in the batch dimension.")
    if input.dim() != rank + 1:
        raise RuntimeError(
            f"{rank}D target tensor expects {rank + 1}D input tensors, but found inputs with size {input.size()}"
        )
