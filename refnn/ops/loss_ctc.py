"""Connectionist temporal classification: the probability of a label sequence, summed over its alignments.

An alignment gives each time step a label or the blank; repeats merge, then blanks go. With blanks around and
between its S labels a target becomes l' of length L = 2 S + 1, and an alignment is a path through l' that stays,
moves on by one, or skips a blank between two different labels. All is in logarithms, for the whole batch and
all positions at once; the loop is over time.

Source: Graves et al., 2006.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._undifferentiable import undifferentiable

Lengths = tuple[int, ...]


def _padded(targets: Array, target_lengths: Array) -> Array:
    """Targets (N, S), or one after the other in one row, as (N, longest); what is beyond a length is 0."""
    counts = np.arange(int(target_lengths.max())) < target_lengths[:, None]
    labels = np.zeros(counts.shape, np.int64)
    if targets.ndim == 1:
        labels[counts] = targets
    else:
        np.copyto(labels, targets[:, : counts.shape[1]], where=counts, casting="unsafe")
    return labels


class _Alignment:
    """What the targets say of paths: l' (N, L), and where a path may skip a blank, as 0 or −∞ (N, L)."""

    __slots__ = ("extended", "skips", "target_lengths")

    def __init__(self, targets: Array, target_lengths: Lengths, blank: int, dtype: Any) -> None:
        self.target_lengths = np.asarray(target_lengths, np.int64)
        labels = _padded(targets, self.target_lengths)
        n, longest = labels.shape
        self.extended = np.full((n, 2 * longest + 1), blank, np.int64)
        self.extended[:, 1::2] = labels
        self.skips = np.full(self.extended.shape, -np.inf, dtype)
        self.skips[:, 2:][self.extended[:, 2:] != self.extended[:, :-2]] = 0

    def emissions(self, log_probs: Array) -> Array:
        """log y of each position's label at each time: (T, N, L)."""
        return np.take_along_axis(log_probs, self.extended[None], 2)


def _path_scores(emissions: Array, skips: Array) -> Array:
    """log α: the paths that begin at the first or second position and are at s at time t, (T, N, L).

    α_t(s) = (α_{t−1}(s) + α_{t−1}(s − 1) + [a skip is allowed] α_{t−1}(s − 2)) y_t(s).
    """
    steps, n, width = emissions.shape
    padded = np.full((steps, n, width + 2), -np.inf, emissions.dtype)  # what is before the first position: none
    scores = padded[:, :, 2:]
    scores[:1, :, :2] = emissions[:1, :, :2]
    ways = np.empty((3, n, width), emissions.dtype)
    largest, total = np.empty_like(skips), np.empty_like(skips)
    lowest = np.finfo(emissions.dtype).min
    for t in range(1, steps):
        before = padded[t - 1]
        ways[0], ways[1] = before[:, 2:], before[:, 1:-1]
        np.add(before[:, :-2], skips, out=ways[2])
        np.maximum.reduce(ways, 0, out=largest)
        np.maximum(largest, lowest, out=largest)  # so that −∞ stays −∞ when the largest is subtracted
        ways -= largest
        np.exp(ways, out=ways)
        np.add.reduce(ways, 0, out=total)
        np.log(total, out=total)
        total += largest
        np.add(total, emissions[t], out=scores[t])
    return scores


def _log_likelihood(scores: Array, input_lengths: Array, target_lengths: Array) -> Array:
    """The paths that end at the last position or the one before it. No time: 0 for an empty target, else −∞."""
    rows, end = np.arange(len(input_lengths)), 2 * target_lengths
    last = scores[np.maximum(input_lengths, 1) - 1, rows]
    blank = last[rows, end]
    label = np.where(target_lengths > 0, last[rows, end - 1], -np.inf)
    total = np.logaddexp(blank, label.astype(blank.dtype, copy=False))
    nothing = np.where(target_lengths == 0, 0.0, -np.inf)
    return np.where(input_lengths == 0, nothing, total).astype(scores.dtype, copy=False)


@op
def ctc_loss(
    log_probs: Array,
    targets: Array,
    *,
    input_lengths: Lengths,
    target_lengths: Lengths,
    blank: int,
    zero_infinity: bool,
) -> tuple[Array, Array]:
    """l = −log p(target), (N,), and log α for the backward; log_probs (T, N, C).

    An impossible target has the loss ∞. `zero_infinity` concerns the backward alone.
    """
    alignment = _Alignment(targets, target_lengths, blank, log_probs.dtype)
    scores = _path_scores(alignment.emissions(log_probs), alignment.skips)
    likelihood = _log_likelihood(scores, np.asarray(input_lengths, np.int64), alignment.target_lengths)
    return -likelihood, scores


