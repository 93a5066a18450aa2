"""Functions of `nn` with one argument of another kind: taken where torch takes it, and refused in its words."""

import ast
import warnings

import numpy as np
import pytest

import refnn

torch = pytest.importorskip("torch")

ODD = (
    "None", "True", "-1", "1.5", "'a'", "(1,)", "[1.5]", "np.int64(2)", "np.ones(2)", "T(1)", "T([1])", "T(1.5)", "1j",
)  # fmt: skip
CALLS = """
F.conv1d(ones(1, 2, 4), ones(3, 2, 2), ones(3), 1, 'same', 1, 1)
F.conv2d(ones(1, 2, 4, 4), ones(3, 2, 2, 2), ones(3), 1, 0, 1, 1)
F.conv_transpose2d(ones(1, 2, 4, 4), ones(2, 3, 2, 2), ones(3), 1, 0, 0, 1, 1)
F.conv_tbc(ones(4, 1, 2), ones(2, 2, 3), ones(3), 1)
F.max_pool1d(ones(1, 2, 4), 2, 2, 0, 1, False, False)
F.max_pool2d(ones(1, 2, 4, 4), 2, 2, 0, 1, False, True)
F.avg_pool1d(ones(1, 2, 4), 2, 2, 0, False, True)
F.avg_pool2d(ones(1, 2, 4, 4), 2, 2, 0, False, True, None)
F.avg_pool3d(ones(1, 2, 4, 4, 4), 2, 2, 0, False, True, 3)
F.adaptive_avg_pool2d(ones(1, 2, 4, 4), (2, 2))
F.adaptive_max_pool1d(ones(1, 2, 4), 2, True)
F.lp_pool1d(ones(1, 2, 4), 2.0, 2, 1, False)
F.pad(ones(1, 2, 4), (1, 1), 'constant', 0.5)
F.dropout(ones(2, 3), 0.0, True, False)
F.batch_norm(ones(2, 3, 4), zeros(3), ones(3), ones(3), ones(3), True, 0.1, 1e-5)
F.layer_norm(ones(2, 3, 4), (4,), ones(4), ones(4), 1e-5)
F.group_norm(ones(2, 4, 4), 2, ones(4), ones(4), 1e-5)
F.rms_norm(ones(2, 3, 4), (4,), ones(4), 1e-5)
F.local_response_norm(ones(2, 4, 4), 2, 1e-4, 0.75, 1.0)
F.normalize(ones(2, 3), 2.0)
F.cosine_similarity(ones(2, 3), ones(2, 3), 1, 1e-8)
F.pairwise_distance(ones(2, 3), ones(2, 3), 2.0, 1e-6, False)
F.grid_sample(ones(1, 2, 4, 4), ones(1, 2, 2, 2), 'bilinear', 'zeros', True)
F.fold(ones(1, 8, 4), (3, 3), 2, 1, 0, 1)
F.unfold(ones(1, 2, 3, 3), 2, 1, 0, 1)
F.embedding(T([1, 0]), ones(3, 2), None, None, 2.0, False, False)
F.embedding_bag(T([1, 0]), ones(3, 2), T([0, 1]), None, 2, False, 'mean', False, None, False, None)
F.one_hot(T([1, 0]), 3)
F.pixel_shuffle(ones(1, 4, 2, 2), 2)
F.softmax(ones(2, 4), -1)
F.log_softmax(ones(2, 4), -1)
F.leaky_relu(ones(2, 3), 0.1, False)
F.elu(ones(2, 3), 1.0, False)
F.threshold(ones(2, 3), 1.0, 2.0, False)
F.softplus(ones(2, 3), 1.0, 20.0)
F.cross_entropy(ones(2, 3), T([0, 1]), None, None, -100, None, 'mean', 0.5)
F.nll_loss(ones(2, 3), T([0, 1]), None, None, -100, None, 'mean')
F.multi_margin_loss(ones(2, 3), T([0, 1]), 1, 1.0)
F.smooth_l1_loss(ones(2, 3), ones(2, 3), None, None, 'mean', 1.0)
F.huber_loss(ones(2, 3), ones(2, 3), 'mean', 1.0)
F.margin_ranking_loss(ones(2), ones(2), ones(2), 0.0)
F.triplet_margin_loss(ones(2, 3), ones(2, 3), ones(2, 3), 1.0, 2.0, 1e-6, False)
F.ctc_loss(ones(4, 1, 3), T([[1, 2]]), T([4]), T([2]), 0, 'mean', False)
F.poisson_nll_loss(ones(2, 3), ones(2, 3), True, False)
rnn.pad_sequence([ones(2), ones(3)], True, 0.0, 'left')
rnn.unpad_sequence(ones(3, 2, 1), T([3, 2]), False)
rnn.pack_padded_sequence(ones(3, 2, 1), T([3, 2]), False, True)
rnn.pad_packed_sequence(rnn.pack_sequence([ones(3), ones(2)]), False, 0.0, None)
""".strip().splitlines()
KNOWN = {  # function, position, argument: texts that no check of refnn's own gives
    ("F.normalize", 1, "np.ones(2)"),
    ("rnn.pack_padded_sequence", 1, "None"),
    ("rnn.pack_padded_sequence", 1, "1j"),
}


def variants(code):
    """The call with each of its arguments in turn replaced by each odd one."""
    call = ast.parse(code, mode="eval").body
    given, name = [ast.unparse(argument) for argument in call.args], ast.unparse(call.func)
    for position in range(len(given)):
        for odd in ODD:
            if (name, position, odd) not in KNOWN:
                yield f"{name}({', '.join([*given[:position], odd, *given[position + 1 :]])})"


def outcome(lib, code):
    """The kind of what a call gives, or its error."""
    names = {"F": lib.nn.functional, "rnn": lib.nn.utils.rnn, "T": lib.tensor, "ones": lib.ones, "zeros": lib.zeros}
    lib.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return kind(lib, eval(code, {**names, "np": np}))
        except Exception as error:
            return type(error).__name__, str(error).replace("refnn", "torch")


def kind(lib, result):
    if isinstance(result, lib.Tensor):
        return tuple(result.shape), str(result.dtype)
    return tuple(kind(lib, part) for part in result) if isinstance(result, (tuple, list)) else result


@pytest.mark.parametrize("code", CALLS, ids=lambda code: code.partition("(")[0])
def test_same_outcome(code):
    assert isinstance(outcome(torch, code)[0], tuple), "the call itself has to be right"
    found = {variant: (outcome(torch, variant), outcome(refnn, variant)) for variant in (code, *variants(code))}
    assert {variant: pair for variant, pair in found.items() if pair[0] != pair[1]} == {}
