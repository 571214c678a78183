"""Recurrent layers and wrappers in torch, float64, for make_layers_more.py: torch's own LSTM and GRU where they have
what Keras has, else the formulas, step by step."""
import torch

from make_layers import KINDS, Case


def one(c, key, default):
    return int(c.options.get(key, default))


def function(c, key, default):
    return KINDS["@" + c.options.get(key, default)]


def recurrent_weights(c, features, gates, biases):
    u = one(c, "units", 0)
    w = [c.weight(features, gates * u), c.weight(u, gates * u)]
    if c.real("use_bias", 1) and biases:
        w.append(c.weight(*((gates * u,) if biases == 1 else (2, gates * u))))
    return u, w


def steps_of(c, x):
    """The steps of x (n, steps, features), in the order of computation."""
    return reversed(x.unbind(1)) if c.real("go_backwards", 0) else x.unbind(1)


def sequence(c, outputs):
    return torch.stack(outputs, 1) if c.real("return_sequences", 0) else outputs[-1]


def simple_rnn(c, x):
    u, w = recurrent_weights(c, x.shape[2], 1, 1)
    f, h, out = function(c, "activation", "tanh"), x.new_zeros(len(x), u), []
    for v in steps_of(c, x):
        h = f(c, v @ w[0] + h @ w[1] + (w[2] if len(w) > 2 else 0))
        out.append(h)
    return sequence(c, out)


def lstm_steps(c, x, u, w):
    f, g = function(c, "activation", "tanh"), function(c, "recurrent_activation", "sigmoid")
    h, cell, out = x.new_zeros(len(x), u), x.new_zeros(len(x), u), []
    for v in steps_of(c, x):
        i, forget, z, o = (v @ w[0] + h @ w[1] + (w[2] if len(w) > 2 else 0)).chunk(4, 1)
        cell = g(c, forget) * cell + g(c, i) * f(c, z)
        h = g(c, o) * f(c, cell)
        out.append(h)
    return sequence(c, out)


def gru_steps(c, x, u, w):
    f, g = function(c, "activation", "tanh"), function(c, "recurrent_activation", "sigmoid")
    after = c.real("reset_after", 0)
    b = (w[2].reshape(-1, 3 * u) if len(w) > 2 else x.new_zeros(1, 3 * u))
    h, out = x.new_zeros(len(x), u), []
    for v in steps_of(c, x):
        zx, rx, cx = (v @ w[0] + b[0]).chunk(3, 1)
        zh, rh, ch = (h @ w[1] + (b[1] if len(b) > 1 else 0)).chunk(3, 1)
        z, r = g(c, zx + zh), g(c, rx + rh)
        candidate = f(c, cx + (r * ch if after else (r * h) @ w[1][:, 2 * u:]))
        h = z * h + (1 - z) * candidate
        out.append(h)
    return sequence(c, out)


def torch_layer(c, x, layer, kernel, recurrent, biases):
    """torch's own layer; kernels (units * gates, in), two biases."""
    layer = layer.double()
    with torch.no_grad():
        for p, v in zip((layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0),
                        (kernel, recurrent, *biases)):
            p.copy_(v)
    y = layer(x.flip(1) if c.real("go_backwards", 0) else x)[0]
    return y if c.real("return_sequences", 0) else y[:, -1]


def plain(c):
    return "activation" not in c.options and "recurrent_activation" not in c.options


def torch_lstm(c, x, u, kernel, recurrent, biases):
    return torch_layer(c, x, torch.nn.LSTM(x.shape[2], u, batch_first=True), kernel.T, recurrent.T, biases)


def torch_gru(c, x, u, kernel, recurrent, biases):
    def turned(v):
        """Gates z, r, h of the last axis in torch's order r, z, n."""
        z, r, h = v.split(u, -1)
        return torch.cat((r, z, h), -1)
    return torch_layer(c, x, torch.nn.GRU(x.shape[2], u, batch_first=True), turned(kernel).T, turned(recurrent).T,
                       [turned(b) for b in biases])


