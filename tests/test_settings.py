"""Settings come from the environment, with defaults that work on a fresh machine."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from settings import VERSION, Settings


def read(home: Path, **environ: str) -> Settings:
    return Settings.from_environment({"PHIEU_HOME": str(home), **environ})


def test_a_fresh_machine_needs_no_settings(tmp_path: Path) -> None:
    settings = read(tmp_path / "new")
    assert settings.database_url == f"sqlite:///{tmp_path}/new/phieu.sqlite3"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert not settings.testing
    assert settings.trusted_proxies == 0


def test_the_secret_key_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 40
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_given_secret_key_is_not_written_down(tmp_path: Path) -> None:
    assert read(tmp_path, SECRET_KEY="given").secret_key == "given"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_is_reached_through_its_third_driver(tmp_path: Path, scheme: str) -> None:
    settings = read(tmp_path, DATABASE_URL=f"{scheme}://phieu@localhost/phieu")
    assert settings.database_url == "postgresql+psycopg://phieu@localhost/phieu"


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({"PHIEU_URL": "https://phieu.example/"}, "https://phieu.example"),
        ({"HOST": "10.0.0.7", "PORT": "9000"}, "http://10.0.0.7:9000"),
        ({"HOST": "0.0.0.0"}, "http://127.0.0.1:8000"),  # noqa: S104 - not a bind
    ],
)
def test_links_begin_with_the_public_address(
    tmp_path: Path, environ: dict[str, str], address: str
) -> None:
    settings = read(tmp_path, **environ)
    assert settings.public_url == address
    assert settings.secure is address.startswith("https")


def test_the_server_listens_where_it_is_told(tmp_path: Path) -> None:
    settings = read(tmp_path, HOST="10.0.0.7", PORT="9000", PHIEU_URL="https://phieu.example")
    assert (settings.host, settings.port) == ("10.0.0.7", 9000)


def test_who_needs_a_second_factor_is_one_of_few_words(tmp_path: Path) -> None:
    assert read(tmp_path).require_two_factor == ""
    assert read(tmp_path, REQUIRE_TWO_FACTOR="admin").require_two_factor == "admin"
    with pytest.raises(ValueError, match="REQUIRE_TWO_FACTOR"):
        read(tmp_path, REQUIRE_TWO_FACTOR="yes")


def test_the_version_is_that_of_the_project() -> None:
    project = Path(__file__).parents[1] / "pyproject.toml"
    assert tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"] == VERSION


def test_a_provider_of_sign_ins_is_read(tmp_path: Path) -> None:
    given = {"OIDC_ISSUER": "https://a.example", "OIDC_CLIENT_ID": "b", "OIDC_CLIENT_SECRET": "c"}
    settings = read(tmp_path, **given)
    assert (settings.oidc_issuer, settings.oidc_client_id) == ("https://a.example", "b")
    assert (settings.oidc_client_secret, settings.oidc_name) == ("c", "OpenID Connect")
    assert read(tmp_path).oidc_issuer == ""
