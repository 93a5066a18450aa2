"""Layers whose input size is learnt from the first input."""

from __future__ import annotations

from typing import Any

from refnn.autograd.modes import no_grad
from refnn.nn.modules._state_dict import own_state
from refnn.nn.modules.module import Module
from refnn.nn.parameter import is_lazy
from refnn.utils.hooks import RemovableHandle

__all__ = ["LazyModuleMixin"]


class LazyModuleMixin(Module):
    """Stands before a layer's class, and leaves some of its parameters uninitialized until the first call.

    A subclass gives such parameters (or buffers) as UninitializedParameter (or UninitializedBuffer), and
    defines `initialize_parameters`, which gets the arguments of the first call and materializes them.
    After that the module becomes one of `cls_to_become`, if there is such a class.

    Source: torch.nn.modules.lazy.LazyModuleMixin.
    """

    cls_to_become: type[Any] | None = None
    _load_hook: RemovableHandle
    _initialize_hook: RemovableHandle

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._load_hook = self._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = self.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materialize everything uninitialized, given the first call's arguments. For a subclass to define."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer of this module itself still has no shape."""
        return any(map(is_lazy, (*self._parameters.values(), *self._buffers.values())))

    def _infer_parameters(self, module: Any, args: Any, kwargs: Any = None) -> None:
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {self._get_name()} has not been fully initialized")
        for hook in ("_initialize_hook", "_load_hook"):
            getattr(module, hook).remove()
            delattr(module, hook)
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become

    def _lazy_load_hook(self, state_dict: Any, prefix: str, *_: Any) -> None:
        """Take the shapes of a state that has them, before it is loaded."""
        for name, own in (*self._parameters.items(), *self._buffers.items()):
            given = state_dict.get(prefix + name)
            if is_lazy(own) and given is not None and not is_lazy(given):
                with no_grad():
                    own.materialize(given.shape)  # type: ignore[union-attr]

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        for name, own in own_state(self).items():
            destination[prefix + name] = own if keep_vars or is_lazy(own) else own.detach()

    def _replicate_for_data_parallel(self) -> Any:
        raise RuntimeError(
            "Modules with uninitialized parameters can't be used with `DataParallel`. Run a dummy forward pass to "
            "correctly initialize the modules"
        )
