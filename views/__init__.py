"""HTTP: pages for units, participants and the board; the only room that knows a request."""
