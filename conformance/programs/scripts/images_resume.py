"""A residual network for small images, in the manner of public repositories: wrapped, seeded, resumed, measured."""

import io
import math
import random

import numpy as np
import torch
import torch.backends.cudnn as cudnn
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.init as init
import torch.nn.parallel
import torch.optim as optim
import torch.utils.data
from torch.autograd import Variable


def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)
    if torch.cuda.is_available():
        cudnn.deterministic = True
        cudnn.benchmark = False


set_seed(3)
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


class LambdaLayer(nn.Module):
    def __init__(self, lambd):
        super().__init__()
        self.lambd = lambd

    def forward(self, x):
        return self.lambd(x)


class Block(nn.Module):
    def __init__(self, inside, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or inside != planes:
            extra = (planes - inside) // 2
            self.shortcut = LambdaLayer(lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, extra, extra), "constant", 0))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


class ResNet(nn.Module):
    def __init__(self, classes=4):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = nn.Sequential(Block(8, 8), Block(8, 8))
        self.layer2 = nn.Sequential(Block(8, 16, 2), Block(16, 16))
        self.linear = nn.Linear(16, classes)
        self.apply(self.weights)

    @staticmethod
    def weights(m):
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            init.kaiming_normal_(m.weight)

    def forward(self, x):
        out = self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x)))))
        out = F.avg_pool2d(out, out.size()[3])
        return self.linear(out.view(out.size(0), -1))


class AverageMeter:
    def __init__(self):
        self.sum = self.count = 0

    def update(self, val, n=1):
        self.sum += val * n
        self.count += n

    @property
    def avg(self):
        return self.sum / self.count


def accuracy(output, target, topk=(1,)):
    _, pred = output.topk(max(topk), 1, True, True)
    correct = pred.t().eq(target.view(1, -1).expand_as(pred.t()))
    return [correct[:k].reshape(-1).float().sum(0, keepdim=True).mul_(100.0 / target.size(0)) for k in topk]


class Shapes(torch.utils.data.Dataset):
    """Stripes of four directions, with noise."""

    def __init__(self, count):
        angles = np.arange(4) * math.pi / 4
        y, x = np.mgrid[:10, :10]
        self.targets = np.random.randint(0, 4, count)
        a = angles[self.targets][:, None, None]
        stripes = np.sin(1.3 * (np.cos(a) * x + np.sin(a) * y))
        self.data = (stripes + 0.3 * np.random.randn(count, 10, 10)).astype(np.float32)

    def __getitem__(self, index):
        image = torch.from_numpy(self.data[index]).unsqueeze(0).repeat(3, 1, 1)
        if torch.rand(1).item() < 0.5:
            image = torch.flip(image, dims=[1, 2])
        return image, int(self.targets[index])

    def __len__(self):
        return len(self.data)


model = torch.nn.DataParallel(ResNet()).to(device)
print(model)
print("Total params: %.2fk" % (sum(p.numel() for p in model.parameters()) / 1000.0), model.device_ids)
trained = [p for n, p in model.named_parameters() if "bn" not in n and p.requires_grad]
others = [p for n, p in model.named_parameters() if "bn" in n]
groups = [{"params": trained, "weight_decay": 5e-4}, {"params": others, "weight_decay": 0}]
optimizer = optim.SGD(groups, lr=0.05, momentum=0.9, nesterov=True)
scheduler = optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 2], gamma=0.2)
criterion = nn.CrossEntropyLoss().to(device)
loader = torch.utils.data.DataLoader(Shapes(48), batch_size=16, shuffle=True, num_workers=2)

for epoch in range(2):
    losses, top1, top2 = AverageMeter(), AverageMeter(), AverageMeter()
    model.train()
    for i, (inputs, targets) in enumerate(loader):
        inputs, targets = Variable(inputs.to(device)), Variable(targets.to(device))
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        prec1, prec2 = accuracy(outputs.data, targets, topk=(1, 2))
        losses.update(loss.data.item(), inputs.size(0))
        top1.update(prec1[0], inputs.size(0))
        top2.update(prec2.item(), inputs.size(0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"({i + 1}/{len(loader)}) loss {losses.avg:.4f} top1 {top1.avg:.2f} top2 {top2.avg:.2f}")
    scheduler.step()
    print(epoch, scheduler.get_last_lr())

file = io.BytesIO()
torch.save({"epoch": 2, "state_dict": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
file.seek(0)
checkpoint = torch.load(file, map_location=lambda storage, location: storage)
plain = ResNet()
state = {key.replace("module.", ""): value for key, value in checkpoint["state_dict"].items()}
print(plain.load_state_dict(state), list(checkpoint["state_dict"])[:3], len(checkpoint["optimizer"]["state"]))

plain.eval()
images = torch.stack([loader.dataset[i][0] for i in range(8)])
with torch.no_grad():
    probabilities = plain(images).softmax(axis=1)
confidence, predicted = probabilities.max(axis=1)
print(probabilities.sum(axis=0, keepdims=True), predicted, confidence)
matrix = torch.zeros(4, 4, dtype=torch.long)
for t, p in zip(loader.dataset.targets[:8], predicted, strict=False):
    matrix[t, p] += 1
print(matrix, matrix.diag().sum().item(), matrix.sum(axis=1).tolist())

# Feature maps weighted by the mean of their gradients.
kept = {}
plain.layer2.register_forward_hook(lambda module, args, out: kept.update(maps=out))
plain.layer2.register_full_backward_hook(lambda module, into, out: kept.update(grads=out[0].detach()))
score = plain(images)[range(8), predicted].sum()
score.backward()
weights = kept["grads"].mean(dim=(2, 3), keepdim=True)
cam = F.relu(torch.einsum("ncij,ncxy->nij", kept["maps"], weights))
cam = F.interpolate(cam.unsqueeze(1), size=(10, 10), mode="bilinear", align_corners=False)
print(cam.shape, f"{score.item():.3f} {cam.mean().item():.4f} {cam.std():.4f}")
betas = torch.linspace(1e-4, 0.02, 5)
print(torch.cumprod(1 - betas, axis=0))
