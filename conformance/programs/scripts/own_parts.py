"""Functions and modules of one's own: ctx, hooks, buffers, dtypes, and the errors of using them wrongly."""

import copy

import torch
from torch import nn
from torch.autograd import Function, gradcheck

torch.manual_seed(0)


class Swish(Function):
    @staticmethod
    def forward(ctx, x, beta):
        ctx.beta = beta
        ctx.save_for_backward(x)
        return x * torch.sigmoid(beta * x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(ctx.beta * x)
        return g * (s + ctx.beta * x * s * (1 - s)), None


class Affine(Function):
    @staticmethod
    def forward(x, w, b):
        return x @ w.t() + b

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs[:2])

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w if ctx.needs_input_grad[0] else None, g.t() @ x, g.sum(0)


x = torch.randn(4, 3, dtype=torch.double, requires_grad=True)
w = torch.randn(2, 3, dtype=torch.double, requires_grad=True)
b = torch.zeros(2, dtype=torch.double, requires_grad=True)
y = Swish.apply(x, 1.5)
z = Affine.apply(y, w, b)
print(y, z, z.grad_fn.name(), z.grad_fn.next_functions[1][0].name())
print(gradcheck(lambda t: Swish.apply(t, 0.5), (x,)), gradcheck(Affine.apply, (x, w, b)))
first = torch.autograd.grad(z.sum(), [x, w, b], create_graph=True)
print(first, torch.autograd.grad(first[0].sum(), x))


class Scale(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(size))
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        self.calls += 1
        return x * self.scale

    def extra_repr(self):
        return f"size={self.scale.numel()}"


net = nn.Sequential(nn.Linear(3, 4), Scale(4), nn.Tanh(), nn.Linear(4, 2))
print(net)
seen = []
net[0].register_forward_pre_hook(lambda module, args: seen.append(("before", args[0].shape)))
net[1].register_forward_hook(lambda module, args, out: out * 2)
net[2].register_full_backward_hook(lambda module, into, out: seen.append(("back", into[0].shape, out[0].sum())))
handle = net[3].register_full_backward_pre_hook(lambda module, out: (out[0] * 10,))
data = torch.randn(5, 3, requires_grad=True)
data.register_hook(lambda g: g.clamp(-0.05, 0.05))
net(data).pow(2).mean().backward()
print(seen, data.grad, net[1].calls, net[1].scale.grad)
handle.remove()
net.zero_grad()
print(net[0].weight.grad, list(net.state_dict()), [(name, type(m).__name__) for name, m in net.named_modules()])

net[0].weight.requires_grad_(False)
print([name for name, p in net.named_parameters() if p.requires_grad])
twin = copy.deepcopy(net).double()
print(twin[0].weight.dtype, twin[1].calls.dtype, torch.equal(twin[0].weight.float(), net[0].weight))
print(nn.utils.parameters_to_vector(net.parameters())[:3], nn.ParameterList([torch.ones(1, 2)]))


def attempt(function):
    try:
        print("no error:", function())
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


def overwritten():
    s = (torch.ones(2, requires_grad=True) * 2).sigmoid()
    s.mul_(2)
    s.sum().backward()


leaf = torch.ones(2, requires_grad=True)
used = leaf.exp().sum()
used.backward()
attempt(used.backward)
attempt(overwritten)
attempt(lambda: leaf.add_(1))
attempt(lambda: torch.autograd.grad(torch.ones(1), leaf))
attempt((leaf * 2).backward)
attempt(leaf.numpy)
attempt(torch.tensor([1]).requires_grad_)
attempt(lambda: torch.ones(2, dtype=torch.int64, requires_grad=True))
attempt(lambda: setattr(torch.tensor([1]), "requires_grad", True))
attempt(lambda: twin(torch.ones(2, 3)))
attempt(lambda: net(torch.ones(2, 4)))
attempt(lambda: net.missing)
attempt(lambda: torch.optim.SGD([], 0.1))
with torch.no_grad():
    print((leaf * 2).requires_grad, leaf.add_(1))
    print(leaf.T, torch.tensor(3).T, torch.zeros(2).copy_(1))
attempt(lambda: torch.zeros(2).copy_(torch.ones(3)))
attempt(lambda: torch.zeros(2).copy_(torch.ones(2, 2)))
attempt(lambda: int(torch.ones(2)))
attempt(lambda: torch.zeros(-1))
