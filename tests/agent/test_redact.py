"""What looks like a key is hidden, and nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nano_agent.library.as_json import dump
from nano_agent.redact import HIDDEN, looks_like_a_key, masked, secrets_in

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nAB==\n-----END RSA PRIVATE KEY-----"
KEYS = (
    "sk-proj-abcdefghij0123456789",
    "ghp_abcdefghijklmnopqrst0123456789",
    "github_pat_11ABCDEFG0abcdefghijkl",
    "hf_abcdefghijklmnopqrstuvwx",
    "AKIAABCDEFGHIJKLMNOP",
    "AIzaSyA0123456789abcdefghijklmnopqrstu",
    "xoxb-123456789012-abcdef",
    "glpat-abcdefghij0123456789",
    PEM,
)


@pytest.mark.parametrize("key", KEYS)
def test_keys_by_their_shape(key: str) -> None:
    text = f"before {key} after"
    assert masked(text) == f"before {HIDDEN} after"
    assert looks_like_a_key(text)
    assert [text[a:b] for a, b in secrets_in(text)] == [key]
    assert json.loads(dump({"a": [text], key: 1})) == {"a": [f"before {HIDDEN} after"], HIDDEN: 1}


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("OPENAI_API_KEY=abc123def456ghi", "OPENAI_API_KEY=[hidden]"),
        ('{"password": "correct-horse-1"}', '{"password": "[hidden]"}'),
        ("export DB_PASSWORD='hunter2hunter2'", "export DB_PASSWORD='[hidden]'"),
        ("Authorization: Bearer abcdefghijklmnop0", "Authorization: Bearer [hidden]"),
        ("https://me:pass@host/x?api_key=zzz&b=1", "https://[hidden]@host/x?api_key=[hidden]&b=1"),
        ("aws_secret_access_key: wJalrXUtnFEMI/K7MDENG/bPxRf", "aws_secret_access_key: [hidden]"),
    ],
)
def test_keys_by_what_they_are_assigned_to(text: str, hidden: str) -> None:
    assert masked(text) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "token = parse_the_token(argument1)",
        "api_key=os.environ['OPENAI_API_KEY_2']",
        "password: $DB_PASSWORD_1_FROM_ELSEWHERE",
        "the key is to look before you leap",
        "max_tokens=123456789012345",
        "sk-learn and task-oriented-dialogue-systems",
        "prompt_tokens: 1234567890123",
        "a risk-free-but-long-hyphenated-word",
    ],
)
def test_what_is_no_key_stays(text: str) -> None:
    assert masked(text) == text


@given(st.text(max_size=60), st.sampled_from(KEYS), st.text(max_size=60))
def test_a_key_between_anything(before: str, key: str, after: str) -> None:
    hidden = masked(f"{before} {key} {after}")
    assert key not in hidden
    assert masked(hidden) == hidden


@given(
    st.recursive(
        st.text(max_size=20)
        | st.sampled_from([*KEYS, "a://b", "c@d", "password=", "token: 12345678901234", "-----BEGIN PRIVATE KEY-----"]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["api_key", "x", "token"]), inner),
        max_leaves=10,
    )
)
def test_json_stays_json_of_the_same_form(value: object) -> None:
    found = json.loads(dump(value))
    assert _form(found) == _form(value)


def _form(value: object) -> object:
    if isinstance(value, dict):
        return {key: _form(inner) for key, inner in value.items()}
    return [_form(inner) for inner in value] if isinstance(value, list) else type(value)
