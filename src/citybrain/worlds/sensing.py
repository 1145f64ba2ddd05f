"""Which sensors a simulated city has, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from citybrain.city.model import City, Sensors, freeze
from citybrain.twin.sensing import equipped
from citybrain.twin.sensor_options import SensorOptions
from citybrain.twin.sensor_places import sensors_of

__all__ = ["Sensing"]


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
