from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nano_agent.library.query import (
    FIELDS,
    And,
    Condition,
    Expression,
    Not,
    Or,
    Query,
    QueryError,
    Sort,
    Words,
    complete,
    parse,
)
from nano_agent.library.query.sql import leaves, where
from nano_agent.library.query.values import quantity, span_of


def texts(query: str, cursor: int | None = None) -> list[str]:
    return [one.text for one in complete(query, cursor, lambda name: ["qwen3", "a b"] if name == "model" else [])]


def test_side_by_side_is_and_and_binds_closer_than_or() -> None:
    a, b, c = Words("a"), Words("b"), Words("c")
    assert parse("a b or c").where == Or((And((a, b)), c))
    assert parse("a and (b or c)").where == And((a, Or((b, c))))
    assert parse("not a b").where == And((Not(a), b))
    assert parse("-a -model:x").where == And((Not(a), Not(Condition("model", ":", "x"))))
    assert parse("NOT a OR b").where == Or((Not(a), b))
    assert parse("").where == And()


def test_quotes_keep_blanks_keywords_and_quotes() -> None:
    assert parse('"rm -rf" cmd:"rm -rf"').where == And((Words("rm -rf", True), Condition("cmd", ":", "rm -rf")))
    assert parse('"and"').where == Words("and", True)
    assert parse(r'"say \"hi\" \\"').where == Words('say "hi" \\', True)


def test_other_names_and_capitals_mean_the_same_field() -> None:
    assert parse("exit:x").where == parse("STATUS:x").where == Condition("status", ":", "x")


def test_sorting_stands_anywhere_outside() -> None:
    query = parse("sort:-cost a sort:model")
    assert (query.where, query.sorts) == (Words("a"), (Sort("cost", True), Sort("model")))
    assert parse("sort:exit").sorts == (Sort("status"),)


@pytest.mark.parametrize(
    ("text", "marked", "says"),
    [
        ("a modle:qwen", "modle", 'Did you mean "model"?'),
        ("x http://a.b/c", "http", '"http://a.b/c"'),
        ("cost>abc", "abc", "0.1, $2 or 50c"),
        ("steps>2d", "2d", "500, 8k"),
        ("age<2q", "2q", "30s, 5m"),
        ("started>soon", "soon", "2026-11-21"),
        ("has:dif", "dif", 'Did you mean "diff"?'),
        ("is:what", "what", "live, waiting, ended"),
        ("model>3", "model>", "model:3"),
        ("cost:", "cost:", "needs a value"),
        ("(a", "(", "never closed"),
        ("a)", ")", "no opening one"),
        ("()", ")", "nothing before"),
        ('a "b', '"b', "closing quote"),
        ('a ""', '""', "nothing between"),
        ("a or", "or", "something must follow"),
        ("or a", "or", "one is missing"),
        ("a and and b", "and", "one is missing"),
        ("a not", "not", "something must follow"),
        ("sort:nothing", "nothing", "One can sort by"),
        ("sort:cots", "cots", 'Did you mean "cost"?'),
        ("sort:tool", "tool", "One can sort by"),
        ("not sort:cost", "not sort:cost", "sort:-cost"),
        ("(a sort:cost)", "(a sort:cost)", "outside of parentheses"),
        ("sort>cost", "sort>cost", "sort:-cost"),
        ("(" * 60 + "a" + ")" * 60, "(", "too deep"),
    ],
)
def test_errors_say_what_where_and_what_would_be_right(text: str, marked: str, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    error = caught.value
    assert text[error.start : error.end] == marked
    assert says in error.message
    message, shown, carets = error.pointing(text).split("\n")
    assert (message, shown) == (error.message, "  " + text)
    assert carets.index("^") == error.start + 2


WORDS = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=8)
PHRASES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(lambda s: bool(s.strip()))
TEXT_FIELDS = st.sampled_from(sorted({f.name for f in FIELDS.values() if f.kind in ("text", "content")}))
AMOUNTS = st.tuples(
    st.sampled_from(["cost", "steps", "tokens", "reward", "size", "warnings"]),
    st.sampled_from([":", "=", "!=", ">", "<", ">=", "<="]),
    st.integers(0, 10**9).map(str),
)
LEAVES = st.one_of(
    PHRASES.map(lambda text: Words(text, True)),
    st.from_regex(r"\A[a-z_.*/]{3,9}\Z").filter(lambda w: w not in ("and", "not")).map(Words),
    st.builds(Condition, TEXT_FIELDS, st.sampled_from([":", "=", "!="]), PHRASES),
    st.sampled_from(["diff", "error", "cost"]).map(lambda value: Condition("has", ":", value)),
    AMOUNTS.map(lambda parts: Condition(*parts)),
)


