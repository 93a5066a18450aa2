"""one_hot, embedding, embedding_bag: against loops, and what they refuse."""

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F


@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (2, 0)])
@pytest.mark.parametrize("n", [4, 6])
def test_values(shape, n):
    x = np.random.default_rng(0).integers(0, 4, shape)
    y = F.one_hot(refnn.tensor(x), n)
    assert y.dtype is refnn.int64
    assert y.shape == (*shape, n)
    for place in np.ndindex(shape):
        assert y[place].tolist() == [int(k == x[place]) for k in range(n)]


def test_classes_are_inferred():
    assert F.one_hot(refnn.tensor([0, 2])).tolist() == [[1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    "x, n, text",
    [
        ([1.0], 2, "one_hot is only applicable to index tensor of type LongTensor."),
        ([0, -1], -1, "Class values must be non-negative."),
        ([0, 2], 2, "Class values must be smaller than num_classes."),
        ([0], -2, "Class values must be smaller than num_classes."),
    ],
)
def test_wrong_calls(x, n, text):
    with pytest.raises(RuntimeError, match=text):
        F.one_hot(refnn.tensor(x), n)


def test_no_classes_of_an_empty_tensor():
    with pytest.raises(RuntimeError, match="Can not infer total number of classes"):
        F.one_hot(refnn.tensor([], dtype=refnn.int64))


# Embedding: against loops ---------------------------------------------------------------------------------

RNG = np.random.default_rng(1)


def table(rows=6, width=3):
    return refnn.tensor(RNG.standard_normal((rows, width))).requires_grad_()


@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (0,), (200,)])
@pytest.mark.parametrize("options", [{}, {"padding_idx": 1}, {"padding_idx": -6}, {"scale_grad_by_freq": True}])
@pytest.mark.parametrize("dtype", [refnn.int64, refnn.int32])
def test_embedding_and_its_gradient(shape, options, dtype):
    w, index = table(), RNG.integers(0, 6, shape)
    y = F.embedding(refnn.tensor(index, dtype=dtype), w, **options)
    seed = RNG.standard_normal(y.shape)
    y.backward(refnn.tensor(seed))
    expected = np.zeros((6, 3))
    for place in np.ndindex(shape):
        v = index[place]
        assert y[place].tolist() == w[v].tolist()
        if v != options.get("padding_idx", 99) % 100 and v != options.get("padding_idx", 99) + 6:
            expected[v] += seed[place] / ((index == v).sum() if options.get("scale_grad_by_freq") else 1)
    np.testing.assert_allclose(w.grad.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("rows, count", [(1, 500), (3, 500), (400, 300), (2000, 5000)])
def test_many_repetitions_and_few(rows, count):
    """Rounds where many rows repeat, sums where few do."""
    w, index = table(rows, 2), RNG.integers(0, rows, count)
    seed = RNG.standard_normal((count, 2))
    F.embedding(refnn.tensor(index), w).backward(refnn.tensor(seed))
    expected = np.zeros((rows, 2))
    np.add.at(expected, index, seed)
    np.testing.assert_allclose(w.grad.numpy(), expected, atol=1e-10)


@pytest.mark.parametrize("p", [2.0, 1.0, float("inf"), 0.5])
def test_max_norm_shrinks_the_rows_that_are_read(p):
    w = refnn.tensor([[3.0, 4.0], [0.1, 0.1], [6.0, 8.0]]).requires_grad_()
    version = w._version
    F.embedding(refnn.tensor([0, 1, 0]), w, max_norm=1.0, norm_type=p)
    sizes = np.linalg.norm(w.detach().numpy(), ord=p, axis=1) if p >= 1 else None
    assert w._version == version + 1
    assert w[1].tolist() == pytest.approx([0.1, 0.1])
    assert w[2].tolist() == [6.0, 8.0]
    if sizes is not None:
        assert sizes[0] == pytest.approx(1.0)
    assert w.is_leaf
    assert w.grad is None


def bags(index, offsets, last):
    ends = [*offsets[1:]] if last else [*offsets[1:], len(index)]
    return [range(a, b) for a, b in zip(offsets, ends, strict=False)]


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("offsets, last", [([0, 2, 2, 5], False), ([0, 3, 7], True), ([0], False)])
@pytest.mark.parametrize("padding_idx", [None, 2, -1])
@pytest.mark.parametrize("weighted", [False, True])
def test_embedding_bag_and_its_gradient(mode, offsets, last, padding_idx, weighted):
    if weighted and mode != "sum":
        return
    w, index = table(), RNG.integers(0, 6, 7)
    s = refnn.tensor(RNG.standard_normal(7)).requires_grad_() if weighted else None
    kwargs = {"mode": mode, "include_last_offset": last, "padding_idx": padding_idx, "per_sample_weights": s}
    y = F.embedding_bag(refnn.tensor(index), w, refnn.tensor(offsets), **kwargs)
    seed = RNG.standard_normal(y.shape)
    y.backward(refnn.tensor(seed))
    values, dw, ds = w.detach().numpy(), np.zeros((6, 3)), np.zeros(7)
    factor = s.detach().numpy() if weighted else np.ones(7)
    padding = None if padding_idx is None else padding_idx % 6
    for b, places in enumerate(bags(index, offsets, last)):
        kept = [k for k in places if index[k] != padding]
        if not kept:
            assert y[b].tolist() == [0.0] * 3
            continue
        rows = np.stack([factor[k] * values[index[k]] for k in kept])
        expected = {"sum": rows.sum, "mean": rows.mean, "max": rows.max}[mode](0)
        np.testing.assert_allclose(y[b].tolist(), expected)
        for n, k in enumerate(kept):
            ds[k] = seed[b] @ values[index[k]]
            for d in range(3):
                share = {"sum": factor[k], "mean": 1 / len(kept), "max": float(rows[:, d].argmax() == n)}[mode]
                dw[index[k], d] += share * seed[b, d]
    np.testing.assert_allclose(w.grad.numpy(), dw, atol=1e-12)
    if weighted:
        np.testing.assert_allclose(s.grad.numpy(), ds, atol=1e-12)


def test_a_gradient_of_sparse_layout_is_refused():
    with pytest.raises(RuntimeError, match="sparse=True asks for a gradient of sparse layout"):
        F.embedding(refnn.tensor([0]), table(), sparse=True)
    with refnn.no_grad():
        assert F.embedding(refnn.tensor([0]), table(), sparse=True).shape == (1, 3)


def test_a_table_given():
    values = refnn.tensor([[1.0, 2.0], [3.0, 4.0]])
    layer = refnn.nn.Embedding.from_pretrained(values, padding_idx=-1)
    assert (layer.padding_idx, layer.weight.requires_grad) == (1, False)
    assert layer.weight.tolist() == values.tolist()
    assert refnn.nn.EmbeddingBag.from_pretrained(values, freeze=False).weight.requires_grad


@pytest.mark.parametrize("padding_idx", [0, 2, -1])
def test_the_padding_row_starts_at_zero(padding_idx):
    layer = refnn.nn.Embedding(3, 2, padding_idx=padding_idx)
    assert layer.weight[padding_idx].tolist() == [0.0, 0.0]
    assert refnn.nn.EmbeddingBag(3, 2, padding_idx=padding_idx).weight[padding_idx].tolist() == [0.0, 0.0]
