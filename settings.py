"""The settings of one installation, read once from the environment; the only file that reads it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# The same as in pyproject.toml.
VERSION = "0.1.0"
DEFAULT_HOME = Path(__file__).parent / "instance"
POSTGRESQL_SCHEMES = ("postgres://", "postgresql://")
POSTGRESQL_DRIVER = "postgresql+psycopg://"
DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000
SECRET_KEY_BYTES = 32
DEFAULT_MAIL_FROM = "Phiếu <phieu@localhost>"
DEFAULT_MAIL_PER_MINUTE = 60
DEFAULT_OIDC_NAME = "OpenID Connect"
TWO_FACTOR = ("", "admin", "all")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where data lives, how the installation is reached, and the key that signs board sessions.

    The server listens at `host` and `port`; links begin with `public_url`. `trusted_proxies` is
    the number of reverse proxies in front, whose forwarding headers count. Letters go to the mail
    server at `smtp_url`, from `mail_from`, at most `mail_per_minute`; without one they are written
    into the home folder. What comes back is read from the mailbox at `imap_url`.
    `require_two_factor` is one of TWO_FACTOR: who has to sign in with a second factor. With
    `oidc_issuer`, people may sign in there, too; it knows us by the other three.
    """

    home: Path
    database_url: str
    secret_key: str
    public_url: str = "http://127.0.0.1:8000"
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    testing: bool = False
    trusted_proxies: int = 0
    smtp_url: str = ""
    mail_from: str = DEFAULT_MAIL_FROM
    mail_per_minute: int = DEFAULT_MAIL_PER_MINUTE
    imap_url: str = ""
    require_two_factor: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = DEFAULT_OIDC_NAME

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings; README.md lists the variables.

        Creates the home folder and, unless SECRET_KEY is given, a private key file in it.
        """
        home = Path(environ.get("PHIEU_HOME") or DEFAULT_HOME).absolute()
        home.mkdir(parents=True, exist_ok=True)
        return cls(
            home=home,
            database_url=database_url(environ.get("DATABASE_URL", ""), home),
            secret_key=environ.get("SECRET_KEY") or secret_key(home / "secret_key"),
            public_url=public_url(environ),
            host=environ.get("HOST") or DEFAULT_HOST,
            port=int(environ.get("PORT") or DEFAULT_PORT),
            trusted_proxies=int(environ.get("TRUSTED_PROXIES") or 0),
            smtp_url=environ.get("SMTP_URL") or "",
            mail_from=environ.get("MAIL_FROM") or DEFAULT_MAIL_FROM,
            mail_per_minute=max(int(environ.get("MAIL_PER_MINUTE") or DEFAULT_MAIL_PER_MINUTE), 1),
            imap_url=environ.get("IMAP_URL") or "",
            require_two_factor=one_of(environ, "REQUIRE_TWO_FACTOR", TWO_FACTOR),
            oidc_issuer=environ.get("OIDC_ISSUER") or "",
            oidc_client_id=environ.get("OIDC_CLIENT_ID") or "",
            oidc_client_secret=environ.get("OIDC_CLIENT_SECRET") or "",
            oidc_name=environ.get("OIDC_NAME") or DEFAULT_OIDC_NAME,
        )

    @property
    def secure(self) -> bool:
        """Whether the installation is reached over HTTPS."""
        return self.public_url.startswith("https://")


def one_of(environ: Mapping[str, str], name: str, allowed: Sequence[str]) -> str:
    """Return a setting that has few values, "" when it is not set. Raises ValueError for others."""
    given = environ.get(name) or ""
    if given not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(filter(None, allowed))}, or unset")
    return given


def database_url(given: str, home: Path) -> str:
    """Return the SQLAlchemy URL of `given`, or of the SQLite file in `home` when it is empty."""
    for scheme in POSTGRESQL_SCHEMES:
        if given.startswith(scheme):
            return POSTGRESQL_DRIVER + given.removeprefix(scheme)
    return given or f"sqlite:///{home / 'phieu.sqlite3'}"


def public_url(environ: Mapping[str, str]) -> str:
    """Return the address that links begin with, without a final slash."""
    host = environ.get("HOST") or DEFAULT_HOST
    shown_host = DEFAULT_HOST if host in ("0.0.0.0", "::") else host  # noqa: S104 - not a bind
    default = f"http://{shown_host}:{environ.get('PORT') or DEFAULT_PORT}"
    return (environ.get("PHIEU_URL") or default).rstrip("/")


def secret_key(path: Path) -> str:
    """Return the key kept in `path`; create it, readable by its owner only, when there is none.

    The file appears whole or not at all, so that two processes that start together agree.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(SECRET_KEY_BYTES))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
