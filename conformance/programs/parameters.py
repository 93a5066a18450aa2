"""Parameter and Buffer, copies and pickles of modules."""

import copy
import pickle

from conformance.programs import program


@program
def parameter_from(torch, show):
    P = torch.nn.Parameter
    show(P(torch.ones(2)), P(torch.ones(2), False), P(torch.ones(2), requires_grad=False), P(), P(None, False))
    show(P(torch.tensor([1, 2]), False), P(torch.tensor(1.5)))
    for wrong in (3, [1.0, 2.0], "text"):
        show.raises(P, wrong)
    show.raises(P, torch.tensor([1]))
    show.raises(P, torch.tensor([True]))
    x = torch.ones(2, requires_grad=True) * 2
    show(P(x), P(x).is_leaf, P(x).grad_fn)
    show(P(P(torch.ones(1))))


@program
def parameter_shares_memory(torch, show):
    data = torch.zeros(2)
    p = torch.nn.Parameter(data)
    data.add_(1)
    show(p, p._version, data._version)
    with torch.no_grad():
        p.mul_(3)
    show(data, data._version)


@program
def parameter_types(torch, show):
    P, T = torch.nn.Parameter, torch.Tensor
    p = P(torch.ones(2))
    show(isinstance(p, P), isinstance(p, T), isinstance(torch.ones(1), P), issubclass(P, T))
    show([type(r) is T for r in (p * 2, p.detach(), p.data, p.clone(), p[0], p.view(2, 1))])
    show(type(p) is P, p.requires_grad_(False).requires_grad, p.is_leaf)


@program
def buffers(torch, show):
    B = torch.nn.Buffer
    b = B(torch.ones(2))
    show(b, B(), isinstance(b, B), isinstance(torch.ones(1), B), type(b) is torch.Tensor, b.persistent)
    show(B(torch.ones(1), persistent=False).persistent, B(torch.ones(1, requires_grad=True)).requires_grad)
    show.raises(B, 3)
    show(isinstance(b + 1, B), isinstance(b.detach(), B))


@program
def parameter_copies(torch, show):
    p = torch.nn.Parameter(torch.ones(2))
    p.sum().backward()
    q = copy.deepcopy(p)
    show(q, q.grad, type(q).__name__, q.data_ptr() == p.data_ptr())
    q = pickle.loads(pickle.dumps(p))
    show(q, q.grad, type(q).__name__)
    q = pickle.loads(pickle.dumps(torch.nn.Parameter(torch.ones(2), False)))
    show(q.requires_grad)
    p.note = "kept"
    show(pickle.loads(pickle.dumps(p)).note)


@program
def deepcopy_of_a_module(torch, show):
    m = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    m[1].weight = m[0].weight
    m.register_buffer("b", torch.ones(1))
    m.extra = [1, 2]
    m(torch.ones(1, 2)).sum().backward()
    c = copy.deepcopy(m)
    show(c[1].weight is c[0].weight, c[0].weight is m[0].weight, c.extra is m.extra, c.extra)
    show(c, [n for n, _ in c.named_parameters()], c[0].weight.grad is None)
    with torch.no_grad():
        c.b.zero_()
    show(m.b, c.b)


@program
def pickle_of_a_module(torch, show):
    m = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout(0.3)).eval()
    c = pickle.loads(pickle.dumps(m))
    show(c, c.training, torch.equal(c[0].weight, m[0].weight))
    show(c(torch.ones(1, 2)).shape)


@program
def state_of_an_older_pickle(torch, show):
    m = torch.nn.Linear(1, 1)
    state = m.__getstate__()
    show(state is m.__dict__, sorted(state) == sorted(m.__dict__))
    for name in [k for k in state if "hooks" in k or k in ("_non_persistent_buffers_set",)]:
        if name not in ("_backward_hooks", "_forward_hooks"):
            del state[name]
    del state["_is_full_backward_hook"]
    other = torch.nn.Linear.__new__(torch.nn.Linear)
    other.__setstate__(state)
    show(sorted(other.__dict__) == sorted(m.__dict__), other(torch.ones(1, 1)).shape)


@program
def hooks_in_a_copy(torch, show):
    m = torch.nn.Identity()
    m.register_forward_hook(_shout)
    show(copy.deepcopy(m)(torch.ones(1)), len(pickle.loads(pickle.dumps(m))._forward_hooks))


def _shout(module, args, out):
    return out * 100
