"""The `torch.func` namespace: what it has for modules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from refnn.functions.joining import stack
from refnn.nn.modules.module import Module
from refnn.nn.utils.stateless import _functional_call

__all__ = ["functional_call", "stack_module_state"]


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: dict[str, Any] | Sequence[dict[str, Any]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """module(*args, **kwargs) with other tensors as its parameters and buffers, by their names, in one or more dicts.

    Gradients flow to these tensors; the module is left as it was. A tensor that the module has under several
    names is replaced under all of them, unless `tie_weights` is False. With `strict` all have to be given.
    `args` that is no tuple is the only argument.

    Raises ValueError for what are no dicts, for a name in several of them, and where tied names are given
    different tensors; RuntimeError, if `strict`, for names that are missing or not the module's.

    Source: torch.func.functional_call.
    """
    given = parameter_and_buffer_dicts
    if not isinstance(given, dict | Sequence):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(given)}"
        )
    if isinstance(given, dict):
        tensors = given
    else:
        if not all(isinstance(part, dict) for part in given):
            raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
        counts = Counter(name for part in given for name in part)
        repeated = [name for name, count in counts.items() if count > 1]
        if repeated:
            raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
        tensors = {name: tensor for part in given for name, tensor in part.items()}
    return _functional_call(module, tensors, args, kwargs, tie_weights=tie_weights, strict=strict)


def stack_module_state(models: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """(parameters, buffers) of several modules of one class, stacked by name: new leaves of shape (M, *).

    Raises RuntimeError for no modules, for several classes or training modes, and for a parameter that requires
    grad in some of them only.

    Source: torch.func.stack_module_state.
    """
    if len(models) == 0:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({bool(model.training) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    return (
        _stacked([dict(model.named_parameters()) for model in models]),
        _stacked([dict(model.named_buffers()) for model in models]),
    )


def _stacked(states: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: _stacked_leaf([state[name] for state in states], name) for name in states[0]}


def _stacked_leaf(tensors: list[Any], name: str) -> Any:
    if len({tensor.requires_grad for tensor in tensors}) > 1:
        raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    result = stack(tensors)
    return result.detach().requires_grad_() if tensors[0].requires_grad else result
