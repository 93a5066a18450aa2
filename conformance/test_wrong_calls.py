"""Wrong calls of functions, methods and layers: refnn refuses them in the words of torch's parser, or of Python's."""

import types
import warnings

import pytest

import refnn

torch = pytest.importorskip("torch")

# What is written in Python in torch too, or is read by other code than the argument parser.
OTHERS = {"from_numpy", "norm", "split", "unflatten", "apply_", "numel", "new_tensor"}
RANDOM = {
    "bernoulli", "dropout", "alpha_dropout", "feature_alpha_dropout", "feature_dropout", "native_dropout", "rrelu",
    "rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "normal", "multinomial",
    "poisson", "uniform_", "normal_", "exponential_", "cauchy_", "log_normal_", "geometric_", "random_", "bernoulli_",
    "dropout_", "alpha_dropout_", "feature_alpha_dropout_", "feature_dropout_", "rrelu_", "resize_",
}  # fmt: skip
UNWRAPPED = {"get_default_dtype", "set_num_threads", "get_num_threads", "is_grad_enabled", "is_inference_mode_enabled"}


def is_parsed(name):
    """Whether refnn's function or method of this name answers wrong calls as torch's parser does."""
    found = getattr(refnn if "." not in name else refnn.Tensor, name.removeprefix("Tensor."))
    return isinstance(found, types.FunctionType) and hasattr(found, "__wrapped__")


def names():
    skipped = OTHERS | RANDOM | UNWRAPPED
    for name in sorted(set(dir(refnn)) - skipped):
        if isinstance(getattr(torch, name, None), types.BuiltinFunctionType) and is_parsed(name):
            yield name
    for name in sorted(set(dir(refnn.Tensor)) - skipped):
        if name in vars(torch._C.TensorBase) and not name.startswith("_") and is_parsed(f"Tensor.{name}"):
            yield f"Tensor.{name}"


def calls(x):
    """Arguments that suit next to no function."""
    thing = object()
    positional = [
        (), (None,), ("a",), (1.5,), (x,), (x, x), (0, "a"), (0, 1.5), (1, 2, 3, 4, 5, 6, 7), (x, "a"), ((1, "a"),),
        ([1.5],), (True,), (0, x), (thing,), (thing, thing), (thing,) * 9,
    ]  # fmt: skip
    named = [{"dim": "a"}, {"q": 1}, {"dim": 1.5}, {"out": 1}, {"dtype": "a"}]
    return [*((args, {}) for args in positional), *(((), kwargs) for kwargs in named), ((0,), {"q": 1})]


def refusal(lib, name, index):
    """The TypeError of a call, None where it gives something or fails later."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]])
    args, kwargs = calls(lib.tensor([[1.0, 2.0], [3.0, 4.0]]))[index]
    function = getattr(x, name.removeprefix("Tensor.")) if "." in name else getattr(lib, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            function(*args, **kwargs) if "." in name else function(x, *args, **kwargs)
        except TypeError as error:
            return str(error).replace("refnn", "torch")
        except Exception:
            return None
    return None


@pytest.mark.parametrize("name", names())
def test_words(name):
    differ = []
    for index, call in enumerate(calls("x")):
        expected, found = (refusal(lib, name, index) for lib in (torch, refnn))
        if expected is not None and found is not None and expected != found:
            differ.append((call, expected, found))
    assert differ == []


LAYERS = [
    name
    for name in sorted(set(dir(torch.nn)) & set(dir(refnn.nn)))
    if isinstance(getattr(torch.nn, name), type) and issubclass(getattr(torch.nn, name), torch.nn.Module)
]
CONSTRUCTIONS = [((), {}), ((), {"q": 1}), ((1, 2), {"q": 1}), ((1,) * 25, {})]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("args, kwargs", CONSTRUCTIONS)
def test_words_of_constructors(name, args, kwargs):
    """Python's own error for arguments that do not fit names the constructor: a layer's, or its base's where torch
    writes one for the family."""

    def refused(lib):
        try:
            getattr(lib.nn, name)(*args, **kwargs)
        except Exception as error:
            return type(error), str(error).replace("refnn", "torch")

    assert refused(refnn) == refused(torch)


def test_most_wrong_calls_are_refused():
    """What torch's parser refuses and refnn computes is rare: an argument of another type that means no harm."""
    refused = [refusal(lib, name, i) for name in names() for i in range(len(calls("x"))) for lib in (torch, refnn)]
    both = sum(a is not None and b is not None for a, b in zip(refused[::2], refused[1::2], strict=True))
    assert both > 0.95 * sum(a is not None for a in refused[::2])
