"""Small programs that run under either library, and the trace by which the two runs are compared.

A program is a function of the namespace and of a trace: `def program(torch, show)`. What it shows, what
raises, and every warning become lines of text; the lines of both runs must be equal.
"""

import contextlib
import re
import warnings

import numpy as np

PROGRAMS = []
# Warnings that torch gives once in a process, so that they depend on what ran before.
ONCE = r"Using backward\(\) with create_graph=True|Converting a tensor with requires_grad=True|volatile was removed"


def program(function):
    """Add a program to the table, under the name of its file and its own."""
    PROGRAMS.append(function)
    return function


def run(function, namespace):
    """The lines that a program leaves under one of the libraries."""
    trace = Trace()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", message=ONCE)
        trace.caught = caught
        namespace.manual_seed(0)
        function(namespace, trace)
    return trace.finish()


@contextlib.contextmanager
def scene(show):
    """A part of a program that may end in an exception, which is shown."""
    try:
        yield
    except Exception as error:
        show(type(error).__name__, str(error))


class Near:
    """A tensor's numbers, to be equal to another run's within a tolerance of the largest, and of 1."""

    def __init__(self, tensor, rtol=1e-5):
        self.array = np.array(tensor.detach().tolist(), float)
        self.rtol = rtol

    def __eq__(self, other):
        if not isinstance(other, Near) or self.array.shape != other.array.shape:
            return False
        largest = np.max(np.abs(self.array), initial=0, where=np.isfinite(self.array))
        return np.allclose(self.array, other.array, rtol=self.rtol, atol=self.rtol * (1 + largest), equal_nan=True)

    __hash__ = None

    def __repr__(self):
        return f"near {self.array.shape}"


def _near_in(value):
    """The numbers in a value, within containers too."""
    if isinstance(value, Near):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [near for part in inside for near in _near_in(part)]


class Trace:
    """The lines of one run. Call it with values to show; `raises` shows an exception."""

    def __init__(self):
        self.lines = []
        self.caught = []

    def __call__(self, *values):
        self._warnings()
        self.lines.append(_neutral(", ".join(map(repr, values))))
        self.lines.extend(_near_in(values))

    def raises(self, function, *args, **kwargs):
        """Show what a call raises; that it raised nothing is shown as well."""
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            self(type(error).__name__, str(error))
        else:
            self("raised nothing", result)

    def finish(self):
        self._warnings()
        return self.lines

    def _warnings(self):
        for warning in self.caught:
            self.lines.append(_neutral(f"warning {warning.category.__name__}: {warning.message}"))
        self.caught.clear()


def _neutral(text):
    """Text without what must differ: the library's name, addresses."""
    text = re.sub(r" \(Triggered internally at [^)]*\)", "", text)
    return re.sub(r"0x[0-9a-f]+", "0x", text.replace("refnn", "torch"))
