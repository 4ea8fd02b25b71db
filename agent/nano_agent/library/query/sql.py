"""From a query to SQL over the index.

What must be looked up in the trajectories themselves (words, commands) is a leaf that the caller answers: with a
condition of its own, or with the truth about one run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nano_agent.library.query.check import amounts
from nano_agent.library.query.fields import FIELDS, HAS, STATUSES, Field
from nano_agent.library.query.syntax import And, Condition, Expression, Not, Or, Sort, Words

Sql = tuple[str, list[Any]]
"""A condition and its parameters."""
Leaf = Words | Condition
AnswerLeaf = Callable[[Leaf, bool], Sql]
"""The condition for a leaf; the second argument says whether it stands under an odd number of `not`."""

NEWEST_FIRST = Sort("started", descending=True)
_AGES = {":": ">=", "=": ">=", "<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "<"}
_IS = {
    "live": "live",
    "waiting": "live = 2",
    "ended": "NOT live",
    "estimated": "cost_estimated",
    "child": "(family IS NOT NULL AND path NOT LIKE '%/' || family)",
}
_ESCAPE = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_", "*": "%"})


def where(expression: Expression, answer: AnswerLeaf, negated: bool = False, within: bool = False) -> Sql:
    """The condition that an expression stands for. What is unknown of a run is no match, and so `not` matches it.

    `negated` says that it stands under an odd number of `not`, `within` that it stands under any.
    """
    match expression:
        case And(parts):
            return _joined([where(part, answer, negated, within) for part in parts], "AND", "1")
        case Or(parts):
            return _joined([where(part, answer, negated, within) for part in parts], "OR", "0")
        case Not(part):
            sql, parameters = where(part, answer, not negated, within=True)
            return f"NOT {sql}", parameters
        case Words():
            return answer(expression, negated)
        case Condition():
            if FIELDS[expression.name].kind == "content":
                return answer(expression, negated)
            sql, parameters = _condition(expression, FIELDS[expression.name])
            # Only where it is turned round must it be told from what is false: no index helps to find what IS TRUE.
            return (f"(({sql}) IS TRUE)" if within else f"({sql})"), parameters


def leaves(expression: Expression) -> Iterator[Leaf]:
    """What must be looked up in the trajectories themselves, in the order in which `where` asks for it."""
    match expression:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case Words():
            yield expression
        case Condition(name):
            if FIELDS[name].kind == "content":
                yield expression


def order_by(sorts: Sequence[Sort], indexed: bool = True) -> str:
    """The ORDER BY terms: what is unknown comes last, and equals stand newest first.

    `indexed` says that an index has all that is asked for. Then the one that has the rows in their usual order is best;
    else it would only lead from row to row in an order that is bad for reading them.
    """
    plus = "" if indexed else "+"
    terms = [
        f"{plus}{FIELDS[sort.name].sql} {'DESC' if _descends(sort) else 'ASC'} NULLS LAST"
        for sort in (*sorts, *(() if any(s.name in ("started", "age") for s in sorts) else (NEWEST_FIRST,)))
    ]
    return ", ".join([*terms, "file DESC", "n"])


def _descends(sort: Sort) -> bool:
    # The older it is, the smaller the moment that the index holds.
    return sort.descending != (sort.name == "age")


def _joined(conditions: list[Sql], operator: str, nothing: str) -> Sql:
    if not conditions:
        return nothing, []
    text = f" {operator} ".join(sql for sql, _ in conditions)
    return f"({text})", [parameter for _, parameters in conditions for parameter in parameters]


def _condition(condition: Condition, field: Field) -> Sql:
    if field.kind == "text":
        return _text(condition, field)
    if field.kind == "choice":
        sql, parameters = _joined([_choice(field.name, word) for word in condition.value.lower().split(",")], "OR", "0")
        return (f"NOT {sql}" if condition.operator == "!=" else sql), parameters
    return _amount(condition, field)


def _text(condition: Condition, field: Field) -> Sql:
    """Contained (`:`) or equal (`=`), whatever the case; several values with commas, `*` for anything between."""
    whole = condition.operator != ":"
    found = [_text_value(field, value, whole) for value in condition.value.split(",") if value]
    sql, parameters = _joined(found, "OR", "0")
    return (f"{sql} IS NOT TRUE" if condition.operator == "!=" else sql), parameters


def _text_value(field: Field, value: str, whole: bool) -> Sql:
    word = value.lower()
    if field.name == "status":
        if word in ("none", "unknown"):
            return "(exit_status IS NULL AND NOT live)", []
        if word in ("live", "running"):
            return "live", []
        if not whole and word in STATUSES:
            return _status(word)
    pattern = value.translate(_ESCAPE)
    return f"{field.sql} LIKE ? ESCAPE '\\'", [pattern if whole else f"%{pattern}%"]


def _status(word: str) -> Sql:
    whole = [pattern for pattern in STATUSES[word] if "%" not in pattern]
    # No backslash occurs in the other patterns, and `_` may stand for any character in them.
    patterns = [pattern for pattern in STATUSES[word] if "%" in pattern]
    among = f"exit_status COLLATE NOCASE IN ({', '.join('?' * len(whole))})"
    return _joined([(among, [*whole]), *(("exit_status LIKE ?", [pattern]) for pattern in patterns)], "OR", "0")


def _choice(name: str, word: str) -> Sql:
    if name == "has":
        return f"({HAS[word]})", []
    if word in STATUSES:
        return _status(word)
    return _IS[word], []


def _amount(condition: Condition, field: Field) -> Sql:
    spans, operator, column = amounts(condition), condition.operator, field.sql
    if field.kind == "age":
        # The index holds moments: what is older began earlier. `age:2d` is taken as no older than that.
        now = time.time()
        spans = sorted((now - age, now - age) for age, _ in spans)
        operator = _AGES.get(operator, operator) if len(spans) == 1 else operator
    (low, low_end), (high, high_end) = spans[0], spans[-1]
    match operator:
        case ">":
            return f"{column} {'>=' if low_end > low else '>'} ?", [low_end]
        case ">=":
            return f"{column} >= ?", [low]
        case "<":
            return f"{column} < ?", [low]
        case "<=":
            return f"{column} {'<' if low_end > low else '<='} ?", [low_end]
        case _:
            upper = "<" if high_end > high else "<="
            sql = f"({column} >= ? AND {column} {upper} ?)"
            return (f"{sql} IS NOT TRUE" if operator == "!=" else sql), [low, high_end]
