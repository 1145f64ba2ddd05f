from __future__ import annotations

import pytest

from citybrain.estimate.penetration import PRIOR_SHARE, Penetration, learn, relative_var, share


def test_before_anything_is_counted_the_prior_stands():
    assert share(Penetration()) == pytest.approx(PRIOR_SHARE)


@pytest.mark.parametrize("true", [0.02, 0.05, 0.1, 0.5, 1.0])
def test_counts_overrule_the_prior(true):
    known = learn(Penetration(), 400.0, 800.0, 800.0 / true)
    assert share(known) == pytest.approx(true, rel=0.06)


def test_more_counts_narrow_it():
    few, many = (learn(Penetration(), n, 2 * n, 40 * n) for n in (10.0, 1000.0))
    assert relative_var(many) < 0.2 * relative_var(few)


def test_a_probe_that_passes_many_cameras_counts_once():
    once, often = learn(Penetration(), 100.0, 100.0, 2000.0), learn(Penetration(), 100.0, 500.0, 10000.0)
    assert share(once) == pytest.approx(share(often), rel=0.02)
    assert relative_var(once) == pytest.approx(relative_var(often), rel=0.1)
