"""Writing in place: what it does to the graph, and what is forbidden.

Each program is a row of scenes; what raises ends its scene.
"""

import copy

from conformance.programs import program, scene


@program
def in_place(torch, show):
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        x.mul_(2)
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        x[0] = 2
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        x[:2].mul_(2)
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        y = x.clone()
        y[:2].mul_(3)
        show(y, y.grad_fn, y.grad_fn.next_functions)
        y.sum().backward()
        show(x.grad)
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        y = x.clone()
        v = y[:2]
        w = v[1:]
        w.mul_(5)
        show(v.grad_fn, w.grad_fn, y.grad_fn, v, y, v._version, w._version, y._version)
        (y * y).sum().backward()
        show(x.grad)
    with scene(show):
        y = torch.ones(4)
        v = y[:2]
        v.mul_(torch.tensor(2.0, requires_grad=True))
        show(y, y.requires_grad, v.grad_fn)
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        y = x.clone()
        with torch.no_grad():
            v = y[:2]
        v.mul_(2)
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        y = x.clone()
        with torch.no_grad():
            v = y[:2]
            v.mul_(2)
        show(y, y._version)
        y.sum().backward()
        show(x.grad)
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        with torch.no_grad():
            x.mul_(2)
        show(x, x._version)
        x.detach().mul_(2)
        show(x._version, x)
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        y = x * x
        with torch.no_grad():
            x.add_(1)
        show.raises(lambda: y.sum().backward())
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        y = x.exp()
        y.add_(1)
        show.raises(lambda: y.sum().backward())
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        y = x.exp()
        d = y.detach()
        d.zero_()
        show(y._version, d._version)
        show.raises(lambda: y.sum().backward())
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        y = x * 2
        z = y.sigmoid()
        y.mul_(2)
        z.sum().backward()
        show(x.grad)
    with scene(show):
        x = torch.ones(2, 3, requires_grad=True)
        w = torch.ones(3, 2, requires_grad=True)
        y = x @ w
        with torch.no_grad():
            w.add_(1)
        show.raises(lambda: y.sum().backward())
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        y = x.data
        y.mul_(2)
        show(x, x._version)


@program
def in_place_nodes(torch, show):
    with scene(show):
        w = torch.ones(1, requires_grad=True)
        a = torch.ones(4).unbind()[0]
        a.mul_(w[0])
        show(a)
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x.view(2)
        show(y.grad_fn.name(), y.is_leaf, y.requires_grad, y.retains_grad, x.grad_fn)
    with scene(show):
        x = torch.zeros(3, requires_grad=True)
        y = x.expand(2, 3)
        y.mul_(2)
    with scene(show):
        x = torch.zeros(1).expand(3)
        x.add_(1)
    with scene(show):
        x = torch.zeros(3)
        x.add_(torch.ones(2, 3))
    with scene(show):
        x = torch.zeros(3, dtype=torch.int32)
        x.add_(1.5)
    with scene(show):
        x = torch.zeros(3, dtype=torch.bool)
        x.add_(1)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = x * 1
        y.copy_(torch.zeros(3))
        show(y, y.grad_fn, y.grad_fn.next_functions)
        y.sum().backward()
        show(x.grad)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = torch.zeros(3)
        y.copy_(x)
        show(y.grad_fn, y.requires_grad)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = x * 1
        y.zero_()
        show(y.grad_fn)
        y.fill_(2)
        show(y.grad_fn)
        y[0] = x[1]
        show(y.grad_fn, y.grad_fn.next_functions)
        y[1:] = 0.0
        show(y.grad_fn)
        y[[0, 1]] = x[:2]
        show(y.grad_fn)
    with scene(show):
        x = torch.ones(2, 3, requires_grad=True)
        y = x.clone()
        y.t_()
        show(y.shape, y.grad_fn)
        y.unsqueeze_(0)
        show(y.grad_fn)
        y.squeeze_()
        show(y.grad_fn)
        y.transpose_(0, 1)
        show(y.grad_fn)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = copy.deepcopy(x)
        show(y, y.requires_grad)
        copy.deepcopy(x * 2)
