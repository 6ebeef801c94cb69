"""The expression language: parsed once, then evaluated in Python, in the browser and in Excel."""

from forms.expressions.ast import (
    Call,
    Current,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Text,
    calls,
    from_json,
    references,
    to_json,
    uses_current,
)
from forms.expressions.excel import to_excel
from forms.expressions.functions import FUNCTIONS, Function
from forms.expressions.parse import ExpressionError, parse
from forms.expressions.python import compile_python
from forms.expressions.values import (
    Scope,
    Value,
    as_boolean,
    as_number,
    as_text,
    is_blank,
)

__all__ = [
    "FUNCTIONS",
    "Call",
    "Current",
    "ExpressionError",
    "Function",
    "Negation",
    "Node",
    "Number",
    "Operation",
    "Reference",
    "Scope",
    "Text",
    "Value",
    "as_boolean",
    "as_number",
    "as_text",
    "calls",
    "compile_python",
    "from_json",
    "is_blank",
    "parse",
    "references",
    "to_excel",
    "to_json",
    "uses_current",
]
