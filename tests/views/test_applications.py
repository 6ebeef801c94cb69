"""What it takes to make the applications: little, for the command line, servers and tests do it."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Map, Rule

from app import create_app
from settings import Settings
from views.applications import Route
from views.language import CATALOGUES

# What may stand in an address besides what every kind of part takes.
VALUES = {"ending": "csv"}


def test_no_address_is_compiled_before_it_is_built(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Route, "compiled", {})
    app = create_app(settings)
    assert not Route.compiled
    with app.test_request_context("/"):
        assert app.url_for("board.show_round", campaign_code="a", round_code="b") == "/a/b"
    assert len(Route.compiled) == 1
    again = create_app(settings)
    with again.test_request_context("/"):
        assert (
            again.url_for("board.show_round", campaign_code="c", round_code="đợt")
            == "/c/%C4%91%E1%BB%A3t"
        )
    assert len(Route.compiled) == 1


def test_addresses_are_those_that_werkzeug_builds(app: Flask) -> None:
    rules = list(app.url_map.iter_rules())
    plain = Map([Rule(rule.rule, endpoint=rule.endpoint) for rule in rules])
    for ours, theirs in zip(rules, plain.iter_rules(), strict=True):
        for given in ({}, {"trang": 2, "từ": ["a&b", "c"]}):
            values = {**{name: VALUES.get(name, "7") for name in ours.arguments}, **given}
            assert ours.build(values) == theirs.build(values)
            assert ours.build(values, append_unknown=False) == theirs.build(
                values, append_unknown=False
            )


def test_a_rule_with_defaults_is_built_with_them() -> None:
    rule = Route("/a/<int:page>", endpoint="a", defaults={"page": 1})
    Map([rule, Route("/a/<int:page>", endpoint="a")])
    assert rule.build({"page": 1}) == ("", "/a/1")


def test_catalogues_are_read_once_for_all_applications(settings: Settings) -> None:
    def read() -> dict[object, int]:
        assert "tổng hợp" in create_app(settings).test_client().get("/").text
        return {name: id(catalogue) for name, catalogue in CATALOGUES.cache.items()}

    assert read() == read() != {}
