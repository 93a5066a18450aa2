"""Tensors among NumPy's arrays: operators on both sides, NumPy's functions, memory that is shared."""

import numpy as np
import torch

x, n = torch.tensor([1.0, 2.0]), np.ones(2, np.float32)
whole, learned = torch.tensor([1, 2]), torch.ones(2, requires_grad=True)


def attempt(name, function):
    try:
        result = function()
        print(name, type(result).__name__, repr(result))
    except Exception as error:
        print(name, type(error).__name__, error)


attempt("x + n", lambda: x + n)
attempt("n + x", lambda: n + x)
attempt("x - n", lambda: x - n)
attempt("n - x", lambda: n - x)
attempt("x * n", lambda: x * n)
attempt("n * x", lambda: n * x)
attempt("x / n", lambda: x / n)
attempt("n / x", lambda: n / x)
attempt("x ** n", lambda: x**n)
attempt("x // n", lambda: x // n)
attempt("x % n", lambda: x % n)
attempt("x @ n", lambda: x @ n)
attempt("n @ x", lambda: n @ x)
attempt("x == n", lambda: x == n)
attempt("n == x", lambda: n == x)
attempt("x != n", lambda: x != n)
attempt("x < n", lambda: x < n)
attempt("x == three", lambda: x == np.ones(3))
attempt("x == letters", lambda: x == np.array(["a", "b"]))
attempt("whole == scalar", lambda: whole == np.array(1))
attempt("whole * arange", lambda: whole * np.arange(2))
attempt("x + three", lambda: x + np.ones(3))
attempt("learned + n", lambda: learned + n)
attempt("n + learned", lambda: n + learned)
attempt("learned == n", lambda: learned == n)

attempt("sin", lambda: np.sin(x))
attempt("sin of learned", lambda: np.sin(learned))
attempt("sqrt of whole", lambda: np.sqrt(whole))
attempt("maximum", lambda: np.maximum(x, n))
attempt("isnan", lambda: np.isnan(x))
attempt("modf", lambda: np.modf(x))
attempt("add.reduce", lambda: np.add.reduce(x))
attempt("sin of one", lambda: np.sin(torch.tensor(1.0)))
attempt("stack", lambda: np.stack([x, x]))
attempt("asarray", lambda: np.asarray(x, dtype=np.float64))

attempt("float32", lambda: np.float32(3) * x)
attempt("float64", lambda: x + np.float64(1))
shared = torch.from_numpy(n)
shared += 1
n[0] = 5
print(n, shared, torch.tensor(n), x.numpy(), x[np.array([1, 0])], x[np.int64(1)], torch.tensor([n, n]))
