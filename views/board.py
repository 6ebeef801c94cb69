"""The board: campaigns, the progress of their rounds, reports as sent, and the workbook."""

from __future__ import annotations

from flask import Blueprint, render_template

board = Blueprint("board", __name__)


@board.get("/")
def list_campaigns() -> str:
    """Show the campaigns and their rounds."""
    return render_template("board/list_campaigns.html", campaigns=())
