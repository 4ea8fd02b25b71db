"""Shell commands that are followed without being run, against what a real shell makes of the same files."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nano_agent.changes import sed
from nano_agent.changes.lines import WHOLE_BASE, Base, split
from nano_agent.changes.shell_words import commands
from support.edited import ran, rebuilt

FILES = {"a.txt": "one\ntwo\nthree [x]\n\nfive 5 5\n", "d/b.py": "def f(a, b):\n    return a+b\n", "bare": "no end"}
COMMANDS = [
    "sed -i 's/o/0/' a.txt",
    "sed -i 's/o/0/g; s/5/five/' a.txt",
    r"sed -i 's/\(t\)\([a-z]*\)/\2\1/;s/\[x\]/[&]/' a.txt",
    r"sed -E -i 's/(t|f)([a-z]+)/<\1|\2>/g' a.txt",
    r"sed -i.bak 's|a+b|a + b|' d/b.py && rm d/b.py.bak",
    "sed -i '2,3d' a.txt",
    "sed -i '/three/,$d' a.txt",
    "sed -i '/^$/d' a.txt",
    r"sed -i '/two/a\    after' a.txt",
    r"sed -i '2i\before\nand more' a.txt",
    "sed -i '$ s/5/6/' a.txt",
    "sed -i '2!s/o/0/' a.txt",
    r"sed -i -e 's/one/1/' -e 's/two/2/' a.txt d/b.py",
    r"sed -i 's/[[:space:]]\+return/\n    return/' d/b.py",
    "sed -i 's#a, b#a, b, c=None#' d/b.py",
    "cat > a.txt <<'EOF'\n$x `y` \\z\nEOF",
    'cat <<EOF >> a.txt\nsix \\$x\nEOF\n',
    "cat <<-EOF > new/n.txt\n\tstripped\n\tEOF",
    "echo 'x y' > n.txt; echo -n z >> n.txt",
    r"printf 'a\tb\n' > n.txt && printf '%s-%s\n' 1 2 >> n.txt",
    r"echo -e 'a\nb' | tee n.txt",
    "cd d && echo x > n.txt && cd .. && mv d/n.txt e.txt",
    "mkdir -p new && mv a.txt new/ && cp d/b.py d/c.py",
    "rm -rf d && touch d.txt",
    "cat > s.sh <<'A' && cat > t.sh <<'B'\none\nA\ntwo\nB",
    "# a comment; rm a.txt\ntrue && rm -f bare # and another",
    "sed -i 's/end/END/' bare",
    "echo more >> bare",
    "python3 - <<'EOF'\nwith open('n.txt', 'w') as f:\n    f.write('x')\n    f.write('y\\n')\nEOF",
    "python3 -c \"from pathlib import Path; Path('n.txt').write_text('q' + 'r')\"",
    "python3 - <<'EOF'\np='a.txt'\ns=open(p).read()\ns=s.replace('o','0').replace('5','V',1)\n"
    "open(p,'w').write(s)\nEOF",
    "git mv a.txt z.txt && git rm -qf bare",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_followed(command: str, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run("git init -q . && git add -A", shell=True, cwd=tmp_path, check=True)
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    reads = [ran(f"cat {name}", text) for name, text in FILES.items()]
    changes = rebuilt(*reads, ran(command, done.stdout))
    paths = (path for path in tmp_path.rglob("*") if path.is_file() and ".git" not in path.parts)
    real = {str(path.relative_to(tmp_path)): path.read_text() for path in paths}
    for path in {*FILES, *real}:
        assert changes.text(path, changes.last).text == real.get(path), path
    assert {path: sign for path, sign in changes.changed(3, 4).items() if sign != "~"} == {
        **dict.fromkeys(real.keys() - FILES.keys(), "+"),
        **dict.fromkeys(FILES.keys() - real.keys(), "-"),
    }


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("for f in *.py; do sed -i 's/a/b/' $f; done", "runs only sometimes"),
        ("sed -i 's/a/b/' $(git ls-files)", "sed -i s/a/b/"),
        ("sed -i 's/x/\\U&/' a.txt", "was not followed"),
        ("sed -i 's/5/five/2' a.txt", "was not followed"),
        ("sed -i 's/(a+)+b/x/' -E a.txt", "was not followed"),
        ("black .", "`black .` may have changed files"),
        ("pytest > out.txt", "printed into out.txt"),
        ("python3 -c \"open('a.txt', 'w').write(str(1))\"", "a Python script"),
        ("cat > a.txt <<EOF\n$HOME\nEOF", "printed into a.txt"),
        ("git stash pop", "`git stash` may"),
    ],
)
def test_what_is_not_followed_is_said(command: str, said: str) -> None:
    changes = rebuilt(ran("cat a.txt", FILES["a.txt"]), ran(command))
    assert said in changes.diff(1, 2).note
    assert changes.text("a.txt", 2).text == FILES["a.txt"]


@given(st.text(max_size=80))
def test_any_text_is_taken_apart(line: str) -> None:
    assert sum(len(word.text) for command in commands(line) for word in command.words) <= len(line)


@given(st.text(alphabet="s/\\d;$,12ai!gI[]()*+^. \n", max_size=30), st.booleans(), st.text("ab/1\n", max_size=20))
def test_any_sed_script_is_followed_or_refused(script: str, extended: bool, text: str) -> None:
    base = Base()
    lines, base.newline = split(text)
    base.learn_whole(lines)
    with suppress(sed.NotFollowed):
        sed.applied(WHOLE_BASE, base, script, extended)
