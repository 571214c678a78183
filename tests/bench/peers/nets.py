"""The nets of `assay bench` in torch, for ONNX. Windows with stride 2 are padded by 1 on each side here (Keras pads
only behind), which costs the same and spares ONNX Runtime a node."""
from torch import nn
from torch.nn import functional as F


def conv(a, b, side, stride=1, normalized=False):
    layer = nn.Conv2d(a, b, side, stride, side // 2)
    return nn.Sequential(layer, nn.BatchNorm2d(b)) if normalized else layer


class DemoCnn(nn.Sequential):
    shape = (1, 28, 28)

    def __init__(self):
        super().__init__(conv(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), conv(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(3136, 64), nn.ReLU(), nn.Linear(64, 10), nn.Softmax(1))


class Vgg(nn.Sequential):
    shape = (3, 32, 32)

    def __init__(self):
        layers, before = [], 3
        for filters in (32, 64, 128):
            layers += [conv(before, filters, 3), nn.ReLU(), conv(filters, filters, 3), nn.ReLU(), nn.MaxPool2d(2)]
            before = filters
        super().__init__(*layers, nn.Flatten(), nn.Linear(2048, 128), nn.ReLU(), nn.Linear(128, 10), nn.Softmax(1))


class Residual(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.body = nn.Sequential(conv(a, b, 3, stride, True), nn.ReLU(), conv(b, b, 3, 1, True))
        self.shortcut = conv(a, b, 1, stride, True) if stride > 1 else nn.Identity()

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


class ResNet20(nn.Sequential):
    shape = (3, 32, 32)

    def __init__(self):
        layers, before = [conv(3, 16, 3, 1, True), nn.ReLU()], 16
        for filters in (16, 32, 64):
            for i in range(3):
                layers.append(Residual(before, filters, 2 if filters > 16 and i == 0 else 1))
                before = filters
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10), nn.Softmax(1))


def separable(a, b):
    return nn.Sequential(nn.Conv2d(a, a, 3, 1, 1, groups=a, bias=False), nn.Conv2d(a, b, 1, bias=False),
                         nn.BatchNorm2d(b))


class XceptionModule(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.body = nn.Sequential(separable(a, b), nn.ReLU(), separable(b, b), nn.MaxPool2d(3, 2, 1))
        self.shortcut = conv(a, b, 1, 2, True)

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class MiniXception(nn.Sequential):
    shape = (1, 48, 48)

    def __init__(self):
        layers, before = [conv(1, 8, 3, 1, True), nn.ReLU(), conv(8, 8, 3, 1, True), nn.ReLU()], 8
        for filters in (16, 32, 64, 128):
            layers.append(XceptionModule(before, filters))
            before = filters
        super().__init__(*layers, conv(128, 7, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(7, 7),
                         nn.Softmax(1))


NETS = {"demo_cnn": DemoCnn, "vgg": Vgg, "resnet20": ResNet20, "mini_xception": MiniXception}


def parameters(net):
    """As Keras counts them: with the moving statistics."""
    tensors = list(net.parameters()) + [b for name, b in net.named_buffers() if "num_batches" not in name]
    return sum(t.numel() for t in tensors)
