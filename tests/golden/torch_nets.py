"""Keras layers in torch float64, from their configs: the independent reference for whole nets.

Tensors are NHWC between layers."""
import torch
import torch.nn.functional as F


def same_padding(size, kernel, stride, dilation):
    out = -(-size // stride)
    total = max((out - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def padded(x, config, kernel, value=0.0):
    if config.get("padding", "valid") == "valid":
        return x
    stride = config.get("strides") or config.get("pool_size")
    dilation = config.get("dilation_rate", [1, 1])
    top, bottom = same_padding(x.shape[2], kernel[0], stride[0], dilation[0])
    left, right = same_padding(x.shape[3], kernel[1], stride[1], dilation[1])
    return F.pad(x, (left, right, top, bottom), value=value)


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def conv2d(x, c, w):
    x = padded(nchw(x), c, c["kernel_size"])
    y = F.conv2d(x, w["kernel"].permute(3, 2, 0, 1), w.get("bias"), c["strides"], 0, c.get("dilation_rate", 1),
            c.get("groups", 1))
    return nhwc(y)


def depthwise_kernel(w):
    k = w.get("depthwise_kernel", w.get("kernel"))
    return k.permute(2, 3, 0, 1).reshape(-1, 1, k.shape[0], k.shape[1])


def depthwise(x, c, w):
    x = padded(nchw(x), c, c["kernel_size"])
    return nhwc(F.conv2d(x, depthwise_kernel(w), w.get("bias"), c["strides"], 0, 1, x.shape[1]))


def separable(x, c, w):
    x = padded(nchw(x), c, c["kernel_size"])
    x = F.conv2d(x, depthwise_kernel(w), None, c["strides"], 0, 1, x.shape[1])
    return nhwc(F.conv2d(x, w["pointwise_kernel"].permute(3, 2, 0, 1), w.get("bias")))


def max_pool(x, c, w):
    x = padded(nchw(x), c, c["pool_size"], float("-inf"))
    return nhwc(F.max_pool2d(x, c["pool_size"], c.get("strides") or c["pool_size"]))


def average_pool(x, c, w):
    strides = c.get("strides") or c["pool_size"]
    ones = torch.ones_like(nchw(x))
    total = F.avg_pool2d(padded(nchw(x), c, c["pool_size"]), c["pool_size"], strides)
    return nhwc(total / F.avg_pool2d(padded(ones, c, c["pool_size"]), c["pool_size"], strides))


def batch_norm(x, c, w):
    scale = w.get("gamma", 1.0) / torch.sqrt(w["moving_variance"] + c["epsilon"])
    return (x - w["moving_mean"]) * scale + w.get("beta", 0.0)


def lstm(x, units, kernel, recurrent, bias):
    """States of all steps; gates i, f, c, o."""
    h = c = torch.zeros(x.shape[0], units, dtype=x.dtype)
    out = []
    for t in range(x.shape[1]):
        i, f, g, o = (x[:, t] @ kernel + h @ recurrent + bias).split(units, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        out.append(h)
    return torch.stack(out, 1)


def bidirectional(x, c, w):
    v = list(w.values())
    u = c["layer"]["config"]["units"]
    return torch.cat([lstm(x, u, *v[:3]), lstm(x.flip(1), u, *v[3:]).flip(1)], 2)


def time_distributed(x, c, w):
    return FUNCTIONS[c["layer"]["config"]["activation"]](x @ w["kernel"] + w["bias"])


FUNCTIONS = {"linear": lambda x: x, "relu": F.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "elu": F.elu,
        "selu": F.selu,
             "softplus": F.softplus, "hard_sigmoid": lambda x: torch.clamp(0.2 * x + 0.5, 0, 1),
             "swish": F.silu, "softmax": lambda x: F.softmax(x, -1),
                     "leaky_relu": lambda x: F.leaky_relu(x, 0.2)}

LAYERS = {
    "Dense": lambda x, c, w: x @ w["kernel"] + w.get("bias", 0.0),
    "Conv2D": conv2d, "DepthwiseConv2D": depthwise, "SeparableConv2D": separable,
    "MaxPooling2D": max_pool, "AveragePooling2D": average_pool, "BatchNormalization": batch_norm,
    "GlobalAveragePooling2D": lambda x, c, w: x.mean((1, 2), keepdim=c.get("keepdims", False)),
    "GlobalMaxPooling2D": lambda x, c, w: x.amax((1, 2)),
    "Bidirectional": bidirectional, "TimeDistributed": time_distributed,
    "GlobalAveragePooling1D": lambda x, c, w: x.mean(1),
    "Flatten": lambda x, c, w: x.reshape(x.shape[0], -1),
    "Reshape": lambda x, c, w: x.reshape(x.shape[0], *c["target_shape"]),
    "Dropout": lambda x, c, w: x, "Activation": lambda x, c, w: x,
    "Softmax": lambda x, c, w: F.softmax(x, c.get("axis", -1)),
    "ReLU": lambda x, c, w: F.relu(x) if c.get("max_value") is None else x.clamp(0, c["max_value"]),
    "LeakyReLU": lambda x, c, w: F.leaky_relu(x, c.get("alpha", c.get("negative_slope"))),
    "ELU": lambda x, c, w: F.elu(x, c.get("alpha", 1.0)),
    "ZeroPadding2D": lambda x, c, w: F.pad(x, (0, 0, *c["padding"][1], *c["padding"][0])),
    "Rescaling": lambda x, c, w: x * c["scale"] + c["offset"],
    "Normalization": lambda x, c, w: (x - w["mean"]) / torch.clamp(torch.sqrt(w["variance"]), min=1e-7),
    "Multiply": lambda xs, c, w: xs[0] * xs[1],
    "Add": lambda xs, c, w: sum(xs[1:], xs[0]), "Subtract": lambda xs, c, w: xs[0] - xs[1],
    "Concatenate": lambda xs, c, w: torch.cat(xs, c.get("axis", -1)),
}


def is_turned(config, cls):
    """Whether the layer works along axis 1 of images, as one with channels first does."""
    return config.get("data_format") == "channels_first" or (cls == "BatchNormalization" and config["axis"] in (1, [1]))


def run_layer(layer, inputs):
    """A layer with channels first is one with channels last between two permutations."""
    if is_turned(layer["config"], layer["class"]) and inputs[0].dim() == 4:
        plain = dict(layer, config=dict(layer["config"], data_format="channels_last", axis=-1))
        y = run_layer(plain, [nhwc(x) for x in inputs])
        return nchw(y) if y.dim() == 4 else y
    w = {k: torch.tensor(v.astype("float64")) for k, v in layer.get("weights", {}).items()}
    y = LAYERS[layer["class"]](inputs if len(inputs) > 1 else inputs[0], layer["config"], w)
    activation = layer["config"].get("activation") or "linear"
    return FUNCTIONS[activation["config"] if isinstance(activation, dict) else activation](y)


def cut_head(layer):
    """The layer without its softmax or sigmoid; None if it is nothing else."""
    if "layers" in layer:
        return layer
    if layer["class"] == "Softmax" or (layer["class"] == "Activation" and layer["config"]["activation"] in (
            "softmax", "sigmoid")):
        return None
    if layer["config"].get("activation") in ("softmax", "sigmoid"):
        return dict(layer, config=dict(layer["config"], activation="linear"))
    return layer


def run_model(model, inputs, head=False):
    """Outputs of a model {'layers', 'inputs', 'outputs'}; layers in order, each with 'calls': lists of (name, call) or
    (name, call, tensor). head: leave the last softmax or sigmoid out."""
    values = {(name, 0, 0): x for name, x in zip(model["inputs"], inputs)}
    for layer in model["layers"]:
        last = head and layer["name"] == model["outputs"][0][0]
        for k, call in enumerate(layer["calls"]):
            x = [values[(*r, 0)[:3]] for r in call]
            use = cut_head(layer) if last else layer
            if use is None:
                y = [x[0]]
            elif "layers" in use:
                y = run_model(use, x, last)
            else:
                y = [run_layer(use, x)]
            values.update({(layer["name"], k, t): v for t, v in enumerate(y)})
    return [values[(*r, 0)[:3]] for r in model["outputs"]]


def run(layers, x):
    """Value of the last layer before its softmax or sigmoid. The input has channels last, whatever the layers want."""
    if any(is_turned(y["config"], y["class"]) for y in layers):
        x = nchw(x)
    return run_model({"layers": layers, "inputs": ["input_1"], "outputs": [(layers[-1]["name"], 0)]}, [x], True)[0]


def reference(layers, x, y, binary):
    """logits, loss per sample, input gradient; one sigmoid unit z counts as (0, z)."""
    t = torch.tensor(x.astype("float64"), requires_grad=True)
    z = run(layers, t).reshape(len(x), -1)
    if binary:
        z = torch.cat([torch.zeros_like(z), z], 1)
    loss = F.cross_entropy(z, torch.tensor(y), reduction="none")
    loss.sum().backward()
    return {"logits": z.detach().numpy(), "loss": loss.detach().numpy(), "gradient": t.grad.numpy()}
