"""L-BFGS (torch.optim.lbfgs)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from refnn.autograd.modes import enable_grad, no_grad
from refnn.functions.complexes import view_as_real
from refnn.functions.joining import cat
from refnn.optim._line_search import Point, strong_wolfe
from refnn.optim._options import check_lr, require_not_negative, squeezed
from refnn.optim.optimizer import Optimizer

__all__ = ["LBFGS"]

_KEPT = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")


class LBFGS(Optimizer):
    """θ ← θ + t d, several times a step, where d = −H g and H approximates the inverse of the Hessian.

    With the last changes of the parameters, s = t d, and of the gradient, y, and ρ = 1 / yᵀs of each, H is what

        H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ

    makes of γ I, oldest first, γ = yᵀs / yᵀy of the newest. A change is remembered where yᵀs > 1e-10. The step
    length t is lr, at the very first step min(1, 1 / ‖g‖₁) lr; a line search starts from there.

    A step ends after `max_iter` iterations or `max_eval` evaluations; where no element of the gradient is larger
    than `tolerance_grad`; and where gᵀd > −`tolerance_change`, where no parameter changes by more than that, or
    the loss by less.

    All parameters are one vector, with one state, kept as that of the first. Complex numbers are two real ones;
    a parameter without gradient has a gradient of 0.

    Args:
        params: parameters, or (name, parameter) pairs, or one dict with "params" and options.
        lr: learning rate, a number or a tensor of one element.
        max_iter, tolerance_grad, tolerance_change: as above. max_eval: the same; None is 5/4 of `max_iter`.
        history_size: how many changes are remembered.
        line_search_fn: "strong_wolfe" for a search of the step length, or None.

    Raises ValueError for a learning rate out of range and for several groups; `step` raises RuntimeError for
    another line search.

    Source: Nocedal and Wright, "Numerical optimization" (2006), algorithms 7.4 and 7.5; Schmidt, "minFunc" (2005).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        require_not_negative("learning rate", lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    # The parameters as one vector ---------------------------------------------------------------------------

    @property
    def _params(self) -> list[Any]:
        params: list[Any] = self.param_groups[0]["params"]
        return params

    def _flat_gradient(self) -> Any:
        parts = []
        for p in self._params:
            flat = p.new_zeros(p.numel()) if p.grad is None else p.grad.view(-1)
            parts.append(view_as_real(flat).view(-1) if flat.is_complex() else flat)
        return cat(parts)

    def _advance(self, t: Any, direction: Any) -> None:
        """θ ← θ + t d."""
        start = 0
        for p in self._params:
            real = view_as_real(p) if p.is_complex() else p
            part = direction[start : start + real.numel()]
            real.add_(part.view_as(real), alpha=t)
            start += real.numel()

    # A step -------------------------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Iterate. The closure clears the gradients, computes the loss, goes back, and returns the loss.

        Returns the first loss.
        """
        if len(self.param_groups) != 1:
            raise AssertionError(f"Expected exactly one param_group, but got {len(self.param_groups)}")
        closure = enable_grad()(closure)
        state = self.state[self._params[0]]
        for counter in ("func_evals", "n_iter"):
            state.setdefault(counter, 0)
        with no_grad():
            first_loss = closure()
            state["func_evals"] += 1
            loss, g = float(first_loss), self._flat_gradient()
            if not g.abs().max() <= self.param_groups[0]["tolerance_grad"]:
                kept = {name: state.get(name) for name in _KEPT}
                self._iterate(closure, loss, g, state, kept)
                state.update(kept)
        return first_loss

    def _iterate(self, closure: Callable[[], Any], loss: float, g: Any, state: Any, kept: dict[str, Any]) -> None:
        (group,) = self.param_groups
        evaluations = 1
        for iteration in range(1, group["max_iter"] + 1):
            is_last = iteration == group["max_iter"]
            state["n_iter"] += 1
            t = squeezed(group["lr"])
            if state["n_iter"] == 1:
                t = min(1.0, 1.0 / g.abs().sum()) * t
                kept.update(d=g.neg(), old_dirs=[], old_stps=[], ro=[], H_diag=1)
            else:
                _remember(kept, g, group["history_size"])
                kept["d"] = _direction(kept, g, state.setdefault("al", [None] * group["history_size"]))
            kept.update(t=t, prev_flat_grad=g, prev_loss=loss)
            here = Point(0, loss, g, g.dot(kept["d"]))
            if here.slope > -group["tolerance_change"]:
                return
            found, more = self._moved(closure, here, t, kept["d"], group["max_eval"] - evaluations, is_last)
            kept["t"], loss, g = found.t, found.loss, found.g
            evaluations += more
            state["func_evals"] += more
            if is_last or evaluations >= group["max_eval"] or _has_converged(kept, loss, g, group):
                return

    def _moved(
        self, closure: Callable[[], Any], here: Point, t: Any, d: Any, limit: int, is_last: bool
    ) -> tuple[Point, int]:
        """The point to which the parameters go, and how often the loss was evaluated for it.

        Without a line search it is not evaluated where nothing follows.
        """
        search = self.param_groups[0]["line_search_fn"]
        if search is not None:
            if search != "strong_wolfe":
                raise RuntimeError("only 'strong_wolfe' is supported")
            found, count = strong_wolfe(self._along(closure, d), here, t, d.abs().max(), limit)
            self._advance(found.t, d)
            return found, count
        self._advance(t, d)
        if is_last:
            return here._replace(t=t), 0
        return Point(t, float(closure()), self._flat_gradient(), None), 1

    def _along(self, closure: Callable[[], Any], d: Any) -> Callable[[Any], Point]:
        """The loss as a function of the step length, from where the parameters are."""
        start = [p.clone() for p in self._params]

        def evaluate(t: Any) -> Point:
            self._advance(t, d)
            loss, g = float(closure()), self._flat_gradient()
            for p, value in zip(self._params, start, strict=True):
                p.copy_(value)
            return Point(t, loss, g, g.dot(d))

        return evaluate


def _remember(kept: dict[str, Any], g: Any, history_size: int) -> None:
    """y, s and ρ of the last iteration, and γ."""
    histories = kept["old_dirs"], kept["old_stps"], kept["ro"]
    y, s = g - kept["prev_flat_grad"], kept["d"] * kept["t"]
    curvature = y.dot(s)
    if curvature > 1e-10:
        for history, new in zip(histories, (y, s, 1.0 / curvature), strict=True):
            if len(history) == history_size:
                history.pop(0)
            history.append(new)
        kept["H_diag"] = curvature / y.dot(y)


def _direction(kept: dict[str, Any], g: Any, alphas: list[Any]) -> Any:
    """−H g, by the recursion in two loops. `alphas` is where the first one leaves its factors for the second."""
    changes = list(zip(kept["old_dirs"], kept["old_stps"], kept["ro"], strict=True))
    d = g.neg()
    for i in reversed(range(len(changes))):
        y, s, rho = changes[i]
        alphas[i] = s.dot(d) * rho
        d.add_(y, alpha=-alphas[i])
    d = d * kept["H_diag"]
    for i, (y, s, rho) in enumerate(changes):
        d.add_(s, alpha=alphas[i] - y.dot(d) * rho)
    return d


def _has_converged(kept: dict[str, Any], loss: float, g: Any, group: dict[str, Any]) -> bool:
    return bool(
        g.abs().max() <= group["tolerance_grad"]
        or (kept["d"] * kept["t"]).abs().max() <= group["tolerance_change"]
        or abs(loss - kept["prev_loss"]) < group["tolerance_change"]
    )
