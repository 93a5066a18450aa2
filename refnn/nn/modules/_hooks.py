"""Hooks around a module's forward and backward, a module's own and the global ones."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import Any

from refnn.nn.modules._backward_hook import BackwardHook
from refnn.nn.modules._registration import Hook, _add_hook
from refnn.nn.modules._state_dict import _WrappedHook
from refnn.nn.modules._traversal import Traversal
from refnn.tensor import Tensor
from refnn.utils.hooks import RemovableHandle

__all__ = [
    "register_module_backward_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
]

_global_backward_pre_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_backward_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_is_full_backward_hook: bool | None = None  # None until the first one says which kind they are
_global_forward_pre_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_forward_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_forward_hooks_always_called: OrderedDict[int, bool] = OrderedDict()
_global_forward_hooks_with_kwargs: OrderedDict[int, bool] = OrderedDict()


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call hook(module, args) before every module's forward; what it returns replaces the arguments."""
    return _add_hook(_global_forward_pre_hooks, hook)


def register_module_forward_hook(
    hook: Hook, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call hook(module, args, output), or hook(module, args, kwargs, output), after every module's forward.

    What it returns replaces the output. With `always_call` it runs also where forward raised.
    """
    marks = (
        (_global_forward_hooks_with_kwargs, with_kwargs),
        (_global_forward_hooks_always_called, always_call),
    )
    return _add_hook(_global_forward_hooks, hook, marks=marks)


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call hook(module, grad_output) when the gradients of any module's outputs are known."""
    return _add_hook(_global_backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Call hook(module, grad_input, grad_output) when the gradients of any module's inputs are known.

    Raises RuntimeError where a hook of the other kind was registered before.
    """
    _choose_global_kind(full=True)
    return _add_hook(_global_backward_hooks, hook)


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """Call hook(module, grad_input, grad_output) after the node that made any module's output.

    `grad_input` is that node's, which need not be the module's: prefer the full hook.
    """
    _choose_global_kind(full=False)
    return _add_hook(_global_backward_hooks, hook)


def _choose_global_kind(full: bool) -> None:
    global _global_is_full_backward_hook
    _global_is_full_backward_hook = _agreed(_global_is_full_backward_hook, full, "as a global Module hook")


def _agreed(chosen: bool | None, full: bool, where: str) -> bool:
    """`full`, unless the other kind was chosen before."""
    if chosen is (not full):
        raise RuntimeError(
            f"Cannot use both regular backward hooks and full backward hooks {where}. Please use only one of them."
        )
    return full


class Hooks(Traversal):
    """Registration of a module's own hooks, and the call that runs them."""

    forward: Any
    _backward_pre_hooks: OrderedDict[int, Hook]
    _backward_hooks: OrderedDict[int, Hook]
    _is_full_backward_hook: bool | None
    _forward_hooks: OrderedDict[int, Hook]
    _forward_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks_always_called: OrderedDict[int, bool]
    _forward_pre_hooks: OrderedDict[int, Hook]
    _forward_pre_hooks_with_kwargs: OrderedDict[int, bool]

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call hook(module, args) before forward; what it returns replaces the positional arguments.

        `with_kwargs` makes it hook(module, args, kwargs), which returns None or (args, kwargs). `prepend`
        puts it before the module's other hooks.
        """
        marks = ((self._forward_pre_hooks_with_kwargs, with_kwargs),)
        return _add_hook(self._forward_pre_hooks, hook, prepend=prepend, marks=marks)

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call hook(module, args, output) after forward; what it returns replaces the output.

        `with_kwargs` makes it hook(module, args, kwargs, output). With `always_call` it runs also where
        forward or another hook raised. `prepend` puts it before the module's other hooks.
        """
        marks = (
            (self._forward_hooks_with_kwargs, with_kwargs),
            (self._forward_hooks_always_called, always_call),
        )
        return _add_hook(self._forward_hooks, hook, prepend=prepend, marks=marks)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call hook(module, grad_output) when the gradients of the outputs are known.

        `grad_output` is a tuple; a tuple that the hook returns replaces it.
        """
        return _add_hook(self._backward_pre_hooks, hook, prepend=prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call hook(module, grad_input, grad_output) when the gradients of the inputs are known.

        Both are tuples, one place for each positional argument and each output. What the hook returns
        replaces grad_input.

        Raises RuntimeError where the module has hooks of `register_backward_hook`.
        """
        self._is_full_backward_hook = _agreed(self._is_full_backward_hook, True, "on a single Module")
        return _add_hook(self._backward_hooks, hook, prepend=prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """Call hook(module, grad_input, grad_output) after the node that made the output.

        `grad_input` is that node's, which need not be the module's: prefer `register_full_backward_hook`.
        """
        self._is_full_backward_hook = _agreed(self._is_full_backward_hook, False, "on a single Module")
        return _add_hook(self._backward_hooks, hook)

    def _get_backward_hooks(self) -> tuple[list[Hook], list[Hook]]:
        """(full hooks, the other kind), the global ones first."""
        kinds: dict[bool | None, list[Hook]] = {True: [], False: [], None: []}
        kinds[_global_is_full_backward_hook] += _global_backward_hooks.values()
        kinds[self._is_full_backward_hook] += self._backward_hooks.values()
        return kinds[True], kinds[False]

    def _get_backward_pre_hooks(self) -> list[Hook]:
        return [*_global_backward_pre_hooks.values(), *self._backward_pre_hooks.values()]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """`forward`, with the hooks around it."""
        if (
            self._backward_hooks
            or self._backward_pre_hooks
            or self._forward_hooks
            or self._forward_pre_hooks
            or _global_backward_pre_hooks
            or _global_backward_hooks
            or _global_forward_hooks
            or _global_forward_pre_hooks
        ):
            return _HookedCall(self, args, kwargs).run()
        return self.forward(*args, **kwargs)


class _HookedCall:
    """One call of a module that has hooks."""

    def __init__(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.module = module
        self.args = args
        self.kwargs = kwargs
        self.result: Any = None
        self.called_always: set[int] = set()

    def run(self) -> Any:
        """Pre-hooks, forward, hooks; if anything raises, the hooks that are always called."""
        try:
            return self._run()
        except Exception:
            self._call_the_always_called()
            raise

    def _run(self) -> Any:
        module = self.module
        full, non_full = module._get_backward_hooks()
        pre = module._get_backward_pre_hooks()
        self._before_forward()
        backward = BackwardHook(module, full, pre) if full or pre else None
        if backward is not None:
            self.args = backward.setup_input_hook(self.args)
        self.result = module.forward(*self.args, **self.kwargs)
        for hook_id, hook in (*_global_forward_hooks.items(), *module._forward_hooks.items()):
            if _always_called(module, hook_id):
                self.called_always.add(hook_id)
            self._after_forward(hook_id, hook)
        if backward is not None:
            self._check_output()
            self.result = backward.setup_output_hook(self.result)
        if non_full:
            self._hang_on_node(non_full)
        return self.result

    def _before_forward(self) -> None:
        module = self.module
        for hook_id, hook in (*_global_forward_pre_hooks.items(), *module._forward_pre_hooks.items()):
            if hook_id in module._forward_pre_hooks_with_kwargs:
                returned = hook(module, self.args, self.kwargs)
                if returned is None:
                    continue
                if not (isinstance(returned, tuple) and len(returned) == 2):
                    raise RuntimeError(
                        f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {returned}."
                    )
                self.args, self.kwargs = returned
            else:
                returned = hook(module, self.args)
                if returned is not None:
                    self.args = returned if isinstance(returned, tuple) else (returned,)

    def _after_forward(self, hook_id: int, hook: Hook) -> None:
        module = self.module
        if hook_id in module._forward_hooks_with_kwargs or hook_id in _global_forward_hooks_with_kwargs:
            returned = hook(module, self.args, self.kwargs, self.result)
        else:
            returned = hook(module, self.args, self.result)
        if returned is not None:
            self.result = returned

    def _call_the_always_called(self) -> None:
        module = self.module
        for prefix, hooks in (("global ", _global_forward_hooks), ("", module._forward_hooks)):
            for hook_id, hook in hooks.items():
                if not _always_called(module, hook_id) or hook_id in self.called_always:
                    continue
                try:
                    self._after_forward(hook_id, hook)
                except Exception as error:
                    warnings.warn(
                        f"{prefix}module forward hook with ``always_call=True`` raised an exception that was "
                        f"silenced as another error was raised in forward: {error}",
                        stacklevel=5,
                    )

    def _check_output(self) -> None:
        if not isinstance(self.result, Tensor | tuple):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but "
                f"received {type(self.result)}",
                stacklevel=6,
            )

    def _hang_on_node(self, hooks: list[Hook]) -> None:
        """Hooks of the old kind watch the node of the first tensor in the output."""
        tensor = self.result
        while not isinstance(tensor, Tensor):
            if isinstance(tensor, dict):
                tensor = next(value for value in tensor.values() if isinstance(value, Tensor))
            else:
                tensor = tensor[0]
        node = tensor.grad_fn
        if node is None:
            return
        for hook in hooks:
            node.register_hook(_WrappedHook(hook, self.module))
        reason = _what_a_node_misses(self.args, self.result, node)
        if reason is not None:
            warnings.warn(reason, FutureWarning, stacklevel=6)


def _always_called(module: Any, hook_id: int) -> bool:
    return hook_id in module._forward_hooks_always_called or hook_id in _global_forward_hooks_always_called


def _only_tensors(value: Any) -> tuple[Any, ...] | None:
    """A Tensor, or a tuple of them, as a tuple; None for anything else."""
    if isinstance(value, Tensor):
        return (value,)
    if isinstance(value, tuple) and all(isinstance(item, Tensor) for item in value):
        return value
    return None


def _what_a_node_misses(args: Any, result: Any, node: Any) -> str | None:
    """Why a hook on `node` will not see all of the module's gradients; None if it will."""
    outputs, inputs = _only_tensors(result), _only_tensors(args)
    if outputs is None:
        return (
            "Using non-full backward hooks on a Module that does not return a single Tensor or a tuple of "
            "Tensors is deprecated and will be removed in future versions. This hook will be missing some "
            "of the grad_output. Please use register_full_backward_hook to get the documented behavior."
        )
    if inputs is None:
        return (
            "Using non-full backward hooks on a Module that does not take as input a single Tensor or a "
            "tuple of Tensors is deprecated and will be removed in future versions. This hook will be "
            "missing some of the grad_input. Please use register_full_backward_hook to get the documented "
            "behavior."
        )
    output_nodes = {t.grad_fn for t in outputs if t.grad_fn is not None}
    if len(output_nodes) == 0 or (len(output_nodes) == 1 and node not in output_nodes):
        return (
            "Using a non-full backward hook when outputs are nested in python data structure is deprecated "
            "and will be removed in future versions. This hook will be missing some grad_output."
        )
    if len(output_nodes) > 1:
        return (
            "Using a non-full backward hook when outputs are generated by different autograd Nodes is "
            "deprecated and will be removed in future versions. This hook will be missing some grad_output. "
            "Please use register_full_backward_hook to get the documented behavior."
        )
    input_nodes = {t.grad_fn for t in inputs if t.grad_fn is not None}
    if input_nodes != {earlier for earlier, _ in node.next_functions}:
        return (
            "Using a non-full backward hook when the forward contains multiple autograd Nodes is deprecated "
            "and will be removed in future versions. This hook will be missing some grad_input. Please use "
            "register_full_backward_hook to get the documented behavior."
        )
    return None
