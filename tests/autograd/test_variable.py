"""Variable: every tensor is one."""

import pytest

import refnn
from refnn.autograd import Variable

REFUSED = {  # (call, exception, text)
    "no tensor": (lambda: Variable([1.0]), TypeError, "Variable data has to be a tensor, but got list"),
    "integers": (lambda: Variable(refnn.arange(2), requires_grad=True), RuntimeError, "floating point and complex"),
    "volatile": (lambda: Variable(refnn.ones(1), True, True), ValueError, "volatile and require_grad"),
    "variable": (lambda: refnn.autograd.variable(3), RuntimeError, "use torch.tensor"),
}


def test_a_variable_is_a_leaf_over_the_same_memory():
    x = refnn.ones(2)
    v = Variable(x, requires_grad=True)
    assert [isinstance(each, Variable) for each in (x, v, 1.0)] == [True, True, False]
    assert v is not x
    assert (v.is_leaf, v.requires_grad, x.requires_grad) == (True, True, False)
    x.add_(1)
    assert (v.tolist(), v._version) == ([2, 2], 1)


@pytest.mark.parametrize("row", REFUSED)
def test_refused(row):
    call, exception, text = REFUSED[row]
    with pytest.raises(exception, match=text):
        call()
