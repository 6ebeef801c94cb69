"""How a cell of a form says yes or no."""

YES = frozenset({"yes", "true", "true()", "x", "có", "1"})
NO = frozenset({"", "no", "false", "false()", "không", "0"})
