"""Files over HTTP: for whom, in which form, and how many at a time."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest
from _brain import NOW_S, TOKEN, Brain, make_brain

from _asgi import Answer, Client
from citybrain.server.downloads import Places
from citybrain.server.problems import ApiError

READ = {"csv": pl.read_csv, "parquet": pl.read_parquet, "arrow": pl.read_ipc_stream}


@pytest.fixture(scope="module")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Brain:
    return make_brain(tmp_path_factory.mktemp("brain"), downloads_at_once=1)


def opened(found: Answer, kind: str) -> pl.DataFrame:
    assert found.status == 200, found.body
    return READ[kind](io.BytesIO(found.body))


@pytest.mark.parametrize("kind", list(READ))
def test_an_indicator_and_a_table_are_files(brain: Brain, kind: str) -> None:
    path = f"/api/v1/download/{brain.name}/all/in_transit?from={NOW_S}&format={kind}"
    found = brain.public.get(path)
    assert opened(found, kind)["value"].to_list() == [1834.0] * 3
    name = f'attachment; filename="{brain.name}_all_in_transit_20260501T073000Z.{kind}"'
    assert found.headers["content-disposition"] == name
    assert found.headers["cache-control"] == "no-store"
    table = opened(
        brain.public.get(f"/api/v1/download/{brain.name}/links/speed?from={NOW_S}&row=0&format={kind}"), kind
    )
    assert table["id"].to_list() == [brain.city.links.link_id[0]] * 3
    every = opened(brain.public.get(f"/api/v1/download/{brain.name}/links/speed?from={NOW_S}&format={kind}"), kind)
    assert every["row"].n_unique() == brain.city.links.length_m.size - 1, "one link is not known"


@pytest.mark.parametrize("kind", list(READ))
def test_a_query_is_a_file(brain: Brain, kind: str) -> None:
    sql = "SELECT address, time, value AS v, v, [1, 2] AS both FROM indicators WHERE value > 1 ORDER BY address, time"
    found = brain.operator.post("/api/v1/query", {"query": sql, "format": kind})
    frame = opened(found, kind)
    assert frame.columns == ["address", "time", "v", "v_1", "both"]
    assert frame["both"][0] == "[1, 2]"
    assert len(frame) == len(brain.operator.post("/api/v1/query", {"query": sql}).json()["rows"])


def test_a_file_is_never_silently_cut(tmp_path: Path) -> None:
    brain = make_brain(tmp_path, download_sql_rows_max=10, download_rows_max=10, sql_rows_max=10)
    sql = {"query": "SELECT * FROM indicators"}
    assert brain.operator.post("/api/v1/query", sql).json()["truncated"]
    found = brain.operator.post("/api/v1/query", {**sql, "format": "csv"})
    assert (found.status, "download_sql_rows_max" in found.json()["error"]["message"]) == (413, True)
    found = brain.public.get(f"/api/v1/download/{brain.name}/links/speed?from={NOW_S}")
    assert (found.status, found.json()["error"]["code"]) == (413, "too_large")


def test_what_may_not_be_read_may_not_be_taken(brain: Brain, tmp_path: Path) -> None:
    assert brain.public.get("/api/v1/download/city/all/internal").status == 404
    assert brain.operator.get("/api/v1/download/city/all/restricted").status == 404
    assert brain.public.get("/api/v1/download/x/y/z").status == 404
    shut = make_brain(tmp_path, guarded=True)
    assert shut.public.get("/api/v1/download/city/all/internal").status == 404
    assert shut.public.get(f"/api/v1/download/{shut.name}/all/in_transit?from={NOW_S}").status == 200
    assert Client(shut.app, TOKEN).get(f"/api/v1/download/city/all/internal?from={NOW_S - 9}").status == 200
    assert brain.public.get(f"/api/v1/download/{brain.name}/all/in_transit?format=xls").status == 400
    assert brain.public.get(f"/api/v1/download/{brain.name}/all/in_transit?from=9&to=1").status == 400


def test_a_place_is_free_again_when_its_file_is_gone(brain: Brain) -> None:
    places = Places(1)
    held = places.folder()
    path = Path(held.name)
    with pytest.raises(ApiError, match="downloads_at_once"):
        places.folder()
    assert path.is_dir()
    del held
    assert not path.exists()
    places.folder()
    for _ in range(3):  # the brain's own has one place, too
        assert brain.public.get(f"/api/v1/download/{brain.name}/all/in_transit?from={NOW_S}").status == 200
        assert brain.public.get(f"/api/v1/download/{brain.name}/all/in_transit?from=9&to=1").status == 400
