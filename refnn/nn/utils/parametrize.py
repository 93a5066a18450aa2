"""Parametrizations: a parameter or buffer that is computed from others each time it is read.

A parametrized module has a class of its own, `Parametrized<Name>`, on which the tensor's name is a property.
What the tensor is computed from stands in `module.parametrizations.<name>`, a ParametrizationList.
"""

from __future__ import annotations

import contextlib
import copy
import copyreg
from collections.abc import Iterator
from typing import Any, TypeVar

from refnn.autograd.modes import no_grad
from refnn.nn.modules.container import ModuleDict
from refnn.nn.modules.module import Module
from refnn.nn.parameter import Parameter
from refnn.nn.utils._parametrization_list import (
    NO_TENSOR,
    ParametrizationList,
    check_same,
    check_tensor,
    register,
    take,
)
from refnn.tensor import Tensor

__all__ = [
    "cached",
    "ParametrizationList",
    "register_parametrization",
    "is_parametrized",
    "remove_parametrizations",
    "type_before_parametrizations",
    "transfer_parametrizations_and_params",
]

_AnyModule = TypeVar("_AnyModule", bound=Module)

_cache_enabled = 0  # how many `cached` contexts are open
_cache: dict[tuple[int, str], Any] = {}  # by the module's id and the tensor's name


@contextlib.contextmanager
def cached() -> Iterator[None]:
    """Inside it each parametrized tensor is computed once, when it is first read. What was kept goes at the end.

    Source: torch.nn.utils.parametrize.cached.
    """
    global _cache_enabled
    _cache_enabled += 1
    try:
        yield
    finally:
        _cache_enabled -= 1
        if not _cache_enabled:
            _cache.clear()


def _no_state(self: Any) -> Any:
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(). See:\n"
        "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
        "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
    )


def _deepcopy(self: Any, memo: dict[int, Any]) -> Any:
    """A copy that does not ask for the state, which a parametrized module refuses to give."""
    known = memo.get(id(self))
    if known is not None:
        return known
    cls: Any = type(self)
    twin = memo[id(self)] = cls.__new__(cls)
    twin.__dict__ = copy.deepcopy(self.__dict__, memo)
    for slot in copyreg._slotnames(cls):  # type: ignore[attr-defined]
        if hasattr(self, slot):
            setattr(twin, slot, copy.deepcopy(getattr(self, slot), memo))
    return twin


def _give_own_class(module: Any) -> None:
    cls: type = type(module)
    own: dict[str, Any] = {"__getstate__": _no_state}
    if not hasattr(cls, "__deepcopy__"):
        own["__deepcopy__"] = _deepcopy
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), own)


def _make_property(module: Any, name: str) -> None:
    """Let the tensor's name be a property of the module's own class."""
    if hasattr(module, name):
        raise AssertionError(f"Module already has an attribute named '{name}'")
    key = (id(module), name)

    def read(self: Any) -> Any:
        parametrization = self.parametrizations[name]
        if not _cache_enabled:
            return parametrization()
        if _cache.get(key) is None:
            _cache[key] = parametrization()
        return _cache[key]

    def write(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(read, write))