def _mirrored(values: Array, last: Array) -> Array:
    """values[…, last − s] of the positions s, clipped to the first; last (N,) is the last position of each row."""
    places = np.maximum(last[:, None] - np.arange(values.shape[-1]), 0)
    return np.take_along_axis(values, np.broadcast_to(places, values.shape), -1)


def _reversed(emissions: Array, lengths: Array, last: Array) -> Array:
    """Time and positions backwards, each row from its own end."""
    times = np.maximum(lengths - 1 - np.arange(len(emissions))[:, None], 0)
    return _mirrored(emissions[times, np.arange(len(lengths))], last)


def _occupations(emissions: Array, alignment: _Alignment, scores: Array, lengths: Array) -> Array:
    """The probability, given the target, that a path is at position s at time t, (T, N, L).

    It is α β / y, over its sum at each time: that sum is p(target) at every time, but what has been rounded on
    the way to it differs. β, the paths from s to the end, is α of the reversed sequences, reversed.
    """
    last = 2 * alignment.target_lengths
    skips = _mirrored(np.roll(alignment.skips, -2, 1), last)  # a skip ends where it began, two positions later
    paths = _reversed(_path_scores(_reversed(emissions, lengths, last), skips), lengths, last)
    paths += scores
    paths -= emissions
    paths[:, np.arange(emissions.shape[2]) > last[:, None]] = -np.inf
    paths[np.isnan(paths)] = -np.inf  # where y is 0
    paths -= np.maximum(np.maximum.reduce(paths, 2, keepdims=True), np.finfo(paths.dtype).min)
    np.exp(paths, out=paths)
    paths /= np.add.reduce(paths, 2, keepdims=True)
    return paths


def _leave_one_ending(occupied: Array, alignment: _Alignment, lengths: Array, blank: int) -> None:
    """Where a last label is the blank, which it must not be, torch counts one of the two last positions at the end."""
    rows, last = np.arange(len(lengths)), 2 * alignment.target_lengths
    both = (last > 0) & (alignment.extended[rows, last - 1] == blank) & (lengths > 0)
    occupied[lengths[both] - 1, rows[both], last[both]] = 0


@op
def ctc_loss_backward(
    gy: Array,
    log_probs: Array,
    targets: Array,
    loss: Array,
    scores: Array,
    *,
    input_lengths: Lengths,
    target_lengths: Lengths,
    blank: int,
    zero_infinity: bool,
) -> Array:
    """dx_t(c) = g (y_t(c) − the probability, given the target, that a path has label c at time t).

    That is the derivative by the scores of which log_probs is the log softmax, as in torch. It is 0 beyond a
    length; NaN where y is 0 or the loss infinite, but with `zero_infinity` 0 for the whole of an infinite loss.
    """
    lengths = np.asarray(input_lengths, np.int64)
    alignment = _Alignment(targets, target_lengths, blank, log_probs.dtype)
    occupied = _occupations(alignment.emissions(log_probs), alignment, scores, lengths)
    steps, n, classes = log_probs.shape
    _leave_one_ending(occupied, alignment, lengths, blank)
    rows = np.arange(steps * n).reshape(steps, n, 1) * classes + alignment.extended
    shares = np.bincount(rows.ravel(), occupied.ravel(), steps * n * classes).reshape(log_probs.shape)
    dx = np.exp(log_probs)
    dx -= shares.astype(dx.dtype, copy=False)
    dx[np.isneginf(log_probs) | ~np.isfinite(loss)[:, None]] = np.nan
    dx *= gy[:, None]
    done = np.arange(steps)[:, None] >= lengths
    if zero_infinity:
        done = done | np.isposinf(loss)
    dx[done] = 0
    return dx


_ctc_loss_backward = undifferentiable(ctc_loss_backward, "_ctc_loss_backward")


def _ctc_rule(
    g: Any,
    log_probs: Any,
    targets: Any,
    out: Any,
    input_lengths: Lengths,
    target_lengths: Lengths,
    blank: int,
    zero_infinity: bool,
) -> Any:
    return _ctc_loss_backward(
        g[0],
        log_probs,
        targets,
        out[0],
        out[1],
        input_lengths=input_lengths,
        target_lengths=target_lengths,
        blank=blank,
        zero_infinity=zero_infinity,
    )


ctc_loss.derivative(log_probs=_ctc_rule)
