"""Questions about a tensor's memory and place, and functions of numbers mapped over it."""

from conformance.programs import program, scene

FLAGS = (
    "is_cpu", "is_cuda", "is_ipu", "is_maia", "is_meta", "is_mkldnn", "is_mps", "is_mtia", "is_nested", "is_quantized",
    "is_sparse", "is_sparse_csr", "is_vulkan", "is_xla", "is_xpu",
)  # fmt: skip


@program
def questions(torch, show):
    x, c = torch.arange(6.0).reshape(2, 3), torch.tensor([1 + 2j])
    show([(name, getattr(x, name)) for name in FLAGS])
    for t in (x, c, torch.tensor(3)):
        show(t.is_conj(), t.is_neg(), t.is_pinned(), t.is_distributed(), t.sparse_dim(), t.dense_dim())
        show(torch.is_conj(t), torch.is_neg(t), torch.is_distributed(t), t.const_data_ptr() == t.data_ptr())
        show(t.resolve_conj() is t, t.resolve_neg() is t)
    show(x.is_same_size(x + 1), x.is_same_size(x[0]), torch.is_same_size(x, x.t()))
    for function in (
        torch.is_conj,
        torch.is_neg,
        torch.is_distributed,
        lambda v: torch.is_same_size(x, v),
        x.is_same_size,
    ):
        show.raises(function, 3)
    show.raises(x.pin_memory)


@program
def shared_memory(torch, show):
    x = torch.arange(6.0).reshape(2, 3).clone()
    show(x.is_shared(), x.share_memory_() is x, x.is_shared(), x[0].is_shared(), x.clone().is_shared())
    show(x[0].share_memory_().is_shared(), x, torch.zeros(0).share_memory_().is_shared())
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    weight = model[0].weight
    show(model.share_memory() is model, model[0].weight is weight)
    show([t.is_shared() for t in model.state_dict().values()], weight.requires_grad, weight.is_leaf)
    model(torch.ones(3, 2)).sum().backward()
    show(weight.grad.shape)


@program
def numbers_mapped(torch, show):
    x, y = torch.arange(6.0).reshape(2, 3), torch.ones(2, 3)
    show(x.map_(y[0], lambda a, b: a + b), x, x._version)
    show(x.map2_(y, x.clone(), lambda a, b, c: a * b - c), torch.arange(3).map_(torch.tensor(2), lambda a, b: a * b))
    for other in (y.double(), torch.ones(4), 3, torch.ones(2, 3, requires_grad=True)):
        show.raises(x.map_, other, lambda a, b: a)
        show.raises(x.map2_, y, other, lambda a, b, c: a)
    show.raises(torch.ones(2, requires_grad=True).map_, torch.ones(2), lambda a, b: a)
    with scene(show):
        x.map_(y, 3)
