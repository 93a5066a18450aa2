"""Walking a module's tree."""

from conformance.programs import program


def tree(torch):
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(2, 2)
            self.second = nn.Linear(2, 2, bias=False)
            self.register_buffer("scale", torch.ones(1))
            self.register_buffer("empty", None)

    block = Block()
    outer = nn.Sequential(block, nn.ReLU(), block)
    outer.tied = block.first.weight
    outer.add_module("none", None)
    return outer


@program
def names_in_order(torch, show):
    m = tree(torch)
    show([n for n, _ in m.named_parameters()])
    show([n for n, _ in m.named_parameters(remove_duplicate=False)])
    show([n for n, _ in m.named_parameters(prefix="p", recurse=False)])
    show([n for n, _ in m.named_buffers()], [n for n, _ in m.named_buffers(remove_duplicate=False)])
    show([n for n, _ in m.named_modules()], [n for n, _ in m.named_modules(remove_duplicate=False)])
    show([n for n, _ in m.named_modules(prefix="root")], [n for n, _ in m.named_children()])
    show(len(list(m.parameters())), len(list(m.parameters(recurse=False))), len(list(m.buffers(recurse=False))))
    show(len(list(m.modules())), len(list(m.modules(remove_duplicate=False))), len(list(m.children())))
    show([type(c).__name__ for c in m.modules()])


@program
def shared_memo(torch, show):
    m = tree(torch)
    memo = set()
    show([n for n, _ in m.named_modules(memo)], len(memo), list(m.named_modules(memo)))


@program
def look_up(torch, show):
    m = tree(torch)
    show(m.get_submodule("0.first"), m.get_submodule("") is m, m.get_parameter("0.first.bias").shape)
    show(m.get_buffer("0.scale"), m.get_parameter("tied").shape)
    for path in ("0.third", "0.first.weight", "9", "0..first", "0.scale", "none", "none.x", "."):
        show.raises(m.get_submodule, path)
    for path in ("0.first.nothing", "0.scale", "0.first", "0.second.bias", "x.y", ""):
        show.raises(m.get_parameter, path)
    for path in ("0.nothing", "0.first.weight", "0.first", "x.y"):
        show.raises(m.get_buffer, path)
    show(m.get_buffer("0.empty"))


@program
def set_submodule(torch, show):
    nn = torch.nn
    m = tree(torch)
    m.set_submodule("0.first", nn.Tanh())
    m.set_submodule("fresh", nn.Tanh())
    m.set_submodule("0.fresh", nn.Tanh())
    show(m)
    show.raises(m.set_submodule, "", nn.Tanh())
    show.raises(m.set_submodule, "0.first", 3)
    show.raises(m.set_submodule, "0.other", nn.Tanh(), strict=True)
    show.raises(m.set_submodule, "0.scale", nn.Tanh())
    show.raises(m.set_submodule, "9.x", nn.Tanh())
    show.raises(m.set_submodule, "tied", nn.Tanh())
    m.set_submodule("fresh", nn.Sigmoid(), True)
    show(m.fresh)


@program
def apply_order(torch, show):
    seen = []
    m = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Sequential(torch.nn.ReLU()))
    result = m.apply(lambda module: seen.append(type(module).__name__))
    show(seen, result is m)


@program
def train_and_eval(torch, show):
    m = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.Sequential(torch.nn.Dropout()))
    show(m.eval() is m, [x.training for x in m.modules()])
    m[1].train()
    show([x.training for x in m.modules()], m.train(False) is m)
    for mode in (1, None, "yes"):
        show.raises(m.train, mode)
    show([x.training for x in m.modules()])


@program
def requires_grad(torch, show):
    m = torch.nn.Linear(2, 2)
    show(m.requires_grad_(False) is m, [p.requires_grad for p in m.parameters()])
    show([p.requires_grad for p in m.requires_grad_().parameters()])


@program
def zero_grad(torch, show):
    m = torch.nn.Linear(2, 1)
    m(torch.ones(1, 2)).sum().backward()
    grads = [p.grad for p in m.parameters()]
    m.zero_grad(set_to_none=False)
    show([p.grad for p in m.parameters()], grads[0] is m.weight.grad)
    m.zero_grad()
    show([p.grad for p in m.parameters()])
    m.weight.grad = m.weight * 2
    m.zero_grad(set_to_none=False)
    show(m.weight.grad, m.weight.grad.grad_fn)
