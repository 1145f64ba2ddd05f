"""Whatever is asked, the API never fails: Schemathesis over the whole OpenAPI, on a brain that watches a small town.

Every operation is asked by somebody who may do everything, with data made from its own schema (25 times with --quick,
else 1,000), and each answer is held against the schema. The short form runs with the tests.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks._bench import Figure, Report
from benchmarks._from_tests import TESTS


def main(quick: bool) -> Report:
    """All operations in turn."""
    sys.path.append(f"{TESTS}/unit/server")
    from _acting_street import SECRET, make_street

    from _openapi_fuzz import fuzz
    from citybrain.hub.access import Rights, Role

    examples = 25 if quick else 1000
    with tempfile.TemporaryDirectory() as folder:
        street = make_street(Path(folder), beats=30)
        street.door.accounts.add("root", SECRET, Rights(Role.CONFIGURE))

        def headers() -> dict[str, str]:
            token = street.door.accounts.begin_session("root")
            return {"cookie": f"citybrain_session={token}", "x-requested-with": "citybrain"}

        begin_s = time.perf_counter()
        found = fuzz(street.app, headers, examples)
        took_s = time.perf_counter() - begin_s
        street.run.close()
    notes = [f"{label}: {kind}: {text.splitlines()[0]}" for (label, kind), text in found.wrong.items()]
    return Report(
        [
            Figure("operations asked", found.operations, 25),
            Figure("requests", found.requests, 300 if quick else 10_000),
            Figure("server errors", found.server_errors, 0, at_least=False),
            Figure("answers that are not as OpenAPI says", len(found.wrong), 0, at_least=False),
            Figure("time", took_s, None, unit="s"),
        ],
        notes,
    )
