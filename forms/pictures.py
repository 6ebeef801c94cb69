"""Which files are pictures that every browser shows and that can do nothing else."""

from __future__ import annotations

_SIGNS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
}
_RIFF, _WEBP = b"RIFF", b"WEBP"


def picture_type(content: bytes) -> str:
    """Return the media type of a picture by its first bytes, blank for anything else."""
    for media_type, signs in _SIGNS.items():
        if content.startswith(signs):
            return media_type
    return "image/webp" if content[:4] == _RIFF and content[8:12] == _WEBP else ""


def is_picture(content: bytes) -> bool:
    """Tell whether the bytes are a PNG, JPEG, GIF or WebP picture; SVG is a program and is not."""
    return bool(picture_type(content))
