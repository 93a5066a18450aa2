"""What torch lets be written to before its backward pass, refnn does: no rule keeps a result that torch's does not."""

import warnings

import pytest

import refnn
from refnn.testing.conformance import functionals, names
from refnn.testing.conformance.convert import Copier, Inconvertible

torch = pytest.importorskip("torch")
SAMPLES = 3  # of each entry


def float_tests():
    """Every differentiable entry, as a test in float32."""
    for test in functionals.functional_tests() + functionals.namespace_tests():
        if test.dtype is torch.float32 and not test.form and functionals.OPS[test.name].supports_autograd:
            yield pytest.param(test, id=test.name)


def tensors(results):
    """The differentiable ones among results, whatever holds them."""
    if isinstance(results, (tuple, list)):
        return [tensor for result in results for tensor in tensors(result)]
    return [results] if isinstance(results, (torch.Tensor, refnn.Tensor)) and results.requires_grad else []


def refusal(lib, call, sample):
    """What is raised where the first result is written to, and a gradient asked for; None if nothing is."""
    first, args, kwargs = Copier(lib)((sample.input, sample.args, sample.kwargs))
    lib.manual_seed(0)
    results = tensors(call(first, *args, **kwargs))
    try:
        for result in results[:1]:
            result.add_(1)
        sums = [result.sum() for result in results]
        lib.autograd.backward(sums, [lib.ones_like(total) for total in sums])
    except (RuntimeError, NotImplementedError) as error:
        return error
    return None


@pytest.mark.parametrize("test", list(float_tests()))
def test_results_may_be_written_to(test):
    try:
        call, twin = functionals.calls_for(test)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for sample in functionals.samples(test.name, test.dtype)[:SAMPLES]:
                if refusal(torch, call, sample) is None:
                    assert refusal(refnn, twin, sample) is None, sample
    except (names.Missing, Inconvertible) as missing:
        pytest.skip(str(missing))
