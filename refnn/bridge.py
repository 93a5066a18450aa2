"""Between torch and refnn: tensors, parameters, modules and whole models, in both directions.

    model = refnn.bridge.from_torch(torch_model)
    torch_model = refnn.bridge.to_torch(model)

A module of the library becomes the class of the same name: its constructor's arguments are read back from
its attributes, then its children, parameters, buffers and flags are carried over, and the result has to
describe itself as the original does. A class of one's own keeps its code: its `forward` runs as it is, with
`torch`, `nn`, `F` and whatever else it refers to replaced by the other library's.

Values are copied; nothing is shared. What cannot be carried over raises TypeError and says what it was.
torch is imported when a function is called, not before: `pip install 'refnn[torch]'`.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Mapping
from importlib import import_module
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from refnn._read_back import arguments, title
from refnn._rebind import Rebinder
from refnn.testing.arrays import to_numpy

__all__ = [
    "Conversion",
    "convert_to_other",
    "copy_state",
    "from_torch",
    "library_of",
    "refnn_library",
    "tensor_in",
    "to_torch",
    "torch_library",
]

_NAMESPACES = (
    "", "nn", "nn.functional", "nn.init", "nn.utils", "nn.utils.rnn", "nn.parameter", "autograd", "optim",
    "optim.lr_scheduler", "utils.data", "linalg", "special", "fft",
)  # fmt: skip
_HOOKS = (
    "_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks", "_state_dict_hooks",
    "_state_dict_pre_hooks", "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks",
)  # fmt: skip


def from_torch(x: Any) -> Any:
    """The refnn counterpart of a torch tensor, parameter or module.

    A copy: equal values, dtype, requires_grad, and for modules the same names, training flags and sharing of
    parameters. Raises TypeError for what has no counterpart (a class that refnn lacks, a hook, a dtype), and
    ImportError where torch is not installed.
    """
    return _converted(x, torch_library(), refnn_library())


def to_torch(x: Any) -> Any:
    """The torch counterpart of a refnn tensor, parameter or module: `from_torch`, the other way."""
    return _converted(x, refnn_library(), torch_library())


def _converted(x: Any, source: ModuleType, target: ModuleType) -> Any:
    if not isinstance(x, (source.Tensor, source.nn.Module)):
        raise TypeError(f"expected a module or tensor of {source.__name__}, not {_kind(x)}")
    return Conversion(source, target)(x)


def convert_to_other(x: Any) -> Any:
    """`from_torch` of what is torch's, `to_torch` of what is refnn's."""
    return to_torch(x) if library_of(x) is refnn_library() else from_torch(x)


def tensor_in(library: ModuleType, x: Any) -> Any:
    """A copy, in one library's tensors, of a tensor of either library or an array. It is a leaf."""
    if isinstance(x, np.ndarray):
        return library.from_numpy(np.array(x))
    source = library_of(x)
    if source is library:
        return x.detach().clone().requires_grad_(x.requires_grad)
    return Conversion(source, library)(x)


def copy_state(source: Any, target: Any) -> None:
    """Load the parameters and buffers of one model into another, of either library.

    Raises RuntimeError, as `load_state_dict` does, where names or shapes differ.
    """
    convert = Conversion(library_of(source), library_of(target))
    target.load_state_dict({name: convert(value) for name, value in source.state_dict().items()})


