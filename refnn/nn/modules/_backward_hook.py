"""How full backward hooks see a module's gradients.

The module's inputs, and its outputs, are led through one identity node each. When the gradients of the
outputs reach the outer node, they are kept; when those of the inputs reach the inner node, all are known,
and the user's hooks are called with both.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from refnn.autograd.modes import is_grad_enabled
from refnn.nn.modules._functions import BackwardHookFunction
from refnn.tensor import Tensor

__all__ = ["BackwardHook"]

Hook = Callable[..., Any]


class BackwardHook:
    """The backward hooks of one call of a module.

    Args:
        module: the module that is called, the hooks' first argument.
        user_hooks: called as hook(module, grad_input, grad_output); a result replaces grad_input.
        user_pre_hooks: called as hook(module, grad_output); a result replaces grad_output.
    """

    def __init__(self, module: Any, user_hooks: Sequence[Hook], user_pre_hooks: Sequence[Hook]) -> None:
        self.module = module
        self.user_hooks = user_hooks
        self.user_pre_hooks = user_pre_hooks
        self.grad_outputs: Any = None
        self.n_inputs = self.n_outputs = -1
        self.input_tensors_index: list[int] | None = None
        self.output_tensors_index: list[int] | None = None

    def setup_input_hook(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The module's arguments, their tensors led through the inner node if one requires grad."""
        self.n_inputs = len(args)
        led, self.input_tensors_index = _through_identity(args, self._at_inputs)
        return led

    def setup_output_hook(self, result: Any) -> Any:
        """The module's result, its tensors led through the outer node if one requires grad."""
        args = result if isinstance(result, tuple) else (result,)
        self.n_outputs = len(args)
        led, self.output_tensors_index = _through_identity(args, self._at_outputs)
        return led if isinstance(result, tuple) else led[0]

    def _at_inputs(self, grad_input: tuple[Any, ...], _: Any) -> tuple[Any, ...] | None:
        if self.grad_outputs is None:
            return None  # this call's outputs had no part in the backward pass
        indices = self.input_tensors_index or []
        result = _spread(indices, grad_input, self.n_inputs)
        for hook in self.user_hooks:
            returned = hook(self.module, result, self.grad_outputs)
            if returned is None:
                continue
            if len(returned) != len(result):
                raise RuntimeError(
                    f"Backward hook returned an invalid number of grad_input, got {len(returned)}, "
                    f"but expected {len(result)}"
                )
            result = returned
        self.grad_outputs = None
        return tuple(result[i] for i in indices)

    def _at_outputs(self, _: Any, grad_output: tuple[Any, ...]) -> tuple[Any, ...]:
        indices = self.output_tensors_index or []
        self.grad_outputs = _spread(indices, grad_output, self.n_outputs)
        self._run_pre_hooks()
        grad_outputs = self.grad_outputs
        if self.input_tensors_index is None:
            self._run_without_inputs()
        return tuple(grad_outputs[i] for i in indices)

    def _run_pre_hooks(self) -> None:
        expected = len(self.grad_outputs)
        for hook in self.user_pre_hooks:
            returned = hook(self.module, self.grad_outputs)
            if returned is None:
                continue
            if len(returned) != expected:
                raise RuntimeError(
                    f"Backward pre hook returned an invalid number of grad_output, got {len(returned)}, "
                    f"but expected {expected}"
                )
            self.grad_outputs = returned

    def _run_without_inputs(self) -> None:
        """No input requires grad, so no inner node will be reached: call the hooks now."""
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since "
            "no inputs require gradients. See "
            "https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
            "#torch.nn.Module.register_full_backward_hook for more details.",
            stacklevel=6,
        )
        grad_inputs = (None,) * self.n_inputs
        for hook in self.user_hooks:
            returned = hook(self.module, grad_inputs, self.grad_outputs)
            if returned is None or (isinstance(returned, tuple) and all(grad is None for grad in returned)):
                continue
            raise RuntimeError(
                "Backward hook for Modules where no input requires gradient should always return None or "
                "None for all gradients."
            )
        self.grad_outputs = None


def _spread(indices: Sequence[int], values: Sequence[Any], size: int) -> tuple[Any, ...]:
    """The values at their places among all arguments, None at those that are no tensors."""
    spread: list[Any] = [None] * size
    for index, value in zip(indices, values, strict=True):
        spread[index] = value
    return tuple(spread)


def _through_identity(args: tuple[Any, ...], hook: Hook) -> tuple[tuple[Any, ...], list[int] | None]:
    """Lead the tensors among `args` through one identity node, and hang `hook` on it.

    Returns the arguments and the tensors' places; the arguments as they were, and None, if no gradient
    can be asked for.
    """
    places = [i for i, arg in enumerate(args) if isinstance(arg, Tensor)]
    if not (is_grad_enabled() and any(args[i].requires_grad for i in places)):
        return args, None
    led = BackwardHookFunction.apply(*[args[i] for i in places])
    node = next(t.grad_fn for t in led if t.grad_fn is not None)
    node.register_hook(hook)
    spread = list(args)
    for i, tensor in zip(places, led, strict=True):
        spread[i] = tensor
    return (tuple(spread) if type(args) is tuple else type(args)(*spread)), places
