"""Compare two controllers on a small demo city over three seeds, and write the report."""

from pathlib import Path

from citybrain.clock import SYSTEM, iso_utc
from citybrain.demand.generated import generate
from citybrain.evaluate.job import Job, make_jobs
from citybrain.evaluate.run import run_jobs
from citybrain.evaluate.table import make_table, text_table
from citybrain.report.content import Provenance, make_content
from citybrain.report.page import render

city, demand = generate(9, seed=1)
jobs = make_jobs(("fixed", "max-pressure"), (0, 1, 2), like=Job("fixed", 0, duration_s=600.0))
results = tuple(run_jobs(jobs, city, demand))
print(text_table(make_table([result.summary for result in results])))

origin = Provenance("examples/compare_controllers.py", "example", iso_utc(SYSTEM.now_s()))
report = Path("report.html")
report.write_text(render(make_content(city, results, origin)), encoding="utf-8")
print(f"Report: {report.resolve()}")
