"""Every sentence of the interface has its Vietnamese, and none is left over."""

import unicodedata
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.house.tree import ROOT

Identity = tuple[str | None, str | tuple[str, ...]]

CATALOGUES = sorted((ROOT / "translations").glob("*/LC_MESSAGES/*.po"))
VIETNAMESE = ROOT / "translations" / "vi" / "LC_MESSAGES" / "messages.po"
# The same as those of `make translate`.
KEYWORDS = DEFAULT_KEYWORDS | {
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def sentences(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def translations(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def identity(context: str | None, sentence: object) -> Identity:
    return context, tuple(sentence) if isinstance(sentence, list | tuple) else str(sentence)


def sentences_in_sources() -> set[Identity]:
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, KEYWORDS)
    return {identity(context, sentence) for _, _, sentence, _, context in found}


def test_the_vietnamese_catalogue_is_there() -> None:
    assert VIETNAMESE in CATALOGUES


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_sentence_is_translated(path: Path) -> None:
    missing = [message.id for message in sentences(read(path)) if not all(translations(message))]
    assert missing == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_translation_is_a_guess(path: Path) -> None:
    assert [message.id for message in sentences(read(path)) if message.fuzzy] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_has_the_places_of_its_sentence(path: Path) -> None:
    catalogue = read(path)
    faults = [(m.id, [str(e) for e in m.check(catalogue)]) for m in sentences(catalogue)]
    assert [fault for fault in faults if fault[1]] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_translations_are_composed(path: Path) -> None:
    assert unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8"))


def test_the_catalogue_holds_the_sentences_of_the_sources() -> None:
    catalogue = {identity(message.context, message.id) for message in sentences(read(VIETNAMESE))}
    sources = sentences_in_sources()
    assert sources, "babel.cfg finds nothing"
    assert sources - catalogue == set(), "run `make translate` and translate these"
    assert catalogue - sources == set(), "run `make translate` to drop these"