@functools.cache
def torch_library() -> ModuleType:
    """The module torch, also while another stands in its place, if it was imported before.

    Raises ImportError, naming the extra to install, where it is missing.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError("this needs torch: pip install 'refnn[torch]'") from error
    found: ModuleType = torch
    if found.__name__ != "torch":
        raise ImportError(f"the name torch stands for {found.__name__} here, and this needs torch itself")
    return found


def refnn_library() -> ModuleType:
    return import_module("refnn")


def library_of(x: Any) -> ModuleType:
    """The library, refnn or torch, that a module or tensor belongs to. Raises TypeError for anything else."""
    for cls in type(x).__mro__:
        if _is_in(cls.__module__, "refnn"):
            return refnn_library()
        if _is_in(cls.__module__, "torch"):
            return torch_library()
    raise TypeError(f"expected a module or tensor of torch or refnn, not {_kind(x)}")


class Conversion:
    """One conversion from a library to another. What it has converted, it gives again for the same object."""

    def __init__(self, source: ModuleType, target: ModuleType) -> None:
        self.source, self.target = source, target
        self._rebinder = Rebinder(self)
        self._done: dict[int, tuple[Any, Any]] = {}  # id -> (original, kept alive; its counterpart)

    def __call__(self, x: Any) -> Any:
        """The counterpart of any value: what belongs to neither library is its own."""
        if id(x) in self._done:
            return self._done[id(x)][1]
        source = self.source
        if isinstance(x, source.Tensor):
            return self._keep(x, self._tensor(x))
        if isinstance(x, source.nn.Module):
            return self._module(x)
        if isinstance(x, ModuleType):
            return self._library_module(x)
        if isinstance(x, (type, FunctionType, BuiltinFunctionType, MethodType)):
            return self._callable(x)
        if isinstance(x, functools.partial):
            return functools.partial(self(x.func), *self(x.args), **self(x.keywords))
        return self._plain(x)

    def _keep(self, x: Any, counterpart: Any) -> Any:
        self._done[id(x)] = (x, counterpart)
        return counterpart

    # Values

    def _plain(self, x: Any) -> Any:
        source, target = self.source, self.target
        if isinstance(x, source.Size):
            return target.Size(tuple(x))
        if isinstance(x, (source.dtype, source.layout, source.memory_format)):
            return self._named(str(x).removeprefix("torch."), x)
        if isinstance(x, source.device):
            return target.device(str(x))
        if isinstance(x, tuple) and hasattr(x, "_fields"):
            return self(type(x))(*map(self, x))
        if type(x) in (tuple, list, set, frozenset):
            return type(x)(map(self, x))
        if isinstance(x, Mapping) and type(x).__module__ in ("builtins", "collections") and hasattr(x, "copy"):
            new: Any = x.copy()  # keeps the order, and a defaultdict its factory
            new.update({key: self(value) for key, value in x.items()})
            return new
        return x

    def _named(self, name: str, x: Any) -> Any:
        if not hasattr(self.target, name):
            raise TypeError(f"{self.target.__name__} has no counterpart of {x}")
        return getattr(self.target, name)

    def _tensor(self, x: Any) -> Any:
        if self.source.nn.parameter.is_lazy(x):
            dtype = self._named(str(x.dtype).removeprefix("torch."), x.dtype)
            return getattr(self.target.nn, type(x).__name__)(x.requires_grad, dtype=dtype)
        array = np.array(to_numpy(x))
        target = self.target
        if x.dtype is getattr(self.source, "bfloat16", None) and target.__name__ == "torch":
            new = target.from_numpy(array.view(np.int16)).view(target.bfloat16)
        else:
            new = target.from_numpy(array)
        if isinstance(x, self.source.nn.Parameter):
            return target.nn.Parameter(new, requires_grad=x.requires_grad)
        return new.requires_grad_(x.requires_grad)

    # Names and code

    def _library_module(self, x: ModuleType) -> Any:
        if not _is_in(x.__name__, self.source.__name__):
            uses = any(isinstance(v, ModuleType) and _is_in(v.__name__, self.source.__name__) for v in vars(x).values())
            return self._rebinder.module(x) if uses and not _is_in(x.__name__, self.target.__name__) else x
        name = self.target.__name__ + x.__name__.removeprefix(self.source.__name__)
        try:
            return import_module(name)
        except ImportError:
            raise TypeError(f"{self.target.__name__} has no counterpart of the module {x.__name__}") from None

    def _callable(self, x: Any) -> Any:
        place = _places(self.source).get(id(x))
        if place is not None:
            return self._at(*place)
        if isinstance(x, MethodType):
            return self._rebinder.method(x)
        if _is_in(getattr(x, "__module__", None), self.source.__name__):
            raise TypeError(f"{self.target.__name__} has no counterpart of {x.__module__}.{x.__qualname__}")
        if isinstance(x, FunctionType):
            return self._rebinder.function(x)
        if isinstance(x, type) and any(_is_in(c.__module__, self.source.__name__) for c in x.__mro__):
            return self._rebinder.class_(x)
        return x

    def _at(self, namespace: str, name: str) -> Any:
        path = f"{namespace}.{name}" if namespace else name
        found: Any = self.target
        for part in path.split("."):
            found = getattr(found, part, None)
        if found is None:
            raise TypeError(f"{self.target.__name__} has no counterpart of {self.source.__name__}.{path}")
        return found

    # Modules

    def _module(self, x: Any) -> Any:
        base = self._library_class(x)
        self._refuse_what_cannot_travel(x)
        own = type(x) is not base
        cls = self(type(x))
        new = self._keep(x, cls.__new__(cls))
        # The initial values are overwritten: no draw of them may show. x's own constructor has warned already.
        with self.target.random.fork_rng(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self(base).__init__(new, **{name: self(value) for name, value in arguments(x, base).items()})
        self._carry_tensors(x, new)
        for name, child in x._modules.items():
            new._modules[name] = None if child is None else self(child)
        self._carry_attributes(x, new, own)
        if not own and new.extra_repr() != x.extra_repr():
            raise TypeError(
                f"{title(x)} describes itself as {x.extra_repr()!r}, its counterpart as {new.extra_repr()!r}"
            )
        return new

    def _refuse_what_cannot_travel(self, x: Any) -> None:
        for name in _HOOKS:
            if set(getattr(x, name, None) or ()) - _hooks_of_a_lazy_module(x):
                raise TypeError(f"{title(x)} has hooks ({name.strip('_')}), which cannot be converted: remove them")
        for name, tensor in x._parameters.items():
            if tensor is not None and not isinstance(tensor, self.source.nn.Parameter):
                raise TypeError(f"{title(x)}.{name} is a {type(tensor).__name__}, not a Parameter")

    def _library_class(self, x: Any) -> type:
        for cls in type(x).__mro__:
            if _is_in(cls.__module__, self.source.__name__):
                if id(cls) not in _places(self.source):
                    raise TypeError(f"{cls.__module__}.{cls.__qualname__} cannot be converted")
                public = getattr(self.source.nn, cls.__qualname__, None) is cls
                if public and not hasattr(self.target.nn, cls.__qualname__):
                    raise TypeError(f"{self.target.__name__} has no nn.{cls.__qualname__}")
                found: type = cls
                return found
        raise AssertionError("a module derives from its library's Module")

    def _carry_tensors(self, x: Any, new: Any) -> None:
        for name, parameter in x._parameters.items():
            if name in new._parameters:
                setattr(new, name, self(parameter))
            else:
                new.register_parameter(name, self(parameter))
        for name, buffer in x._buffers.items():
            new._buffers.pop(name, None)
            new.register_buffer(name, self(buffer), persistent=name not in x._non_persistent_buffers_set)

    def _carry_attributes(self, x: Any, new: Any, own: bool) -> None:
        """Flags, and what a class of one's own has set on itself."""
        new.training = x.training
        for name in ("_size", "_keys"):  # what a ParameterList and a ParameterDict know of their members
            if name in vars(x):
                object.__setattr__(new, name, self(vars(x)[name]))
        if own:
            library = set(vars(new))
            for name, value in vars(x).items():
                if name not in library or not name.startswith("_"):
                    object.__setattr__(new, name, self(value))
        elif "forward" in vars(x):
            raise TypeError(f"{title(x)} has a forward of its own on the instance, which cannot be converted")


