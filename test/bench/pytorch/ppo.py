"""One PPO iteration in plain PyTorch: TRL 0.11.4's arithmetic, value head on the policy's trunk, frozen reference, one reward model.

Logits of response positions only, a hand-written loop over the key/value cache, no statistics: the fastest of the PyTorch
forms that were measured.
"""
import copy, time
from side import SIZES, adamw, language_model, options, reward_model, serve

size, mode = options()
import torch

BATCH, PROMPT, RESPONSE, EPOCHS, MINI = 32, 32, 32, 4, 8
CLIP, VALUE_CLIP, VALUE_COEFFICIENT, GAMMA, LAMBDA = 0.2, 0.2, 0.5, 1.0, 0.95
policy = language_model(size)
reference = copy.deepcopy(policy).eval().requires_grad_(False)
reward = reward_model(size).eval().requires_grad_(False)
hidden = SIZES[size]["hidden_size"]
head = torch.nn.Sequential(torch.nn.Linear(hidden, 2 * hidden), torch.nn.ReLU(), torch.nn.Linear(2 * hidden, 1))
weights = [*policy.parameters(), *head.parameters()]
optimiser = adamw([policy, head], 5e-6, 1e-6)
draw = torch.Generator().manual_seed(0)
beta = 0.05


def of_response(model, ids, value_head=None):
    """Log-probabilities and values of the response tokens."""
    states = model.transformer(ids, attention_mask=torch.ones_like(ids), use_cache=False).last_hidden_state[:, PROMPT - 1 : -1]
    logits = model.lm_head(states)
    log_probs = logits.gather(-1, ids[:, PROMPT:].unsqueeze(-1)).squeeze(-1) - torch.logsumexp(logits, -1)
    return log_probs, value_head(states).squeeze(-1) if value_head is not None else None


train_forward = torch.compile(of_response) if mode == "compile" else of_response


@torch.inference_mode()
def roll_out(prompts):
    out = policy(prompts, use_cache=True, logits_to_keep=1)
    parts = [prompts]
    for position in range(RESPONSE):
        parts.append(torch.multinomial(torch.softmax(out.logits[:, -1], -1), 1))
        if position < RESPONSE - 1:
            out = policy(parts[-1], past_key_values=out.past_key_values, use_cache=True, logits_to_keep=1)
    return torch.cat(parts, 1)


def advantages_of(values, rewards):
    advantages, last = torch.zeros_like(rewards), torch.zeros(len(rewards))
    for t in reversed(range(RESPONSE)):
        following = values[:, t + 1] if t < RESPONSE - 1 else 0.0
        last = rewards[:, t] + GAMMA * following - values[:, t] + GAMMA * LAMBDA * last
        advantages[:, t] = last
    returns = advantages + values
    return (advantages - advantages.mean()) * torch.rsqrt(advantages.var() + 1e-8), returns


def step():
    global beta
    t0 = time.perf_counter()
    ids = roll_out(torch.randint(4, SIZES[size]["vocab_size"], (BATCH, PROMPT), generator=draw)).clone()
    t1 = time.perf_counter()
    with torch.no_grad():
        score = reward(ids, attention_mask=torch.ones_like(ids), use_cache=False).logits.squeeze(-1)
        parts = [of_response(policy, part, head) for part in ids.split(MINI)]
        old_log_probs, old_values = (torch.cat(values) for values in zip(*parts))
        reference_log_probs = torch.cat([of_response(reference, part)[0] for part in ids.split(MINI)])
        kl = old_log_probs - reference_log_probs
        rewards = -beta * kl
        rewards[:, -1] += score
        advantages, returns = advantages_of(old_values, rewards)
    t2 = time.perf_counter()
    for _ in range(EPOCHS):
        for rows in torch.randperm(BATCH, generator=draw).split(MINI):
            log_probs, values = train_forward(policy, ids[rows], head)
            ratio = torch.exp(log_probs - old_log_probs[rows])
            a, r, v = advantages[rows], returns[rows], old_values[rows]
            policy_loss = torch.max(-a * ratio, -a * ratio.clamp(1 - CLIP, 1 + CLIP)).mean()
            clipped = torch.max(torch.min(values, v + VALUE_CLIP), v - VALUE_CLIP)
            value_loss = 0.5 * torch.max((values - r) ** 2, (clipped - r) ** 2).mean()
            (policy_loss + VALUE_COEFFICIENT * value_loss).backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
    beta *= 1 + min(max(float(kl.sum(1).mean()) / 6 - 1, -0.2), 0.2) * BATCH / 10000
    return dict(rollout=t1 - t0, score=t2 - t1, update=time.perf_counter() - t2)


serve(step)
