"""Grad modes: whether operations record themselves. The state belongs to a thread, as in torch."""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = [
    "enable_grad",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "set_grad_enabled",
]

F = TypeVar("F", bound=Callable[..., Any])


class _Mode(threading.local):
    grad = True
    inference = False


mode = _Mode()


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require grad are recorded."""
    return mode.grad


def is_inference_mode_enabled() -> bool:
    """Whether `inference_mode` is on in this thread."""
    return mode.inference


_CLASS = (
    "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or "
    "methods. To preserve the current behavior of class decoration, you can directly decorate the `__init__` method "
    "and nothing else."
)


class _GradMode:
    """A context manager, also usable as a decorator of functions and generators."""

    def __enter__(self) -> Any:
        raise AssertionError("a grad mode defines __enter__")

    def __exit__(self, *exc: object) -> None:
        mode.grad = self._before

    def _clone(self) -> Any:
        return type(self)()

    def __call__(self, fn: F) -> F:
        if isinstance(fn, type):
            warnings.warn(_CLASS, FutureWarning, stacklevel=2)
        if inspect.isgeneratorfunction(fn):
            return self._wrap_generator(fn)

        @functools.wraps(fn)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self._clone():
                return fn(*args, **kwargs)

        return inside  # type: ignore[return-value]

    def _wrap_generator(self, fn: Any) -> Any:
        """Turn the mode on only while the generator's own body runs."""

        @functools.wraps(fn)
        def inside(*args: Any, **kwargs: Any) -> Any:
            generator = fn(*args, **kwargs)
            send: Callable[[], Any] = functools.partial(next, generator)
            while True:
                try:
                    with self._clone():
                        item = send()
                except StopIteration as stop:
                    return stop.value
                try:
                    reply = yield item
                except GeneratorExit:
                    generator.close()
                    raise
                except BaseException as error:
                    send = functools.partial(generator.throw, error)
                else:
                    send = functools.partial(generator.send, reply)

        return inside

    _before = True


class _Fixed(_GradMode):
    _value = False

    def __new__(cls, orig_func: Any = None) -> Any:
        """`@no_grad` without parentheses decorates at once."""
        self = super().__new__(cls)
        return self if orig_func is None else self(orig_func)

    def __enter__(self) -> None:
        self._before = mode.grad
        mode.grad = self._value


class no_grad(_Fixed):
    """Record nothing inside: results do not require grad. Factories with requires_grad=True still do."""


class enable_grad(_Fixed):
    """Record inside, also within `no_grad`."""

    _value = True


class set_grad_enabled(_GradMode):
    """Set the mode at once; as a context manager, put the former one back at the end.

    Args:
        mode: True to record, False not to.
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            kind = type(mode).__name__
            raise TypeError(f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {kind}")
        self._before = is_grad_enabled()
        self._mode = mode
        self._set(mode)

    @staticmethod
    def _set(value: bool) -> None:
        mode.grad = value

    def __enter__(self) -> None:
        self._set(self._mode)

    def __call__(self, fn: F) -> F:
        self._set(self._before)  # a decorator changes nothing where it stands
        return super().__call__(fn)

    def _clone(self) -> Any:
        return set_grad_enabled(self._mode)

    def __repr__(self) -> str:
        return f"set_grad_enabled(mode={self._mode})"


class inference_mode(_GradMode):
    """Like no_grad, and tensors made inside can never enter a graph later.

    Args:
        mode: False turns it off inside an outer inference_mode.
    """

    def __new__(cls, mode: Any = True) -> Any:
        self = super().__new__(cls)
        if isinstance(mode, bool):
            return self
        self.mode = True
        return self(mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode
        self._former: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._former.append((mode.grad, mode.inference))
        mode.inference = self.mode
        mode.grad = not self.mode

    def __exit__(self, *exc: object) -> None:
        mode.grad, mode.inference = self._former.pop()

    def _clone(self) -> Any:
        return inference_mode(self.mode)