def _hooks_of_a_lazy_module(x: Any) -> set[int]:
    """The hooks that a module has only until its first call, and that its counterpart makes for itself."""
    handles = (vars(x).get(name) for name in ("_load_hook", "_initialize_hook"))
    return {handle.id for handle in handles if handle is not None}


def _is_in(module: str | None, library: str) -> bool:
    return module is not None and (module == library or module.startswith(library + "."))


def _kind(x: Any) -> str:
    module = type(x).__module__
    return type(x).__qualname__ if module == "builtins" else f"{module}.{type(x).__qualname__}"


@functools.cache
def _places(library: ModuleType) -> dict[int, tuple[str, str]]:
    """Where each public function and class of a library is found: id -> (namespace, name)."""
    found: dict[int, tuple[str, str]] = {}
    for namespace in _NAMESPACES:
        holder: Any = library
        for part in filter(None, namespace.split(".")):
            holder = getattr(holder, part, None)
        for name, value in vars(holder).items() if holder is not None else ():
            if callable(value) and not name.startswith("_") and _is_ours(value, library):
                found.setdefault(id(value), (namespace, name))
    # An attention layer's last projection, which has no public name.
    name = "NonDynamicallyQuantizableLinear"
    found[id(getattr(library.nn.modules.linear, name))] = ("nn.modules.linear", name)
    return found


def _is_ours(value: Any, library: ModuleType) -> bool:
    module = getattr(value, "__module__", None)
    return module is None or isinstance(value, BuiltinFunctionType) or _is_in(module, library.__name__)
