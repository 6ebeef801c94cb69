"""The expression language of forms: XLSForm's XPath subset, for Python, the browser and Excel."""

from forms.expressions.errors import ExpressionError
from forms.expressions.evaluate import compile_python
from forms.expressions.excel import to_excel
from forms.expressions.functions import FUNCTIONS, Function
from forms.expressions.nodes import (
    Call,
    Current,
    Every,
    Field,
    Negation,
    Node,
    Number,
    Operation,
    Path,
    Reference,
    Text,
    call_nodes,
    calls,
    choice_fields,
    from_json,
    operands,
    references,
    to_json,
    uses_current,
)
from forms.expressions.parse import parse
from forms.expressions.values import (
    Evaluate,
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
    "Evaluate",
    "Every",
    "ExpressionError",
    "Field",
    "Function",
    "Negation",
    "Node",
    "Number",
    "Operation",
    "Path",
    "Reference",
    "Scope",
    "Text",
    "Value",
    "as_boolean",
    "as_number",
    "as_text",
    "call_nodes",
    "calls",
    "choice_fields",
    "compile_python",
    "from_json",
    "is_blank",
    "operands",
    "parse",
    "references",
    "to_excel",
    "to_json",
    "uses_current",
]
