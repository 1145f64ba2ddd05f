"""Settings: defaults within their own ranges, the environment checked, limits that say how to raise them."""

from __future__ import annotations

from dataclasses import fields

import pytest

from citybrain.errors import InputError, LimitError
from citybrain.settings import Settings, load_settings, within


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_every_default_lies_in_its_range(setting: object) -> None:
    metadata = setting.metadata  # type: ignore[attr-defined]
    assert metadata["low"] <= setting.default <= metadata["high"]  # type: ignore[attr-defined]
    assert metadata["unit"]
    assert metadata["meaning"]


def test_the_environment_overrules() -> None:
    assert load_settings({"CITYBRAIN_WORKERS": "4", "OTHER": "x"}) == Settings(workers=4)
    assert load_settings({}) == Settings()


@pytest.mark.parametrize("text", ["0", "257", "two", "1.5", ""])
def test_a_wrong_value_is_refused_with_its_range(text: str) -> None:
    with pytest.raises(InputError, match=r"CITYBRAIN_WORKERS=.*from 1 to 256"):
        load_settings({"CITYBRAIN_WORKERS": text})


def test_limits_hold_at_their_value_and_not_beyond() -> None:
    within("signals_max", 5000, Settings())
    with pytest.raises(LimitError, match="raise it with CITYBRAIN_SIGNALS_MAX=5001"):
        within("signals_max", 5001, Settings())
