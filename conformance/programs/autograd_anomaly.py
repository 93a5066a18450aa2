"""Anomaly detection: its warnings, its errors, what the nodes keep."""

from conformance.programs import program, scene


@program
def failing_derivatives(torch, show):
    autograd = torch.autograd
    with scene(show), autograd.detect_anomaly():
        x = torch.tensor([-1.0, 4.0], requires_grad=True)
        x.sqrt().sum().backward()
    with scene(show), autograd.detect_anomaly():
        x, z = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
        (x / z).backward()
    with scene(show):
        x = torch.tensor([-1.0], requires_grad=True)
        y = x.sqrt()
        with autograd.detect_anomaly():
            y.backward()
    with scene(show), autograd.detect_anomaly(check_nan=False):
        x = torch.tensor([-1.0], requires_grad=True)
        x.sqrt().backward()
        show(x.grad)
    with scene(show), autograd.detect_anomaly():
        x = torch.ones(2, requires_grad=True)
        y = x.exp()
        y.add_(1)
        y.sum().backward()
    with scene(show), autograd.set_detect_anomaly(True):
        x = torch.ones(2, requires_grad=True)
        y = x.exp().sum()
        y.backward()
        y.backward()
    with scene(show), autograd.detect_anomaly():
        x = torch.ones(2, requires_grad=True)
        (x * 1).backward(torch.tensor([1.0, float("nan")]))
    with scene(show), autograd.detect_anomaly():
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.register_hook(lambda g: 1 / 0)
        y.sum().backward()
    with scene(show), autograd.detect_anomaly():
        x = torch.ones(2, requires_grad=True)
        x.sqrt().sum().backward()
        show(x.grad)


@program
def anomaly_of_a_second_derivative(torch, show):
    x = torch.zeros(1, requires_grad=True)
    y = x.sqrt()
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        show(sorted(g.grad_fn.metadata), g.grad_fn.metadata["parent_"] is y.grad_fn)


@program
def the_mode_and_its_notes(torch, show):
    def state():
        return torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()

    show(state())
    with torch.autograd.set_detect_anomaly(True, False):
        show(state())
        with torch.autograd.detect_anomaly():
            show(state())
        show(state())
    show(state())
    torch.autograd.set_detect_anomaly(True)
    show(state())
    x = torch.ones(1, requires_grad=True)
    show((x * 2).grad_fn.metadata)
    torch.set_anomaly_enabled(False)
    show(state(), (x * 2).grad_fn.metadata)
    show.raises(torch.autograd.set_detect_anomaly, 3)
    show.raises(torch.autograd.set_detect_anomaly, "a")
    show.raises(torch.set_anomaly_enabled, True, 2)
    node = (x * 2).grad_fn
    node.metadata["mine"] = 1
    show(node.metadata)
