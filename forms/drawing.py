"""Pictures as they may be shown: drawn anew, small, and without what a camera writes beside them.

The only file that imports Pillow. What came is never shown itself: it may hold more than a picture.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import IO

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG")
MEDIA_TYPE = "image/jpeg"
# A telephone takes pictures of 50 million pixels. In memory one takes four bytes.
MOST_PIXELS = 80_000_000
MOST_DRAWN_PIXELS = 40_000_000
# What a page shows fits in this square.
SIDE_PIXELS = 1024
QUALITY = 80
PAPER = "white"
PALETTES = ("1", "P")
# Pillow trusts what it reads, and so fails in many ways over a picture that lies.
_FAILURES = (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error, zlib.error)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class PictureError(ValueError):
    """A file that is no picture, or one of too many pixels."""

    def __init__(self, *, too_large: bool = False) -> None:
        super().__init__("too large" if too_large else "no picture")
        self.too_large = too_large


def check(file: IO[bytes]) -> None:
    """Look at the head of a picture; nothing of it is unpacked. Raises PictureError."""
    with _opened(file) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise PictureError(too_large=True)


def redrawn(file: IO[bytes]) -> bytes:
    """Return a picture drawn anew as a JPEG that fits in `SIDE_PIXELS`, upright.

    Raises PictureError for what is no picture, is damaged or has too many pixels.
    """
    with _opened(file) as picture:
        # A JPEG can be unpacked at a fraction of its size.
        picture.draft("RGB", (SIDE_PIXELS, SIDE_PIXELS))
        if picture.width * picture.height > MOST_DRAWN_PIXELS:
            raise PictureError(too_large=True)
        try:
            return _jpeg(picture)
        except _FAILURES as error:
            raise PictureError from error


def _opened(file: IO[bytes]) -> Image.Image:
    file.seek(0)
    try:
        return Image.open(file, formats=FORMATS)
    except _BOMBS as error:
        raise PictureError(too_large=True) from error
    except _FAILURES as error:
        raise PictureError from error


def _jpeg(picture: Image.Image) -> bytes:
    # Between the colours of a palette there is nothing to mix.
    picture = picture.convert("RGBA") if picture.mode in PALETTES else picture
    picture.thumbnail((SIDE_PIXELS, SIDE_PIXELS))
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    # Where a picture is transparent, paper shows.
    drawn = Image.new("RGB", upright.size, PAPER)
    drawn.paste(upright, mask=upright)
    written = BytesIO()
    drawn.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()
