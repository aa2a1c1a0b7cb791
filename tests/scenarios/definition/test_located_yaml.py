"""YAML to data: where things stand, and everything that a file can be instead of a scenario."""

from __future__ import annotations

import itertools
import json
import math
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ScenarioError
from scenarios.definition.located_yaml import Tree, dotted, parse_tree, parse_value, read_tree


def refused(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_tree(text, "f.yaml")
    return str(caught.value)


def test_scalars_are_read_as_yaml_1_2_says() -> None:
    read = parse_tree(
        "a: 120_000\nb: 1e5\nc: 2026-12\nd: 2026-12-01\ne: +10%\nf: yes\ng: 012\nh: 0x10\n"
        "i: -.inf\nj: true\nk: ~\nl: '7'\nm: 2.5\n",
        "f.yaml",
    ).data
    assert read == {
        "a": 120_000,
        "b": 1e5,
        "c": "2026-12",
        "d": "2026-12-01",
        "e": "+10%",
        "f": "yes",
        "g": 12,
        "h": 16,
        "i": -math.inf,
        "j": True,
        "k": None,
        "l": "7",
        "m": 2.5,
    }


def test_every_value_knows_its_place() -> None:
    tree = parse_tree("budget: 5\nchannels:\n  tv: {min_spend: 7}\nrules: [a, b]\n", "f.yaml")
    assert str(tree.values["channels", "tv", "min_spend"]) == "f.yaml, line 3, column 19"
    assert str(tree.keys["channels", "tv", "min_spend"]) == "f.yaml, line 3, column 8"
    assert str(tree.values["rules", 1]) == "f.yaml, line 4, column 12"
    fault = tree.fault(("channels", "tv", "max_spend"), "what", "do")
    assert str(fault) == "f.yaml, line 3, column 7, channels.tv: what. do"


EMPTY = "f.yaml: the file is empty. `budgetopt init` writes one to start from."
WRONG = {
    "": EMPTY,
    "# nothing\n": EMPTY,
    "- a\n": "f.yaml: this is not a scenario: 'key: value' lines are expected at the top",
    "a: 1\nb: 2\na: 3\n": "f.yaml, line 3, column 1, a: the key is already in line 1",
    "a: 1\n\tb: 2\n": (
        "f.yaml, line 2, column 1: this is not YAML: found character '\\t' that cannot start"
        " any token. A tab cannot indent: use spaces."
    ),
    "a: !!python/object/apply:os.system [x]\n": (
        "f.yaml, line 1, column 4, a: the tag tag:yaml.org,2002:python/object/apply:os.system"
        " is not allowed. Remove it."
    ),
    "a: !!int x\n": "f.yaml, line 1, column 4, a: 'x' cannot be read as int. Remove it.",
    "budget: 120.000\n": (
        "f.yaml, line 1, column 9, budget: 120.000 may mean 120000 or 120."
        " Write 120000, or 120.0000."
    ),
    "? [a]\n: 1\n": "f.yaml, line 1, column 3: a key must be a name, not a list",
    "a: 1\n---\nb: 2\n": ("f.yaml, line 2, column 1: this is not YAML: but found another document"),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_not_a_scenario_is_refused_with_its_line(text: str) -> None:
    assert refused(text) == WRONG[text]


def test_all_faults_of_a_file_come_at_once() -> None:
    assert len(refused("a: 1\na: 2\nb: !x 1\nb: 2\n").splitlines()) == 3


def test_an_anchor_bomb_is_refused_before_it_unfolds() -> None:
    names = string.ascii_lowercase[:12]
    lines = [f"{names[0]}: &{names[0]} [{','.join('x' * 10)}]"]
    for before, name in itertools.pairwise(names):
        lines.append(f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]")
    assert "the file holds too many values" in refused("\n".join(lines))


def test_an_alias_within_itself_is_refused() -> None:
    assert "nested too deeply" in refused("a: &a [*a]\n")


def test_brackets_without_end_are_refused() -> None:
    assert refused("[" * 20_000) == "f.yaml: it is nested too deeply"


def test_files_that_cannot_be_read(tmp_path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("name: ok\nother: Außen\n".encode("cp1252"))
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * 1_000_001)
    for path, problem in [
        (tmp_path, "this is a folder. Name a file in it."),
        (tmp_path / "none.yaml", "there is no such file"),
        (latin, "it is not UTF-8 text (byte 0xdf). Save it as UTF-8."),
        (large, "it is larger than 1 MB. Is it the history?"),
    ]:
        with pytest.raises(ScenarioError) as caught:
            read_tree(path)
        where = f"{path}, line 2" if path == latin else str(path)
        assert str(caught.value) == f"{where}: {problem}"


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x\n")
    assert read_tree(path).data == {"name": "x"}


def test_a_value_of_the_command_line() -> None:
    assert parse_value("[-20%, +30%]", "--set") == ["-20%", "+30%"]
    assert parse_value("", "--set") is None
    with pytest.raises(ScenarioError, match=r"^--set: this is not YAML"):
        parse_value("[1", "--set")


def test_a_name_with_a_dot_is_quoted_in_paths() -> None:
    assert dotted(("channels", "a.b", "change", 0)) == "channels.'a.b'.change[0]"


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=5), plain, min_size=1))
def test_json_is_read_as_json_reads_it(data: dict) -> None:
    """JSON is YAML: an independent reader of the same text must find the same."""
    tree = parse_tree(json.dumps(data), "f.yaml")
    assert tree.data == data
    assert _paths(data, ()) <= set(tree.values)


def _paths(data, path: tuple) -> set:
    items = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data if isinstance(data, list) else [])
    )
    return {path}.union(*(_paths(value, (*path, key)) for key, value in items))


def test_the_value_at_a_path() -> None:
    tree = Tree({"a": {"b": [1, 2]}})
    assert tree.at(("a", "b", 1)) == 2
    assert tree.at(("a", "c")) is None
    assert tree.at(("a", "b", 9)) is None
