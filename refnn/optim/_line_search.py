"""A line search for the strong Wolfe conditions, as torch's L-BFGS makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Point", "strong_wolfe"]

_DECREASE, _CURVATURE = 1e-4, 0.9  # c₁ and c₂
_NARROW = 1e-9  # a bracket in which no parameter changes by more is searched no further


class Point(NamedTuple):
    """φ(t), the loss at θ + t d; the gradient g there; and φ'(t) = gᵀd. Step lengths are numbers or tensors."""

    t: Any
    loss: float
    g: Any
    slope: Any


def strong_wolfe(evaluate: Callable[[Any], Point], start: Point, t: Any, largest: Any, limit: int) -> tuple[Point, int]:
    """A point where φ(t) ≤ φ(0) + c₁ t φ'(0) and |φ'(t)| ≤ −c₂ φ'(0), and how often φ was evaluated.

    From the first step length t, steps grow until they bracket such a point; then the bracket is narrowed, by
    the minimum of a cubic through its ends. After `limit` + 1 evaluations the lower end is taken. `largest`:
    max |d|.

    Source: Nocedal and Wright, "Numerical optimization" (2006), algorithms 3.5 and 3.6; Schmidt, "minFunc" (2005).
    """

    def is_high(point: Point) -> bool:
        return bool(point.loss > start.loss + _DECREASE * point.t * start.slope)

    def is_flat(point: Point) -> bool:
        return bool(abs(point.slope) <= -_CURVATURE * start.slope)

    # a bracket
    last, new, tries = start, evaluate(t), 0
    while tries < limit:
        if is_high(new) or (tries > 1 and new.loss >= last.loss):
            break
        if is_flat(new):
            return new, tries + 1
        if new.slope >= 0:
            break
        t = _cubic_minimum(last, new, new.t + 0.01 * (new.t - last.t), new.t * 10)
        last, new, tries = new, evaluate(t), tries + 1
    ends = [last if tries < limit else start, new]

    # and what is in it
    low, has_stalled = _lower(ends), False
    while tries < limit and not abs(ends[1].t - ends[0].t) * largest < _NARROW:
        t = _cubic_minimum(*ends, *sorted((ends[0].t, ends[1].t)))
        t, has_stalled = _away_from_ends(t, ends, has_stalled)
        new, tries = evaluate(t), tries + 1
        if is_high(new) or new.loss >= ends[low].loss:
            ends[1 - low] = new
            low = _lower(ends)
            continue
        if is_flat(new):
            return new, tries + 1
        if new.slope * (ends[1 - low].t - ends[low].t) >= 0:
            ends[1 - low] = ends[low]
        ends[low] = new
    return ends[low], tries + 1


def _lower(ends: list[Point]) -> int:
    return 0 if ends[0].loss <= ends[1].loss else 1


def _cubic_minimum(a: Point, b: Point, low: Any, high: Any) -> Any:
    """Where the cubic with the values and the slopes of two points has its minimum, brought into [low, high]; the
    middle, where it has none.

    u = φ'(a) + φ'(b) − 3 (φ(a) − φ(b)) / (a − b), v² = u² − φ'(a) φ'(b),
    t = b − (b − a) (φ'(b) + v − u) / (φ'(b) − φ'(a) + 2 v), for a ≤ b
    """
    u = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = u**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    v = square.sqrt()
    left, right = (a, b) if a.t <= b.t else (b, a)
    t = right.t - (right.t - left.t) * ((right.slope + v - u) / (right.slope - left.slope + 2 * v))
    return min(max(t, low), high)


def _away_from_ends(t: Any, ends: list[Point], has_stalled: bool) -> tuple[Any, bool]:
    """t, and whether it is near an end. Twice in turn, or at an end, it is moved away by a tenth of the bracket."""
    low, high = sorted((ends[0].t, ends[1].t))
    margin = 0.1 * (high - low)
    if not min(high - t, t - low) < margin:
        return t, False
    if not (has_stalled or t >= high or t <= low):
        return t, True
    return (high - margin if abs(t - high) < abs(t - low) else low + margin), False
