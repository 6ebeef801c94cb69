"""What a file is, by its first bytes: what it is called decides nothing."""

PNG, JPEG, GIF, WEBP = "image/png", "image/jpeg", "image/gif", "image/webp"
IMAGES = frozenset({PNG, JPEG, GIF, WEBP})
CSV = "text/csv"


def image_type(content: bytes) -> str | None:
    """Return the media type of a PNG, JPEG, GIF or WebP image; None for anything else.

    SVG is none of them: it may hold scripts.
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    return None