def lstm(c, x):
    u, w = recurrent_weights(c, x.shape[2], 4, 1)
    if not plain(c):
        return lstm_steps(c, x, u, w)
    zero = x.new_zeros(4 * u)
    return torch_lstm(c, x, u, w[0], w[1], (w[2] if len(w) > 2 else zero, zero))


def gru(c, x):
    after = int(c.real("reset_after", 0))
    u, w = recurrent_weights(c, x.shape[2], 3, 1 + after)
    if not plain(c) or not after:
        return gru_steps(c, x, u, w)
    zero = x.new_zeros(2, 3 * u)
    return torch_gru(c, x, u, w[0], w[1], w[2] if len(w) > 2 else zero)


def from_cudnn(kernel, gates):
    """A stored kernel in Keras' layout: what fills (in, units) row by row is the matrix (units, in)."""
    return torch.cat([k.reshape(k.shape[1], k.shape[0]).T for k in kernel.chunk(gates, 1)], 1)


def cudnn(gates, layer):
    def run(c, x):
        u = one(c, "units", 0)
        kernel, recurrent, b = c.weight(x.shape[2], gates * u), c.weight(u, gates * u), c.weight(2 * gates * u)
        return layer(c, x, u, from_cudnn(kernel, gates), from_cudnn(recurrent, gates), b.chunk(2))
    return run


def inner(c, text):
    """The layer inside a wrapper, its weights behind those that c has taken."""
    case = Case(text + " :")
    case.weights = c.weights
    return case


def bidirectional(c, x):
    words = c.text.split(" :")[0].split()
    parts = [i for i, w in enumerate(words) if "layer=" in w] + [len(words)]
    texts = [" ".join(words[a:b]).split("layer=")[1] for a, b in zip(parts, parts[1:])]
    if len(texts) == 1:
        texts.append(texts[0] + " go_backwards=" + str(1 - int(inner(c, texts[0]).real("go_backwards", 0))))
    y = []
    for text in texts:
        layer = inner(c, text)
        y.append(KINDS[layer.kind](layer, x))
        c.weights = layer.weights
    if layer.real("return_sequences", 0):
        y[1] = y[1].flip(1)
    return {"concat": lambda: torch.cat(y, -1), "sum": lambda: y[0] + y[1], "mul": lambda: y[0] * y[1],
            "ave": lambda: (y[0] + y[1]) / 2}[c.options.get("merge_mode", "concat")]()


def time_distributed(c, x):
    text = c.text.split(" :")[0].split("layer=")[1]
    y = []
    for step in x.unbind(1):
        layer = inner(c, text)
        y.append(KINDS[layer.kind](layer, step))
    return torch.stack(y, 1)


KINDS.update({
    "bidirectional": bidirectional, "time_distributed": time_distributed,
    "simple_rnn": simple_rnn, "lstm": lstm, "gru": gru,
    "cudnn_lstm": cudnn(4, torch_lstm), "cudnn_gru": cudnn(3, torch_gru),
})


def cases():
    for kind in ("simple_rnn", "lstm", "gru", "gru reset_after=1", "cudnn_lstm", "cudnn_gru"):
        for rest in ("units=5", "units=17 return_sequences=1", "units=16 go_backwards=1",
                     "units=3 go_backwards=1 return_sequences=1"):
            yield f"{kind} {rest} : 6x4"
        yield f"{kind} units=4 : 1x7"
        yield f"{kind} units=1 return_sequences=1 : 3x1"
        if kind.startswith("cudnn"):
            continue
        yield f"{kind} units=5 use_bias=0 : 5x3"
        yield f"{kind} units=5 activation=relu return_sequences=1 : 4x3"
        if kind == "simple_rnn":
            continue
        yield f"{kind} units=5 recurrent_activation=hard_sigmoid activation=softsign : 4x3"
        yield f"{kind} units=5 recurrent_activation=hard_sigmoid6 : 4x3"
    yield "lstm units=33 : 12x18"
    yield "gru units=33 reset_after=1 return_sequences=1 : 5x18"