def register_parametrization(
    module: _AnyModule, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> _AnyModule:
    """Let module.<tensor_name>, a parameter or buffer, be parametrization(what it was). Returns the module.

    Where `parametrization` has a `right_inverse`, the tensor is first passed through it, and what it returns is
    kept: one tensor, or several. It is also what assigning to the tensor then calls. A second parametrization
    of a tensor is applied to the result of the first.

    Raises ValueError where the module has no such tensor, and, unless `unsafe`, where the result has another
    dtype or shape.

    Source: torch.nn.utils.parametrize.register_parametrization.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_next(module, tensor_name, parametrization)
        held: Any = _held(module)[tensor_name]
        held.append(parametrization)
        held.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        held = ParametrizationList([parametrization], original, unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _give_own_class(module)
            module.parametrizations = ModuleDict()
        _make_property(module, tensor_name)
        _held(module)[tensor_name] = held
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    return module


def _held(module: Any) -> Any:
    """The module's ModuleDict of parametrizations."""
    return module.parametrizations


def _check_next(module: Any, name: str, parametrization: Any) -> None:
    """Raise ValueError where one more parametrization would change the tensor's dtype or shape, there or back."""
    before = getattr(module, name)
    after = parametrization(before)
    check_tensor(after, NO_TENSOR)
    texts = (
        "Registering a parametrization may not change the {} of the tensor, unless the `unsafe` flag is enabled.",
        f"module.{name}.{{}}",
        f"parametrization(module.{name}).{{}}",
    )
    check_same("dtype", before, after, texts)
    check_same("shape", before, after, texts)
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        back = parametrization.right_inverse(after)
    except NotImplementedError:
        return
    check_tensor(back, "parametrization.right_inverse must return a tensor. Got: {}")
    texts = (
        f"The tensor returned by parametrization.right_inverse must have the same {{}} as module.{name}, unless the "
        "`unsafe` flag is enabled.",
        f"module.{name}.{{}}",
        "returned {}",
    )
    check_same("dtype", before, back, texts)
    check_same("shape", before, back, texts)


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a module's tensor of this name is parametrized; without a name, whether any is.

    Source: torch.nn.utils.parametrize.is_parametrized.
    """
    held = getattr(module, "parametrizations", None)
    if not isinstance(held, ModuleDict):
        return False
    return len(held) > 0 if tensor_name is None else tensor_name in held


def remove_parametrizations(module: _AnyModule, tensor_name: str, leave_parametrized: bool = True) -> _AnyModule:
    """Make a tensor an ordinary parameter or buffer again. Returns the module.

    It keeps its value now, or, with `leave_parametrized` False, takes that of `original`. With its last
    parametrization the module gets its former class back.

    Raises ValueError where the tensor is not parametrized, or is to be left to one of several originals.

    Source: torch.nn.utils.parametrize.remove_parametrizations.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    held = _held(module)[tensor_name]
    if held.is_tensor:
        original = held.original
        if leave_parametrized:
            with no_grad():
                _leave(original, getattr(module, tensor_name))
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del _held(module)[tensor_name]
    register(module, tensor_name, original)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module


def _leave(original: Any, value: Any) -> None:
    try:
        take(original, value)
    except RuntimeError as error:
        if type(original) is Tensor:
            raise
        raise RuntimeError(_NOT_SET) from error


_NOT_SET = (
    "Calling remove_parametrizations() with leave_parametrized=True for a parameter that is an instance of a tensor "
    "subclass requires set_() to be implemented correctly for the tensor subclass.Alternatively, one can opt into the "
    "swap_tensors pathEither set leave_parametrized=False or provide a working implementationfor set_() in the tensor "
    "subclass or set torch.__future__.set_swap_module_params_on_conversion(True)."
)


def type_before_parametrizations(module: Module) -> type:
    """The module's class as it was before parametrizations.

    Source: torch.nn.utils.parametrize.type_before_parametrizations.
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: _AnyModule, tensor_name: str | None = None
) -> _AnyModule:
    """Give a module the parametrizations of another, of one tensor or all, and what they compute it from.

    Both modules then share them. A tensor that `to_module` lacks is made. Returns `to_module`.

    Source: torch.nn.utils.parametrize.transfer_parametrizations_and_params.
    """
    if not is_parametrized(from_module):
        return to_module
    theirs = _held(from_module)
    for name in list(theirs) if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        for parametrization in theirs[name]:
            register_parametrization(to_module, name, parametrization)
        source, target = theirs[name], _held(to_module)[name]
        if hasattr(source, "original"):
            target.original = source.original
            continue
        i = 0
        while hasattr(source, f"original{i}"):
            setattr(target, f"original{i}", getattr(source, f"original{i}"))
            i += 1
    return to_module
