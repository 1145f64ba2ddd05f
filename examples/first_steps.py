"""Make a small city, keep it as GMNS tables, read it back, and run its rush hour in the twin."""

import tempfile

import citybrain
from citybrain.demand.generated import generate
from citybrain.demand.gmns import save

city, demand = generate(4, seed=1)
with tempfile.TemporaryDirectory() as folder:
    save(city, folder, demand)
    city = citybrain.load(folder)
    demand, report = citybrain.load_demand(folder, city)

twin = citybrain.Twin(city, demand, seed=0)
twin.run(until_s=600)
summary = twin.summary()
print(f"{len(city.signals.signal_id)} signals, {len(report.oddities)} oddities")
print(f"{summary.finished_trips} of {summary.vehicles} trips finished, mean delay {summary.mean_delay_s:.1f} s")
