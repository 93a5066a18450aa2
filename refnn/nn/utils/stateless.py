"""A call of a module with other tensors in the place of its parameters and buffers."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

from refnn.nn.modules.module import Module
from refnn.tensor import Tensor

__all__ = ["functional_call"]

_MISSING = object()


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Deprecated: the former place of `torch.func.functional_call`, for one dictionary."""
    warnings.warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a future "
        "version of PyTorch. Please use `torch.func.functional_call` instead which is a drop-in replacement.",
        FutureWarning,
        stacklevel=2,
    )
    return _functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)


def _functional_call(
    module: Any,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, parameters_and_buffers, tie_weights, strict):
        return module(*arguments, **kwargs or {})


@contextlib.contextmanager
def _replaced(module: Any, given: dict[str, Any], tie_weights: bool, strict: bool) -> Iterator[None]:
    """Inside it the module has the given tensors. What it assigned to them meanwhile stands in `given` afterwards."""
    tensors = _with_tied(module, given) if tie_weights else given
    if strict:
        _check_keys(module, tensors)
    former: dict[str, Any] = {}
    try:
        _swap_all(module, tensors, former)
        yield
    finally:
        latter: dict[str, Any] = {}
        _swap_all(module, former, latter)
        given.update({name: latter[name] for name in given if name in latter})


def _named_tensors(module: Any) -> dict[str, Any]:
    """Parameters and buffers, under each of their names."""
    named = dict(module.named_parameters(remove_duplicate=False))
    named.update(module.named_buffers(remove_duplicate=False))
    return named


def _with_tied(module: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The given tensors under all names that the module has for the tensors they replace.

    Raises ValueError where two names of one tensor are given different ones.
    """
    names_of: dict[int, list[str]] = {}
    named = _named_tensors(module)
    for name, tensor in named.items():
        names_of.setdefault(id(tensor), []).append(name)
    whole = dict(given)
    for name in given:
        names = names_of[id(named[name])] if name in named else [name]
        if len(names) == 1:
            continue
        if sum(other in given for other in names) > 1 and len({id(given[other]) for other in names}) != 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(names)}, which are tied. Consider using "
                "tie_weights=False"
            )
        whole.update(dict.fromkeys(names, given[name]))
    return whole


def _check_keys(module: Any, tensors: dict[str, Any]) -> None:
    """Raise RuntimeError unless exactly the module's parameters and buffers are given."""
    own = _named_tensors(module).keys()
    texts = [
        f"{what} key(s): {', '.join(map(repr, sorted(keys)))}."
        for what, keys in (("Unexpected", tensors.keys() - own), ("Missing", own - tensors.keys()))
        if keys
    ]
    if texts:
        lines = "\n\t".join(texts)
        raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t{lines}")


def _swap_all(module: Any, tensors: dict[str, Any], former: dict[str, Any]) -> None:
    """Put tensors in the module; `former` gets what was there. Where one cannot be put, all are put back."""
    try:
        for path, tensor in tensors.items():
            former[path] = _swap(module, path, tensor)
    except Exception:
        for path, tensor in former.items():
            _swap(module, path, tensor)
        former.clear()
        raise


def _owner(module: Any, path: str) -> Any:
    """The submodule at a dotted path."""
    for i, name in enumerate(parts := path.split(".") if path else []):
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        module = getattr(module, name)
        if not isinstance(module, Module):
            raise TypeError(f"submodule `{'.'.join(parts[: i + 1])}`: {module} is not an instance of torch.nn.Module")
    return module


def _swap(module: Any, path: str, tensor: Any) -> Any:
    """Put a tensor at a dotted path, or take it away if it is _MISSING. Returns what was there."""
    prefix, _, name = path.rpartition(".")
    owner = _owner(module, prefix)
    if tensor is not _MISSING and tensor is not None and not isinstance(tensor, Tensor):
        raise TypeError(f"{tensor} is not an instance of torch.Tensor")
    if name == "":
        raise KeyError('tensor name can\'t be empty string ""')
    for held in (owner._parameters, owner._buffers):
        if name in held:
            before = held[name]
            if tensor is _MISSING:
                del held[name]
            else:
                held[name] = tensor
            return before
    before = getattr(owner, name, _MISSING)
    if before is not _MISSING and before is not None and not isinstance(before, Tensor):
        raise TypeError(f"attribute `{name}`: {before} is not an instance of torch.Tensor")
    if tensor is not _MISSING:
        setattr(owner, name, tensor)
    elif before is not _MISSING:
        delattr(owner, name)
    return before