def _compound(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, min_size=2, max_size=4).map(tuple)
    return st.one_of(parts.map(Not), several.map(And), several.map(Or))


QUERIES = st.builds(
    Query,
    st.one_of(st.just(And()), st.recursive(LEAVES, _compound, max_leaves=8)),
    st.lists(st.builds(Sort, st.sampled_from(["cost", "model", "age"]), st.booleans()), max_size=2).map(tuple),
)


@given(QUERIES)
def test_a_query_written_out_is_read_as_the_same_query(query: Query) -> None:
    assert parse(str(query)) == query


@given(st.one_of(st.text(max_size=40), st.text('ab():"-\\ ><=.~ornt', max_size=30)))
def test_any_text_is_a_query_or_an_error_within_it(text: str) -> None:
    query = error = None
    try:
        query = parse(text)
    except QueryError as caught:
        error = caught
    if error is not None:
        assert 0 <= error.start <= error.end <= len(text)
        assert error.pointing(text)
    if query is not None:
        assert parse(str(query)) == query
        sql, parameters = where(query.where, lambda leaf, negated: ("(?)", [leaf]))
        assert sql.count("?") == len(parameters)
        assert [p for p in parameters if isinstance(p, Words | Condition)] == list(leaves(query.where))


@given(st.text(max_size=40), st.integers(0, 45))
def test_completion_never_fails_and_stays_at_the_cursor(text: str, cursor: int) -> None:
    for one in complete(text, cursor):
        assert 0 <= one.start <= one.end == min(cursor, len(text))


def test_names_are_completed_with_the_operator_that_fits() -> None:
    assert texts("mo") == ["model:"]
    assert texts("x cos") == ["cost>"]
    assert texts("(-ag") == ["age<"]
    assert "sort:" in texts("so")
    assert texts("exi") == ["status:"], "found by its other name"
    assert texts('"mod') == [], "inside of quotes nothing is a field"


def test_values_are_completed_from_lists_and_from_the_index() -> None:
    assert texts("has:d") == ["diff", "reward", "model"]
    assert texts("model:q") == ["qwen3"]
    assert texts("model:a") == ['"a b"'], "a value with blanks needs quotes"
    assert texts("model:x,q") == ["qwen3"], "the last of several"
    assert texts("status:li") == ["limit"]
    assert texts("sort:-c")[0] == "cost"


def test_a_completion_is_put_where_the_cursor_is() -> None:
    (one,) = complete("mo cost>1", 2)
    assert one.applied("mo cost>1") == ("model: cost>1", 6)
    (value,) = complete('model:"qw', values=lambda name: ["qwen3"])
    assert value.applied('model:"qw')[0] == "model:qwen3"


def test_quantities_have_units() -> None:
    assert quantity("8k", "count") == 8000
    assert quantity("1,500", "count") == 1500
    assert quantity("50c", "dollars") == 0.5
    assert quantity("$0.10", "dollars") == 0.1
    assert quantity("1.5d", "seconds") == 129600
    assert quantity("10MB", "bytes") == 1e7
    assert quantity("50%", "ratio") == 0.5
    assert quantity("-1", "ratio") == -1
    assert quantity("$5", "count") is None
    assert quantity("k", "count") is None


def test_dates_cover_the_time_they_name() -> None:
    def day(year: int, month: int, day: int) -> float:
        return datetime(year, month, day).timestamp()

    assert span_of("2026-12") == (day(2026, 12, 1), day(2027, 1, 1))
    assert span_of("2026") == (day(2026, 1, 1), day(2027, 1, 1))
    assert span_of("today", datetime(2026, 3, 1, 12)) == (day(2026, 3, 1), day(2026, 3, 2))
    assert span_of("yesterday", datetime(2026, 3, 1, 12)) == (day(2026, 2, 28), day(2026, 3, 1))
    assert span_of("2026-13") is None
