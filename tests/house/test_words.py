"""No file tells on which machine, or from which mirror, it was made."""

from pathlib import Path

from tests.house.tree import ROOT, files

FORBIDDEN = (
    b"/work/",
    b"/tmp/",
    b"pypi.org",
    b"pythonhosted.org",
    b"registry.npmjs.org",
    b"deb.debian.org",
)


def test_no_file_names_a_machine_or_a_mirror() -> None:
    found = [
        (str(path.relative_to(ROOT)), word.decode())
        for path in files()
        if path != Path(__file__)
        for word in FORBIDDEN
        if word in path.read_bytes()
    ]
    assert found == []
