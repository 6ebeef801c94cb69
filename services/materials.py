"""Study documents: given out by the board, downloaded by anybody with the link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Date, bindparam, func, select, text
from sqlalchemy.orm import Session

from language.codes import PUBLIC_FIRST, new_code, normalise_code
from language.dates import local
from language.text import clean
from models.campaign import Campaign
from models.material import Material, MaterialDay, MaterialFile
from models.problems import Problem
from services import attachments, audit
from services.attachments import Kept, Stored
from services.feedback import Executes

LONGEST_TITLE = 300
MOST_FILES = 5
# So many days stand on the page of the board.
SHOWN_DAYS = 31


@dataclass(frozen=True, slots=True)
class ShownMaterial:
    """A material with the files that it has now; `downloads` counts all days."""

    id: int
    code: str
    title: str
    audience: str
    withdrawn_at: datetime | None
    files: tuple[Kept, ...]
    downloads: int = 0
    days: tuple[tuple[date, int], ...] = ()

    @property
    def size_bytes(self) -> int:
        """Return how large its files are together."""
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class Given:
    """What a material is called, for whom it is, and files that are stored already."""

    title: str
    audience: str
    files: Sequence[Stored] = ()


# --- reading --------------------------------------------------------------------------------------


def list_materials(session: Session, campaign_code: str) -> tuple[ShownMaterial, ...]:
    """Return every material of a campaign with its downloads by day, withdrawn ones last."""
    rows = session.scalars(
        select(Material)
        .join(Campaign, Campaign.id == Material.campaign_id)
        .where(Campaign.code == campaign_code)
        .order_by(Material.withdrawn_at.is_not(None), Material.id)
    ).all()
    files = _files(session, [row.id for row in rows])
    days = _days(session, [row.id for row in rows])
    return tuple(_shown(row, files.get(row.id, ()), days.get(row.id, ())) for row in rows)


def offered(session: Session, campaign_code: str) -> tuple[ShownMaterial, ...]:
    """Return the materials of a campaign that can be downloaded, without counts."""
    rows = session.scalars(
        select(Material)
        .join(Campaign, Campaign.id == Material.campaign_id)
        .where(Campaign.code == campaign_code, Material.withdrawn_at.is_(None))
        .order_by(Material.id)
    ).all()
    files = _files(session, [row.id for row in rows]) if rows else {}
    return tuple(_shown(row, files.get(row.id, ())) for row in rows if files.get(row.id))


def open_material(session: Session, code: str) -> ShownMaterial:
    """Return the material behind a short link.

    Raises Problem `material_unknown`, also for one that was withdrawn.
    """
    row = session.scalar(
        select(Material).where(
            Material.code == normalise_code(code), Material.withdrawn_at.is_(None)
        )
    )
    if row is None:
        raise Problem("material_unknown")
    return _shown(row, _files(session, [row.id]).get(row.id, ()))


def find_material(session: Session, campaign_code: str, material_id: int) -> ShownMaterial:
    """Return a material of a campaign. Raises Problem `material_unknown`."""
    for material in list_materials(session, campaign_code):
        if material.id == material_id:
            return material
    raise Problem("material_unknown")


def _shown(
    row: Material, files: Sequence[Kept], days: Sequence[tuple[date, int]] = ()
) -> ShownMaterial:
    downloads = sum(count for _, count in days)
    return ShownMaterial(
        row.id,
        row.code,
        row.title,
        row.audience,
        row.withdrawn_at,
        tuple(files),
        downloads,
        tuple(days[:SHOWN_DAYS]),
    )


def _files(session: Session, ids: Sequence[int]) -> Mapping[int, list[Kept]]:
    rows = session.scalars(
        select(MaterialFile)
        .where(MaterialFile.material_id.in_(ids), MaterialFile.replaced_at.is_(None))
        .order_by(MaterialFile.id)
    )
    found: dict[int, list[Kept]] = {}
    for row in rows:
        found.setdefault(row.material_id, []).append(_kept(row))
    return found


def _kept(row: MaterialFile) -> Kept:
    return Kept(str(row.id), "", row.shown_name, row.size_bytes, row.content_type, row.sha256)


def _days(session: Session, ids: Sequence[int]) -> Mapping[int, list[tuple[date, int]]]:
    rows = session.execute(
        select(MaterialDay.material_id, MaterialDay.day, MaterialDay.count)
        .where(MaterialDay.material_id.in_(ids))
        .order_by(MaterialDay.day.desc())
    )
    found: dict[int, list[tuple[date, int]]] = {}
    for id_, day, count in rows:
        found.setdefault(id_, []).append((day, count))
    return found


# --- counting -------------------------------------------------------------------------------------

COUNT = text(
    """
    INSERT INTO material_day (material_id, day, count) VALUES (:material_id, :day, 1)
    ON CONFLICT (material_id, day) DO UPDATE SET count = material_day.count + 1
    """
).bindparams(bindparam("day", type_=Date))


def count_download(connection: Executes, material_id: int, now: datetime) -> None:
    """Count a download; of `now` only the local day is kept."""
    connection.execute(COUNT, {"material_id": material_id, "day": local(now).date()})


# --- giving out -----------------------------------------------------------------------------------


def add(session: Session, campaign_code: str, given: Given, actor: str, now: datetime) -> int:
    """Give out a new material; return its id.

    Raises Problem `campaign_unknown`, `material_untitled`, `file_empty` or `files_too_many`.
    """
    campaign = session.scalar(select(Campaign).where(Campaign.code == campaign_code))
    if campaign is None:
        raise Problem("campaign_unknown", campaign=campaign_code)
    if not given.files:
        raise Problem("file_empty")
    row = Material(
        campaign_id=campaign.id,
        code=new_code(PUBLIC_FIRST),
        title=_titled(given.title),
        audience=clean(given.audience)[:LONGEST_TITLE],
        added_at=now,
    )
    session.add(row)
    session.flush()
    _add_files(session, row.id, given.files, now)
    _note(session, "material.added", campaign_code, row, given.files, actor, now)
    return row.id


def change(
    session: Session, campaign_code: str, material_id: int, given: Given, actor: str, now: datetime
) -> None:
    """Call a material otherwise; with files, they replace all that it has.

    Raises Problem `material_unknown`, `material_untitled` or `files_too_many`.
    """
    row = _find(session, campaign_code, material_id)
    row.title, row.audience = _titled(given.title), clean(given.audience)[:LONGEST_TITLE]
    if given.files:
        _replace(session, row.id, now)
        _add_files(session, row.id, given.files, now)
    session.flush()
    _note(session, "material.changed", campaign_code, row, given.files, actor, now)


def withdraw(
    session: Session,
    campaign_code: str,
    material_id: int,
    actor: str,
    now: datetime,
    *,
    withdrawn: bool = True,
) -> None:
    """Withdraw a material, or give it out again. Raises Problem `material_unknown`."""
    row = _find(session, campaign_code, material_id)
    row.withdrawn_at = now if withdrawn else None
    session.flush()
    act = "material.withdrawn" if withdrawn else "material.restored"
    _note(session, act, campaign_code, row, (), actor, now)


def _find(session: Session, campaign_code: str, material_id: int) -> Material:
    row = session.scalar(
        select(Material)
        .join(Campaign, Campaign.id == Material.campaign_id)
        .where(Campaign.code == campaign_code, Material.id == material_id)
        .with_for_update()
    )
    if row is None:
        raise Problem("material_unknown")
    return row


def _titled(title: str) -> str:
    title = clean(title)
    if not title or len(title) > LONGEST_TITLE:
        raise Problem("material_untitled")
    return title


def _replace(session: Session, material_id: int, now: datetime) -> None:
    for file in session.scalars(
        select(MaterialFile).where(
            MaterialFile.material_id == material_id, MaterialFile.replaced_at.is_(None)
        )
    ):
        file.replaced_at = now


def _add_files(session: Session, material_id: int, files: Sequence[Stored], now: datetime) -> None:
    if len(files) > MOST_FILES:
        raise Problem("files_too_many", limit=MOST_FILES)
    for stored in files:
        session.add(
            MaterialFile(
                material_id=material_id,
                shown_name=stored.shown_name,
                size_bytes=stored.size_bytes,
                content_type=stored.content_type,
                sha256=stored.sha256,
                added_at=now,
            )
        )
    session.flush()


def _note(
    session: Session,
    act: str,
    campaign_code: str,
    row: Material,
    files: Sequence[Stored],
    actor: str,
    now: datetime,
) -> None:
    audit.note(
        session,
        now,
        actor,
        act,
        f"campaign:{campaign_code}",
        material=row.code,
        title=row.title,
        sha256=[stored.sha256 for stored in files],
    )


# --- checking -------------------------------------------------------------------------------------


def count_files(session: Session) -> int:
    """Return how many files materials have, or had."""
    return session.scalar(select(func.count()).select_from(MaterialFile)) or 0


def damaged(session: Session, folder: Path) -> Iterator[tuple[Kept, str]]:
    """Yield every file of a material that is missing or altered, and which of the two."""
    for row in session.scalars(select(MaterialFile).order_by(MaterialFile.id)):
        damage = attachments.damage_of(folder, row.sha256)
        if damage:
            yield _kept(row), damage
