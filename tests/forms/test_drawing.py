"""A picture is shown drawn anew."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from forms.drawing import SIDE_PIXELS, PictureError, redrawn
from tests.office_files import MAKER, PDF, bomb, photograph, picture

RED, BLUE = (255, 0, 0), (0, 0, 255)


def drawn(content: bytes) -> Image.Image:
    shown = Image.open(io.BytesIO(redrawn(io.BytesIO(content))))
    assert shown.format == "JPEG"
    return shown.convert("RGB")


def near(found: tuple[int, ...], wanted: tuple[int, ...], by: int = 40) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def test_nothing_is_left_of_what_a_camera_writes_and_the_picture_stands_upright() -> None:
    original = photograph()
    content = redrawn(io.BytesIO(original))
    for secret in (b"Exif", MAKER.encode(), b"script"):
        assert secret in original
        assert secret not in content
    shown = drawn(original)
    assert dict(shown.getexif()) == {}
    # Turned by 90 degrees: what was left is above.
    assert shown.size == (40, 60)
    assert near(shown.getpixel((20, 5)), RED)
    assert near(shown.getpixel((20, 55)), BLUE)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"), ("JPEG", "CMYK"), ("JPEG", "L"),
        ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "LA"), ("PNG", "1"), ("PNG", "I;16"),
    ],
)  # fmt: skip
def test_every_kind_of_picture_is_drawn(kind: str, mode: str) -> None:
    shown = drawn(picture((2000, 1000), kind, mode))
    assert shown.size == (SIDE_PIXELS, SIDE_PIXELS // 2)
    if mode in ("RGB", "CMYK", "RGBA", "P"):
        assert near(shown.getpixel((10, 10)), RED)
        assert near(shown.getpixel((SIDE_PIXELS - 10, 10)), BLUE)


def test_paper_shows_where_a_picture_is_transparent() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(written, "PNG")
    assert near(drawn(written.getvalue()).getpixel((5, 5)), (255, 255, 255))


def test_a_small_picture_stays_as_small_as_it_is() -> None:
    assert drawn(picture((60, 40))).size == (60, 40)


@pytest.mark.parametrize(
    "content",
    [
        PDF,
        b"",
        picture((500, 500))[:-60],
        photograph()[:400],
        bomb(7000, 7000),
        bomb(10_000, 10_000),
        bomb(60_000, 60_000),
        bomb(100, 100),
        b"GIF89a" + bytes(50),
    ],
)
def test_what_is_damaged_or_too_large_is_not_drawn(content: bytes) -> None:
    with pytest.raises(PictureError):
        redrawn(io.BytesIO(content))
