"""Errors: one line each, one tree, and whole after a journey between processes."""

from __future__ import annotations

import pickle

from citybrain import errors
from citybrain.errors import CityBrainError, FormatError, InputError


def test_every_error_is_of_the_tree() -> None:
    assert all(issubclass(getattr(errors, name), CityBrainError) for name in errors.__all__)


def test_a_format_error_names_file_element_and_expectation() -> None:
    error = FormatError("a.json", "roads[3]", "a list", "an object")
    assert str(error) == "a.json: roads[3]: a list; expected an object"
    assert isinstance(error, InputError)
    assert (error.file, error.element) == ("a.json", "roads[3]")


def test_an_error_of_a_worker_arrives_whole() -> None:
    error = pickle.loads(pickle.dumps(FormatError("a.json", "root", "x", "y")))
    assert isinstance(error, FormatError)
    assert str(error) == "a.json: root: x; expected y"
