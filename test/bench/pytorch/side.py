"""One side of a comparison: models of the bench's sizes, and a loop that runs a step when asked to.

Protocol, a JSON object a line: in {"calls": k}, out {"seconds": s, "cpuSeconds": c} or what the step measured itself.
The last line, when input ends, is {"peakRssMib": m}.
"""
import json, os, resource, sys, time

SIZES = {
    "S": dict(vocab_size=4096, hidden_size=128, n_layer=4, n_head=4),
    "M": dict(vocab_size=8192, hidden_size=384, n_layer=8, n_head=6),
    "L": dict(vocab_size=32768, hidden_size=1024, n_layer=12, n_head=16),
}


def options():
    """Size, mode and threads from the command line; threads are set before torch is imported."""
    size, mode, threads = sys.argv[1], sys.argv[2], sys.argv[3]
    os.environ.update(OMP_NUM_THREADS=threads, MKL_NUM_THREADS=threads, TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1")
    import torch

    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    return size, mode


def config(size, **extra):
    from transformers import BloomConfig

    return BloomConfig(**SIZES[size], hidden_dropout=0.0, attention_dropout=0.0, bos_token_id=1, eos_token_id=2, pad_token_id=3, **extra)


def language_model(size):
    from transformers import BloomForCausalLM

    return BloomForCausalLM(config(size)).float()


def reward_model(size):
    from transformers import BloomForSequenceClassification

    return BloomForSequenceClassification(config(size, num_labels=1)).float()


def adamw(modules, rate, decay):
    """Fused AdamW without decay on biases and norms, as the Hugging Face Trainer has it."""
    import torch

    named = [pair for module in modules for pair in module.named_parameters()]
    plain = lambda name: name.endswith("bias") or "layernorm" in name or "ln_f" in name
    groups = [
        dict(params=[p for n, p in named if not plain(n)], weight_decay=decay),
        dict(params=[p for n, p in named if plain(n)], weight_decay=0.0),
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.95), fused=True)


def say(**message):
    print("@" + json.dumps(message), flush=True)


def serve(step):
    """Runs `step` when asked to; a step that returns a dict has measured itself."""
    say(ready=True)
    for line in sys.stdin:
        calls = json.loads(line)["calls"]
        wall, cpu = time.perf_counter(), time.process_time()
        measured = None
        for _ in range(calls):
            measured = step()
        said = measured if isinstance(measured, dict) else {}
        say(seconds=(time.perf_counter() - wall) / calls, cpuSeconds=(time.process_time() - cpu) / calls, **said)
    say(peakRssMib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
