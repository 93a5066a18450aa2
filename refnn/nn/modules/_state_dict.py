"""Saving a module's parameters and buffers by name, and loading them back."""

from __future__ import annotations

import warnings
import weakref
from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from functools import update_wrapper
from typing import Any

from refnn.autograd.modes import no_grad
from refnn.nn.modules._registration import Hook, _add_hook, _is_tensor_like
from refnn.nn.modules._traversal import Traversal
from refnn.nn.parameter import Parameter, is_lazy
from refnn.tensor import Tensor
from refnn.utils.hooks import RemovableHandle

__all__ = ["StateDict"]

_EXTRA_STATE_KEY_SUFFIX = "_extra_state"
_NOT_REACHED = (
    "Reached a code path in Module.{}() that should never be called. Please file an issue at "
    "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug."
)


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What `load_state_dict` found missing in, and left over from, the state it was given."""

    __slots__ = ()

    def __repr__(self) -> str:
        return super().__repr__() if any(self) else "<All keys matched successfully>"

    __str__ = __repr__


class _WrappedHook:
    """A hook that is handed its module first, without keeping that module alive."""

    def __init__(self, hook: Hook, module: Any = None) -> None:
        self._bind(hook, module)
        update_wrapper(self, hook)

    def _bind(self, hook: Hook, module: Any) -> None:
        self.hook = hook
        self.with_module = module is not None
        self.module: Any = weakref.ref(module) if self.with_module else None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.with_module:
            args = (self._living("call"), *args)
        return self.hook(*args, **kwargs)

    def _living(self, purpose: str) -> Any:
        module = self.module()
        if module is None:
            raise RuntimeError(f"You are trying to {purpose} the hook of a dead Module!")
        return module

    def __getstate__(self) -> tuple[Any, ...]:
        return self.hook, self._living("revive") if self.with_module else None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._bind(*state)


class StateDict(Traversal):
    """`state_dict`, `load_state_dict`, and the hooks around them.

    A key is the dotted path of a parameter or a persistent buffer. `_metadata`, an attribute of the
    dictionary, holds each module's `_version`, so that a later version can read an earlier one's state.
    """

    _version: int = 1
    _state_dict_hooks: OrderedDict[int, Hook]
    _state_dict_pre_hooks: OrderedDict[int, Hook]
    _load_state_dict_pre_hooks: OrderedDict[int, Hook]
    _load_state_dict_post_hooks: OrderedDict[int, Hook]

    def get_extra_state(self) -> Any:
        """State beyond parameters and buffers, for a subclass to define; `state_dict` then saves it."""
        raise RuntimeError(_NOT_REACHED.format("get_extra_state"))

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` gave, for a subclass to define."""
        raise RuntimeError(_NOT_REACHED.format("set_extra_state"))

    # Saving

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """Every parameter and persistent buffer by dotted name, in an OrderedDict.

        The tensors share memory with the module. They are detached, unless `keep_vars`.
        """
        if args:
            warnings.warn(
                "Positional args are being deprecated, use kwargs instead. Refer to "
                "https://pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.state_dict "
                "for details.",
                FutureWarning,
                stacklevel=2,
            )
            destination = args[0] if destination is None else destination
            prefix = args[1] if len(args) > 1 and prefix == "" else prefix
            keep_vars = args[2] if len(args) > 2 and keep_vars is False else keep_vars
        if destination is None:
            destination = _empty_destination()
        local_metadata = {"version": self._version}
        metadata = getattr(destination, "_metadata", None)
        if metadata is not None:
            metadata[prefix[:-1]] = local_metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return _after_saving(self, destination, prefix, local_metadata)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Add this module's own state, not its submodules', to `destination`."""
        for name, tensor in own_state(self).items():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if _defines(self, "get_extra_state"):
            destination[prefix + _EXTRA_STATE_KEY_SUFFIX] = self.get_extra_state()

    # Loading

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> _IncompatibleKeys:
        """Copy values by name into the parameters and buffers, and return the keys that did not match.

        `assign` puts the given tensors themselves in place, keeping each parameter's requires_grad.

        Raises TypeError if `state_dict` is no mapping; RuntimeError, naming everything that is wrong, if a
        shape differs or, under `strict`, a key is missing or unexpected. What does fit has been loaded.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        loading = _Loading(state_dict, assign)
        loading.load(self, loading.state_dict, "")
        errors = loading.error_msgs
        if strict:
            errors = [
                *_key_error("Missing", loading.missing_keys),
                *_key_error("Unexpected", loading.unexpected_keys),
                *errors,
            ]
        if errors:
            listed = "\n\t".join(errors)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}")
        return _IncompatibleKeys(loading.missing_keys, loading.unexpected_keys)

    def _load_from_state_dict(
        self,
        state_dict: Mapping[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Load this module's own state, not its submodules'. Problems are added to the three lists."""
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        assign = local_metadata.get("assign_to_params_buffers", False)
        local_state = own_state(self)
        for name, tensor in local_state.items():
            key = prefix + name
            if key in state_dict:
                _load_tensor(self, name, tensor, key, state_dict[key], assign, error_msgs)
            elif strict:
                missing_keys.append(key)
        extra_key = prefix + _EXTRA_STATE_KEY_SUFFIX
        if _defines(self, "set_extra_state"):
            if extra_key in state_dict:
                self.set_extra_state(state_dict[extra_key])
            elif strict:
                missing_keys.append(extra_key)
        elif strict and extra_key in state_dict:
            unexpected_keys.append(extra_key)
        if strict:
            unexpected_keys.extend(
                key
                for key in state_dict
                if key.startswith(prefix) and key != extra_key and not _expects(self, key[len(prefix) :], local_state)
            )

    # Hooks

    def _register_state_dict_hook(self, hook: Hook) -> RemovableHandle:
        """Call hook(module, state_dict, prefix, local_metadata) at the end; what it returns replaces it."""
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError(
                "Cannot register the same function as the state dict post hook that was previously "
                "registered via register_state_dict_post_hook"
            )
        return _add_hook(self._state_dict_hooks, hook)

    def register_state_dict_post_hook(self, hook: Any) -> RemovableHandle:
        """Call hook(module, state_dict, prefix, local_metadata) at the end of `state_dict`.

        It changes the dictionary in place; `state_dict` raises RuntimeError if it returns anything.
        """
        hook._from_public_api = True
        return _add_hook(self._state_dict_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call hook(module, prefix, keep_vars) before `state_dict` reads the module."""
        return _add_hook(self._state_dict_pre_hooks, hook)

    def _register_load_state_dict_pre_hook(self, hook: Hook, with_module: bool = False) -> RemovableHandle:
        return _add_hook(self._load_state_dict_pre_hooks, _WrappedHook(hook, self if with_module else None))

    def register_load_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call hook before this module's own state is loaded, to change that state in place.

        It is given (module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
        error_msgs).
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def register_load_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call hook(module, incompatible_keys) after loading, to change the two lists in place."""
        return _add_hook(self._load_state_dict_post_hooks, hook)


def _defines(module: StateDict, method: str) -> bool:
    return getattr(type(module), method) is not getattr(StateDict, method)


def _after_saving(module: StateDict, destination: Any, prefix: str, local_metadata: dict[str, Any]) -> Any:
    for hook in module._state_dict_hooks.values():
        returned = hook(module, destination, prefix, local_metadata)
        if returned is not None:
            if getattr(hook, "_from_public_api", False):
                raise RuntimeError("state_dict post-hook must return None")
            destination = returned
    return destination


def own_state(module: StateDict) -> dict[str, Tensor]:
    """The parameters and persistent buffers that there are, by name, without those of submodules."""
    transient = module._non_persistent_buffers_set
    buffers = ((name, buffer) for name, buffer in module._buffers.items() if name not in transient)
    return {name: tensor for name, tensor in (*module._parameters.items(), *buffers) if tensor is not None}


def _expects(module: StateDict, name: str, local_state: dict[str, Tensor]) -> bool:
    """Whether a key, this module's prefix taken off, is its own or below a submodule of its own."""
    first, dot, _ = name.partition(".")
    return first in (module._modules if dot else local_state)


def _load_tensor(
    module: StateDict, name: str, own: Any, key: str, given: Any, assign: bool, error_msgs: list[str]
) -> None:
    if not _is_tensor_like(given):
        error_msgs.append(
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object '
            f"from checkpoint but received {type(given)}"
        )
        return
    if not is_lazy(own) and len(own.shape) == 0 and len(given.shape) == 1 and given.shape[0] == 1:
        given = given[0]  # torch before 0.4 saved 0-dim tensors with one dimension
    if not is_lazy(own) and given.shape != own.shape:
        error_msgs.append(
            f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, "
            f"the shape in current model is {own.shape}."
        )
        return
    try:
        with no_grad():
            if assign:
                setattr(module, name, _as_assigned(own, given))
            else:
                own.copy_(given)
    except Exception as error:
        error_msgs.append(
            f'While copying the parameter named "{key}", whose dimensions in the model are {own.size()} '
            f"and whose dimensions in the checkpoint are {given.size()}, an exception occurred : "
            f"{error.args}."
        )


def _empty_destination() -> Any:
    destination: Any = OrderedDict()
    destination._metadata = OrderedDict()
    return destination


def _as_assigned(own: Any, given: Any) -> Any:
    """The checkpoint's tensor, made a Parameter like the one whose place it takes."""
    if not isinstance(own, Parameter):
        return given
    if not isinstance(given, Parameter):
        return Parameter(given, requires_grad=own.requires_grad)
    return given.requires_grad_(own.requires_grad)


def _key_error(kind: str, keys: list[str]) -> list[str]:
    quoted = ", ".join(f'"{key}"' for key in keys)
    return [f"{kind} key(s) in state_dict: {quoted}. "] if keys else []


class _Loading:
    """One call of `load_state_dict`: the state, and what was found wrong so far."""

    def __init__(self, state_dict: Mapping[str, Any], assign: bool) -> None:
        self.state_dict: Any = OrderedDict(state_dict)  # a copy: hooks may change it
        self.metadata: Any = getattr(state_dict, "_metadata", None)
        if self.metadata is not None:
            vars(self.state_dict)["_metadata"] = self.metadata
        self.assign = assign
        self.missing_keys: list[str] = []
        self.unexpected_keys: list[str] = []
        self.error_msgs: list[str] = []

    def load(self, module: Any, local_state_dict: Mapping[str, Any], prefix: str) -> None:
        """Load a module, then the submodules, each from the part of the state below its name."""
        local_metadata = {} if self.metadata is None else self.metadata.get(prefix[:-1], {})
        if self.assign:
            local_metadata["assign_to_params_buffers"] = self.assign
        module._load_from_state_dict(
            local_state_dict,
            prefix,
            local_metadata,
            True,
            self.missing_keys,
            self.unexpected_keys,
            self.error_msgs,
        )
        for name, child in module._modules.items():
            if child is not None:
                below = f"{prefix}{name}."
                self.load(child, {k: v for k, v in local_state_dict.items() if k.startswith(below)}, below)
        keys = _IncompatibleKeys(self.missing_keys, self.unexpected_keys)
        for hook in module._load_state_dict_post_hooks.values():
            if hook(module, keys) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return "
                    "new values, if incompatible_keys need to be modified, it should be done inplace."
                )
