"""Images of forms, by the SHA-256 of their bytes: whoever has the address has the form."""

from __future__ import annotations

import re

from flask import Blueprint
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from forms.tree import Definition
from models.database import reading
from services import versions

images = Blueprint("images", __name__)

PATH = "/hinh"
DIGEST = re.compile("[0-9a-f]{64}")
# The address says which bytes these are: they never change.
FOREVER = "public, max-age=31536000, immutable"


def image_address(definition: Definition, image_name: str) -> str | None:
    """Return the address of an image of a form; None when the form has no such image.

    Prepared pages are shared between both applications, so the address stands at the root, like
    that of a style sheet.
    """
    digest = dict(definition.files).get(image_name)
    return f"{PATH}/{digest}" if digest else None


@images.get(f"{PATH}/<digest>")
def show_image(digest: str) -> Response:
    """Send an image of a form, published or waiting to be."""
    with reading() as session:
        found = versions.find_image(session, digest) if DIGEST.fullmatch(digest) else None
    if found is None:
        raise NotFound
    media_type, content = found
    response = Response(content, mimetype=media_type)
    response.headers["Cache-Control"] = FOREVER
    return response
