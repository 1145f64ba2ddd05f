"""Which share of the vehicles are probes: learned where both are counted, at the stop lines under cameras.

Vehicles that passed cameras, and probes among them. A probe passes several cameras, so probes are counted once and the
plates are divided by the mean passages of a probe. A log-normal prior gives way where the counts contradict it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

PRIOR_SHARE = 0.05  # floating-car fleets of cities report a few percent of the traffic
PRIOR_SD = 0.17  # of its logarithm; widened where the counts are farther from it than chance explains
DOUBT = 2.5  # standard deviations that chance explains
FORGET_PROBES = 5000.0  # probes that the posterior looks back on


@dataclass(frozen=True)
class Penetration:
    """Sums over stop lines under live cameras."""

    probes: float = 0.0  # that crossed one, each once
    passes: float = 0.0  # their crossings
    vehicles: float = 0.0  # crossings of all vehicles
    prior: float = PRIOR_SHARE  # what is announced of the probes


def learn(known: Penetration, passers: float, passes: float, vehicles: float) -> Penetration:
    """Take in what crossed since the beat before: new probes, crossings of probes, crossings of all vehicles."""
    keep = min(1.0, FORGET_PROBES / (known.probes + 1.0))
    sums = keep * known.probes + passers, keep * known.passes + passes, keep * known.vehicles + vehicles
    return Penetration(*sums, known.prior)


def _posterior(known: Penetration) -> tuple[float, float]:
    """Mean and variance of the share's logarithm: the prior and the counts, weighed by their variances."""
    crossings = max((known.passes + 2.0) / (known.probes + 1.0), 1.0)  # of one probe
    vehicles = known.vehicles / crossings
    if known.probes < 1.0 or vehicles < 1.0:
        return math.log(known.prior), PRIOR_SD**2
    counted = min(known.probes / vehicles, 1.0)
    var = max(1.0 - counted, 1e-4) / known.probes
    off = math.log(counted / known.prior)
    prior_var = PRIOR_SD**2 + max(off**2 - DOUBT**2 * (PRIOR_SD**2 + var), 0.0)
    weight = prior_var / (prior_var + var)
    return math.log(known.prior) + weight * off, weight * var


def share(known: Penetration) -> float:
    """Posterior mean of the share of probes, at most 1."""
    return min(math.exp(_posterior(known)[0]), 1.0)


def relative_var(known: Penetration) -> float:
    """Squared relative standard error of the share."""
    return _posterior(known)[1]
