"""What a module holds, and the rules by which attributes become parameters, buffers and submodules."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from refnn.nn.parameter import Buffer, Parameter
from refnn.tensor import Tensor
from refnn.utils.hooks import RemovableHandle

__all__ = [
    "register_module_buffer_registration_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

Hook = Callable[..., Any]

_global_buffer_registration_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_module_registration_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_parameter_registration_hooks: OrderedDict[int, Hook] = OrderedDict()


def _add_hook(
    hooks: OrderedDict[int, Hook],
    hook: Hook,
    *,
    prepend: bool = False,
    marks: Sequence[tuple[OrderedDict[int, bool], bool]] = (),
) -> RemovableHandle:
    """Keep a hook, first or last, and mark its id in those of the dictionaries whose flag is set."""
    handle = RemovableHandle(hooks, extra_dict=[marked for marked, _ in marks])
    hooks[handle.id] = hook
    hooks.move_to_end(handle.id, last=not prepend)
    for marked, flag in marks:
        if flag:
            marked[handle.id] = True
    return handle


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Call hook(module, name, buffer) before any module registers a buffer; what it returns replaces it."""
    return _add_hook(_global_buffer_registration_hooks, hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Call hook(module, name, submodule) before any module takes a submodule; what it returns replaces it."""
    return _add_hook(_global_module_registration_hooks, hook)


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Call hook(module, name, param) before any module registers a parameter; what it returns replaces it."""
    return _add_hook(_global_parameter_registration_hooks, hook)


def _after_hooks(hooks: OrderedDict[int, Hook], module: Registration, name: str, value: Any) -> Any:
    """What is left to register after the registration hooks had their say."""
    for hook in hooks.values():
        replacement = hook(module, name, value)
        if replacement is not None:
            value = replacement
    return value


def _typename(value: Any) -> str:
    """An object's type as torch's messages name it: `int`, `torch.FloatTensor`, a class's full name."""
    if isinstance(value, Tensor):
        return str(value.type())
    named = value if hasattr(value, "__qualname__") else type(value)
    owner = getattr(named, "__module__", "") or ""
    if owner in ("", "builtins"):
        return str(named.__qualname__)
    root, dot, rest = owner.partition(".")
    return f"{'torch' if root == 'refnn' else root}{dot}{rest}.{named.__qualname__}"


def _is_tensor_like(value: Any) -> bool:
    return isinstance(value, Tensor) or hasattr(value, "__torch_function__")


class Registration:
    """The dictionaries of a module, and the only doors into them."""

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _non_persistent_buffers_set: set[str]
    _modules: dict[str, Any]

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Keep a tensor that is state but no parameter: it moves, casts and is saved with the module.

        A buffer that is not persistent is left out of `state_dict`.

        Raises AttributeError before `Module.__init__()`, TypeError for a name that is no string or a
        value that is no Tensor, KeyError for a name that is empty, holds a dot, or is taken.
        """
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        _check_name(self, "buffer", name, self._buffers)
        if tensor is not None and not _is_tensor_like(tensor):
            raise TypeError(
                f"cannot assign '{_typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = _after_hooks(_global_buffer_registration_hooks, self, name, tensor)
        transient = self._non_persistent_buffers_set
        (transient.discard if persistent else transient.add)(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Keep a parameter under a name. `None` keeps the place without a parameter, as a missing bias.

        Raises as `register_buffer` does, and ValueError for a Parameter that was computed from another
        tensor.
        """
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        _check_name(self, "parameter", name, self._parameters)
        if param is None:
            self._parameters[name] = None
            return
        if not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{_typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        if param.grad_fn:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                f"explicitly. To express '{name}' as a function of another Tensor, compute the value in the "
                "forward() method."
            )
        self._parameters[name] = _after_hooks(_global_parameter_registration_hooks, self, name, param)

    def add_module(self, name: str, module: Any) -> None:
        """Keep a submodule under a name; `None` keeps the place.

        Raises TypeError for what is no Module or a name that is no string, KeyError for a name that is
        empty, holds a dot, or is taken.
        """
        if not isinstance(module, Registration) and module is not None:
            raise TypeError(f"{_typename(module)} is not a Module subclass")
        if not isinstance(name, str):
            raise TypeError(f"module name should be a string. Got {_typename(name)}")
        if hasattr(self, name) and name not in self._modules:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'module name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError('module name can\'t be empty string ""')
        self._modules[name] = _after_hooks(_global_module_registration_hooks, self, name, module)

    def register_module(self, name: str, module: Any) -> None:
        """Another name of `add_module`."""
        self.add_module(name, module)

    def __getattr__(self, name: str) -> Any:
        state = self.__dict__
        if "_parameters" in state and name in (parameters := state["_parameters"]):
            return parameters[name]
        if "_buffers" in state and name in (buffers := state["_buffers"]):
            return buffers[name]
        if "_modules" in state and name in (modules := state["_modules"]):
            return modules[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        state = self.__dict__
        parameters = state.get("_parameters")
        if isinstance(value, Parameter):
            if parameters is None:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            _forget(self, name, state, self._buffers, self._modules)
            self.register_parameter(name, value)
        elif parameters is not None and name in parameters:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as parameter '{name}' (torch.nn.Parameter or None expected)"
                )
            self.register_parameter(name, value)
        elif isinstance(value, Registration) or name in state.get("_modules", ()):
            _set_module(self, name, value)
        elif isinstance(value, Buffer) or name in state.get("_buffers", ()):
            _set_buffer(self, name, value)
        else:
            super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        held: Any
        for held in (self._parameters, self._buffers, self._modules):
            if name in held:
                del held[name]
                self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)


def _check_name(module: Registration, kind: str, name: Any, held: dict[str, Any]) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{kind} name should be a string. Got {_typename(name)}")
    if "." in name:
        raise KeyError(f'{kind} name can\'t contain "."')
    if name == "":
        raise KeyError(f'{kind} name can\'t be empty string ""')
    if hasattr(module, name) and name not in held:
        raise KeyError(f"attribute '{name}' already exists")


def _set_module(module: Registration, name: str, value: Any) -> None:
    modules = module.__dict__.get("_modules")
    if modules is None:
        raise AttributeError("cannot assign module before Module.__init__() call")
    if isinstance(value, Registration):
        _forget(module, name, module.__dict__, module._parameters, module._buffers)
    elif value is not None:
        raise TypeError(
            f"cannot assign '{_typename(value)}' as child module '{name}' (torch.nn.Module or None expected)"
        )
    modules[name] = _after_hooks(_global_module_registration_hooks, module, name, value)


def _set_buffer(module: Registration, name: str, value: Any) -> None:
    if value is not None and not _is_tensor_like(value):
        raise TypeError(
            f"cannot assign '{_typename(value)}' as buffer '{name}' (torch.nn.Buffer, torch.Tensor or None expected)"
        )
    if isinstance(value, Buffer):
        persistent = value.persistent
    else:
        persistent = name not in module._non_persistent_buffers_set
    # A subclass may have a register_buffer of its own, from before buffers could be non-persistent.
    own = type(module).register_buffer
    if own is Registration.register_buffer or "persistent" in inspect.signature(own).parameters:
        module.register_buffer(name, value, persistent)
    elif persistent:
        module.register_buffer(name, value)
    else:
        raise RuntimeError(
            "Registering a non-persistent buffer on a Module subclass that implements register_buffer() "
            "without the persistent argument is not allowed."
        )


def _forget(module: Registration, name: str, *held: dict[str, Any]) -> None:
    """Free a name that is about to become something else."""
    for names in held:
        names.pop(name, None)
    module._non_persistent_buffers_set.discard(name)
