"""Which sensors a simulated city has, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from citybrain.city.model import City, SensorKind, Sensors, freeze
from citybrain.twin.sensing import equipped
from citybrain.twin.sensor_options import SensorOptions
from citybrain.twin.sensor_places import sensors_of, signal_detectors

__all__ = ["Sensing", "with_upstream"]


@dataclass(frozen=True, eq=False)
class Sensing:
    """Virtual sensing of one run; `seed` is that of all chance in it, and independent of the traffic's."""

    options: SensorOptions = field(default_factory=SensorOptions)
    seed: int = 0
    sensors: Sensors | None = None  # None = the city's own, or on every signalised lane where it has none

    def fitted(self, city: City) -> City:
        """The city with the sensors that are there under these options: rows of its `sensors` are what records name."""
        sensors = sensors_of(city) if self.sensors is None else self.sensors
        return freeze(replace(city, sensors=equipped(city, sensors, self.options, self.seed)))

    @property
    def on_site(self) -> SensorOptions:
        """The options for a city as `fitted` gives it: every sensor on its list is there."""
        detectors, cameras = (replace(c, coverage_share=1.0) for c in (self.options.detectors, self.options.cameras))
        return replace(self.options, detectors=detectors, cameras=cameras)


def with_upstream(city: City, share: float, seed: int) -> Sensors:
    """The city's sensors, and at this share of its junctions a detector upstream on every lane that has none.

    They stand where `signal_detectors` has them, so far before the stop line that few queues reach over them. Which
    junctions it are is chosen by the seed; a larger share keeps these and adds.
    """
    sensors, ahead = sensors_of(city), signal_detectors(city)
    order = np.random.default_rng(seed).permutation(len(city.signals.signal_id))
    chosen = np.isin(city.groups.signal, order[: round(share * order.size)])
    steered = city.movements.group >= 0
    lanes = np.unique(city.movements.from_lane[steered][chosen[city.movements.group[steered]]])
    new = (ahead.kind == SensorKind.ADVANCE) & np.isin(ahead.lane, lanes)
    new &= ~np.isin(ahead.lane, sensors.lane[sensors.kind == SensorKind.ADVANCE])
    rows = [row for row in np.flatnonzero(new).tolist() if ahead.sensor_id[row] not in sensors.sensor_id]
    return Sensors(
        sensor_id=(*sensors.sensor_id, *(ahead.sensor_id[row] for row in rows)),
        kind=np.concatenate([sensors.kind, ahead.kind[rows]]),
        lane=np.concatenate([sensors.lane, ahead.lane[rows]]),
        position_m=np.concatenate([sensors.position_m, ahead.position_m[rows]]),
        length_m=np.concatenate([sensors.length_m, ahead.length_m[rows]]),
    )
