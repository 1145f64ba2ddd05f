from __future__ import annotations

import numpy as np
import pytest
from tests.unit.estimate._poisson_city import world

from citybrain.estimate.camera_watch import no_cameras, read_share, watch
from citybrain.records.observations import Passages, empty


def watched(of, until_s):
    cameras = no_cameras(of.layout)
    for seen in of.observations[:until_s]:
        cameras, _ = watch(of.layout, cameras, seen.passages, seen.time_s, 1.0)
    return cameras


@pytest.mark.parametrize("read", [0.8, 0.95])
def test_the_share_read_is_learned_from_plates_that_come_by_again(read):
    of = world(1, flow_vps=4.0, probes=0.0, cameras=0.8, read=read, end_s=900)
    assert read_share(watched(of, 900)) == pytest.approx(read, abs=0.04)


def test_only_junctions_that_send_reads_have_cameras():
    of = world(2, flow_vps=3.0, probes=0.0, cameras=0.5, end_s=400)
    cameras = watched(of, 400)
    node = of.city.links.to_node[of.layout.turn_from]
    seen = np.unique(np.concatenate([o.passages.movement for o in of.observations]))
    sending = np.unique(of.city.movements.node[seen])
    assert 0 < cameras.covered.sum() < cameras.covered.size
    assert np.all(np.isin(node[cameras.covered], sending))


def test_silence_ends_a_camera():
    of = world(3, flow_vps=3.0, probes=0.0, cameras=1.0, end_s=400)
    cameras = watched(of, 400)
    assert cameras.live.any()
    for k in range(400, 6000, 10):
        cameras, _ = watch(of.layout, cameras, empty(Passages), float(k), 10.0)
    assert not cameras.live.any()
