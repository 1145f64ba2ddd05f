"""Which share of the vehicles are probes: learned where both are counted, at the stop lines under cameras.

Gamma posterior: vehicles that passed cameras, and probes among them. A probe passes several cameras, so probes are
counted once and the plates are divided by the mean passages of a probe.
"""

from __future__ import annotations

from dataclasses import dataclass

PRIOR_SHARE = 0.05  # floating-car fleets of cities report a few percent of the traffic
PRIOR_PROBES = 30.0  # what the prior is worth
FORGET_PROBES = 5000.0  # probes that the posterior looks back on


@dataclass(frozen=True)
class Penetration:
    """Sums over stop lines under live cameras."""

    probes: float = 0.0  # that crossed one, each once
    passes: float = 0.0  # their crossings
    vehicles: float = 0.0  # crossings of all vehicles


def learn(known: Penetration, passers: float, passes: float, vehicles: float) -> Penetration:
    """Take in what crossed since the beat before: new probes, crossings of probes, crossings of all vehicles."""
    keep = min(1.0, FORGET_PROBES / (known.probes + 1.0))
    return Penetration(keep * known.probes + passers, keep * known.passes + passes, keep * known.vehicles + vehicles)


def share(known: Penetration) -> float:
    """Posterior mean of the share of probes, at most 1."""
    crossings = (known.passes + 2.0) / (known.probes + 1.0)  # of one probe; 2 before any is known
    crossings = max(crossings, 1.0)
    return min((PRIOR_PROBES + known.probes) / (PRIOR_PROBES / PRIOR_SHARE + known.vehicles / crossings), 1.0)


def relative_var(known: Penetration) -> float:
    """Squared relative standard error of the share."""
    return (1.0 - share(known)) / (PRIOR_PROBES + known.probes)
