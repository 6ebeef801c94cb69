"""For whom each page of the application of links is; a test compares this with what there is.

Nobody signs in there: who has the address of a page may open it. What matters is who has it.
"""

from __future__ import annotations

from collections.abc import Mapping

# Whoever knows where the installation is.
EVERYBODY = "everybody"
# Whoever has the link of a unit, or one of its codes.
UNIT = "unit"
# Whoever has a public link.
PARTICIPANTS = "participants"

# Endpoint -> for whom its page is.
AUDIENCES: Mapping[str, str] = {
    "static": EVERYBODY,
    "bootstrap.static": EVERYBODY,
    "home.show_home": EVERYBODY,
    "images.show_image": EVERYBODY,
    "material_links.show_material": EVERYBODY,
    "material_links.download_material": EVERYBODY,
    "offline.worker": EVERYBODY,
    "offline.waiting": EVERYBODY,
    "offline.absent": EVERYBODY,
    "verification.show_check": EVERYBODY,
    "verification.check": EVERYBODY,
    "unit.overview": UNIT,
    "unit.fill": UNIT,
    "unit.section": UNIT,
    "unit.fill_section": UNIT,
    "unit.review": UNIT,
    "unit.send": UNIT,
    "unit.receipt": UNIT,
    "unit.attachment": UNIT,
    "unit.picture": UNIT,
    "collecting.show_children": UNIT,
    "collecting.ask_children": UNIT,
    "collecting.take_over": UNIT,
    "collecting.explain_sums": UNIT,
    "unit_history.show_history": UNIT,
    "unit_history.compare_revisions": UNIT,
    "drafts.save": UNIT,
    "receipts.download_receipt": UNIT,
    "fill_in.download": UNIT,
    "fill_in.upload": UNIT,
    "participant.form": PARTICIPANTS,
    "participant.send": PARTICIPANTS,
    "participant.thanks": PARTICIPANTS,
}
