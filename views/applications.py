"""The two kinds of Flask application: one with accounts and a session, one that knows nobody."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from io import BytesIO
from types import CodeType
from typing import IO, TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, g, request
from flask.sessions import NullSession, SessionInterface
from jinja2 import BytecodeCache, StrictUndefined
from jinja2.bccache import Bucket
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.routing import Rule

from models.database import Contention
from views.assets import send_asset
from views.incoming import ReceivingRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLICY_HEADER = "Content-Security-Policy"
# Where a request carries the policy of its page, when it is not that of all the others.
POLICY_KEY = "phieu.policy"
# Directive -> what it allows. Nothing is framed, but for a few pages that say so.
POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-src": "'none'",
    "frame-ancestors": "'none'",
    "connect-src": "'self'",
    "worker-src": "'self'",
}


def policy(**changes: str) -> str:
    """Return the content security policy with other values for some directives.

    `frame_src="'self'"` lets a page hold frames, `frame_ancestors="'self'"` lets it be one.
    """
    directives = {**POLICY, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


OTHER_HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
]
SECURITY_HEADERS = [(POLICY_HEADER, policy()), *OTHER_HEADERS]
MOST_TRIES = 5
URL_ENCODED = "application/x-www-form-urlencoded"
NO_SESSION = NullSession()


class CompiledTemplates(BytecodeCache):
    """Templates as they were compiled: once in a process, for both applications."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled of the same source."""
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what has just been compiled."""
        self._kept[bucket.key] = (bucket.checksum, bucket.code)


JINJA_OPTIONS: dict[str, Any] = {
    "bytecode_cache": CompiledTemplates(),
    "trim_blocks": True,
    "lstrip_blocks": True,
    "undefined": StrictUndefined,
}


def allow_frames(environ: WSGIEnvironment, directive: str) -> None:
    """Let the page of a request hold frames (`frame_src`), or be one (`frame_ancestors`).

    Frames of our own pages, in our own pages.
    """
    environ[POLICY_KEY] = policy(**{directive: "'self'"})


class Route(Rule):
    """A rule that compiles what builds its addresses when the first one is built.

    To do so for all of them is most of what it takes to make an application.
    """

    # What is compiled depends on the parts of the rule alone: once in a process.
    compiled: ClassVar[dict[Hashable, Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder
        if self.defaults:
            return compile_now(append_unknown)
        key, compiled = (append_unknown, *self._trace), self.compiled

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            if key not in compiled:
                compiled[key] = compile_now(append_unknown)
            return compiled[key](rule, **values)

        return build


class Application(Flask):
    """A Flask application whose templates are strict and whose crashes carry a reference number."""

    jinja_options = JINJA_OPTIONS
    url_rule_class = Route
    # What answers requests in place of this application alone.
    front: WSGIApplication | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, through `front` when there is one."""
        return (self.front or self.wsgi_app)(environ, start_response)

    def dispatch_request(self) -> Any:
        """Answer a request, again when its transaction had to give way to another one."""
        for _ in range(MOST_TRIES - 1):
            with suppress(Contention):
                return super().dispatch_request()
        return super().dispatch_request()

    def log_exception(self, exc_info: Any) -> None:
        """Log a crash under a fresh reference number, which the error page shows.

        The log names the page, not the address or the person, who may have been promised
        anonymity.
        """
        g.reference = secrets.token_hex(4).upper()
        self.logger.error(
            "Reference %s: %s failed", g.reference, request.endpoint, exc_info=exc_info
        )


class FormParser(FormDataParser):
    """Reads forms that are not multipart as strictly as those that are.

    MAX_FORM_MEMORY_SIZE limits them, too, and what is not UTF-8 is refused: Werkzeug would keep
    the bytes as "%FF", which looks like something that was typed.
    """

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        """Return the stream, the fields and the files.

        Raises RequestEntityTooLarge or BadRequest.
        """
        limit = self.max_form_memory_size
        if mimetype == URL_ENCODED and limit is not None:
            stream = BytesIO(_checked_body(stream, limit))
        return super().parse(stream, mimetype, content_length, options)


def _checked_body(stream: IO[bytes], limit_bytes: int) -> bytes:
    body = stream.read(limit_bytes + 1)
    if len(body) > limit_bytes:
        raise RequestEntityTooLarge
    try:
        unquote_to_bytes(body).decode()
    except UnicodeDecodeError:
        raise BadRequest from None
    return body


class LinksRequest(ReceivingRequest):
    """A request to the application of links."""

    form_data_parser_class = FormParser


class NoSession(SessionInterface):
    """A session interface that neither reads nor sets a cookie."""

    def open_session(self, app: Flask, request: Any) -> NullSession:
        """Return the one session that refuses to hold anything."""
        return NO_SESSION

    def save_session(self, *_: Any) -> None:
        """Save nothing."""


class LinksApplication(Application):
    """The application of units and participants: capability links, no cookie, no account."""

    request_class = LinksRequest
    session_interface = NoSession()

    def send_static_file(self, filename: str) -> Response:
        """Send one of our own files."""
        return send_asset(filename)


def with_security_headers(inner: WSGIApplication) -> WSGIApplication:
    """Return `inner` with the security headers on every response, whatever happens inside.

    A page that is drawn in a frame, or holds one, has its own policy: see `allow_frames`.
    """

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            own = environ.get(POLICY_KEY)
            added = [(POLICY_HEADER, own), *OTHER_HEADERS] if own else SECURITY_HEADERS
            return start_response(status, headers + added, exc_info)

        return inner(environ, start)

    return outer
