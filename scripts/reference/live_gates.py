"""The table of tolerances ("gates") of the live comparisons, and the comparison of two tensors.

The gates are based on the agreement of the two public implementations (README of the goldens). They hold for tensors with the
largest value given next to them; random checkpoints may have larger values, and fp32 rounding grows with them, so a gate grows in
proportion above that value and never shrinks below it. Some random checkpoints are also worse conditioned than the goldens: if a
gate is missed, transformers runs a second time with other kernels, and the difference between its own two results, times `widen`, is
allowed too. The printed line says so.
"""

import dataclasses
import math

import torch


@dataclasses.dataclass(frozen=True)
class Gate:
    absolute: float           # largest allowed difference
    size: float               # largest absolute value for which `absolute` was observed
    relative: float = 0.0     # if set: also at most relative * largest value + floor
    floor: float = 0.0
    rms: float = 0.0          # if set: also the largest allowed root mean square
    widen: float = 4.0        # times transformers' own two results differ, see above

    def limit(self, largest):
        limit = self.absolute * max(1.0, largest / self.size)
        return min(limit, self.relative * largest + self.floor) if self.relative else limit


GATES = {
    # the tower agrees to 4.5e-6 of 6.8, the projector to 3.5e-6 of 5.6
    "vision_output": Gate(2e-5, 7),
    "cross_attention_states": Gate(2e-5, 6),
    # 4.9e-6 of 4.1; the cheapest common mistake (vision eps) costs 3e-4
    "logits": Gate(2e-5, 4),
    # 4.8e-7 of 7
    "loss": Gate(5e-6, 7),
    # 7.2e-6 of 4.3, 1.4e-5 of each tensor's largest
    "grad": Gate(2e-5, 4.3, relative=1e-4, floor=1e-6),
    # a scalar gate's gradient is a sum of many terms that cancel: 2.3e-4 of itself there, up to 4e-6 absolute here
    "grad of a gate": Gate(2e-5, 4.3, relative=1e-4, floor=1e-5),
    # live_training.py, see there
    "gradient norm": Gate(1e-5, 1),
    "learning rate": Gate(1e-15, 1e-3),
    # an adapter after ten AdamW steps: 2.1e-6 of 0.2
    "trained": Gate(1e-5, 0.5),
    # each implementation in bf16 against itself in fp32: largest 0.06..0.10, rms 0.011..0.017, on logits of size 4
    "logits bf16": Gate(0.2, 4, rms=0.03, widen=2.0),
}


@dataclasses.dataclass
class Verdict:
    good: bool
    detail: str
    strain: float  # difference over limit, to find the worst of many


def where(flat_index, shape):
    place = []
    for n in reversed(shape):
        place.append(flat_index % n)
        flat_index //= n
    return list(reversed(place))


def distance(got, expected, kept):
    """Largest difference, its position, root mean square."""
    gaps = torch.where(kept, (got.double() - expected.double()).abs(), 0.0)
    if not torch.isfinite(gaps).all():
        return math.inf, where(int((~torch.isfinite(gaps)).flatten().int().argmax()), gaps.shape), math.inf
    return gaps.max().item(), where(int(gaps.argmax()), gaps.shape), gaps[kept].square().mean().sqrt().item()


def judge(kind, got, expected, keep=None, twin=None):
    """Compares got with expected [same shape]; `keep` (bool, broadcastable) marks what is compared; `twin()` is transformers'
    result with other kernels."""
    gate = GATES[kind]
    if got is None:
        return Verdict(False, "missing", math.inf)
    if tuple(got.shape) != tuple(expected.shape):
        return Verdict(False, f"shape {list(got.shape)}, expected {list(expected.shape)}", math.inf)
    kept = torch.ones_like(expected, dtype=torch.bool) if keep is None else keep.expand(expected.shape)
    if not kept.any():
        return Verdict(True, "nothing to compare", 0.0)
    largest = torch.where(kept, expected.abs(), 0.0).max().item()
    gap, at, rms = distance(got, expected, kept)
    limit, rms_limit, note = gate.limit(largest), gate.rms * max(1.0, largest / gate.size) or math.inf, ""
    if (gap > limit or rms > rms_limit) and twin is not None:
        own, _, own_rms = distance(twin(), expected, kept)
        limit, rms_limit = max(limit, gate.widen * own), max(rms_limit, gate.widen * own_rms)
        note = f"; transformers against itself {own:.1e}"
    detail = f"max {gap:.1e} (gate {limit:.1e}, size {largest:.2g}) at {at}"
    detail += f", rms {rms:.1e} (gate {rms_limit:.1e})" if gate.rms else ""
    strain = max(gap / limit, rms / rms_limit) if gap else 0.0
    return Verdict(strain <= 1, detail + note, strain)
