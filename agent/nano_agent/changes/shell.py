"""What shell commands do to files, as far as that can be read off them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence

from nano_agent.changes import patches
from nano_agent.changes.operations import (
    Append,
    Delete,
    Move,
    Operation,
    Restore,
    Sed,
    Unfollowed,
    Write,
)
from nano_agent.changes.scripts import script_operations
from nano_agent.changes.shell_reads import path_of, shown_by
from nano_agent.changes.shell_words import Simple, Word, commands, pipelines, unescaped

_CONTROL = frozenset(("if", "for", "while", "until", "case", "function", "then", "do", "else", "elif", "{", "!"))
_CHANGING = frozenset(
    (
        "black",
        "isort",
        "autopep8",
        "yapf",
        "gofmt",
        "rustfmt",
        "prettier",
        "perl",
        "ed",
        "ex",
        "awk",
        "dd",
        "rsync",
        "install",
    )
)
_QUIET = frozenset(
    ("cd", "export", "mkdir", "true", "set", "source", ".", "rm", "touch", "mv", "cp", "sed", "chmod", "pushd", "popd")
)


_OF_INTEREST = re.compile(
    r"[<>]|\b(?:cat|nl|head|sed|rm|unlink|mv|cp|touch|tee|git|patch|apply_?patch|python3?|perl|black|isort|autopep8|yapf"
    r"|gofmt|rustfmt|prettier|ed|ex|awk|dd|rsync|install|truncate|bash|sh)\b"
)


def shell_operations(line: str, cwd: str, output: str | None) -> Iterator[Operation]:
    """What a command line does to files and shows of them; `output` is what it printed, where all of it is known."""
    if not _OF_INTEREST.search(line):
        return
    place = cwd
    found = list(pipelines(commands(line)))
    showing = [p for p in found if p[0].name not in _QUIET or (p[0].name == "sed" and not _in_place(p[0].words))]
    conditional = any(p[0].name in _CONTROL for p in found)
    for pipeline in found:
        first = pipeline[0]
        while first.name in _CONTROL:
            first.words = first.words[1:]
        if first.name in ("cd", "pushd") and len(first.words) > 1 and not first.words[1].expands:
            place = posixpath.normpath(posixpath.join(place, first.words[1].text))
            continue
        for operation in _pipeline(pipeline, place):
            sure = not conditional and first.start != "||"
            yield operation if sure else Unfollowed(f"`{first.said}`, which runs only sometimes")
    if len(showing) == 1 and showing[0] is found[-1] and output is not None and not conditional:
        yield from shown_by(showing[0], place, output)


def _pipeline(pipeline: Sequence[Simple], cwd: str) -> Iterator[Operation]:
    last = pipeline[-1]
    if len(pipeline) == 1:
        yield from _simple(last, cwd)
        return
    printed = _printed(pipeline[0]) if len(pipeline) == 2 else None
    for command in pipeline:
        if command.name == "tee":
            flags = [word.text for word in command.words[1:] if word.text.startswith("-")]
            targets = [word for word in command.words[1:] if not word.text.startswith("-")]
            yield from _into(targets, "-a" in flags, printed if command is last else None, command, cwd)
        elif command is last and command.name in ("patch", "apply_patch") and printed is not None:
            yield from patches.operations_of(printed)
        elif command is last or command.name not in ("cat", "echo", "printf"):
            yield from _outputs(command, cwd, None)


def _simple(command: Simple, cwd: str) -> Iterator[Operation]:
    handler = _HANDLERS.get(command.name)
    if handler is not None:
        yield from handler(command, cwd)
    elif command.name in _CHANGING and not (command.name in ("perl", "awk") and not _in_place(command.words)):
        yield Unfollowed(f"`{command.said}`")
    yield from _outputs(command, cwd, _printed(command))


def _outputs(command: Simple, cwd: str, printed: str | None) -> Iterator[Operation]:
    """What goes into files by redirection."""
    for operator, target in command.redirects:
        if operator in (">", ">>", "1>", "1>>", ">|", "&>", "&>>") and not target.text.startswith("/dev/"):
            yield from _into([target], operator.endswith(">>"), printed, command, cwd)


def _into(targets: Sequence[Word], added: bool, printed: str | None, command: Simple, cwd: str) -> Iterator[Operation]:
    for target in targets:
        path = path_of(cwd, target)
        if path is None or printed is None:
            yield Unfollowed(f"what `{command.said}` printed into {target.text}", path or "")
        else:
            yield Append(path, printed) if added else Write(path, printed)


def _printed(command: Simple) -> str | None:
    """What a command prints, where that can be read off it."""
    words = command.words[1:]
    if any(word.expands for word in words):
        return None
    if command.name == "cat" and command.stdin is not None and not [w for w in words if w.text != "-"]:
        return None if command.stdin.expands else command.stdin.text
    if command.name == "echo":
        flags = ""
        while words and re.fullmatch(r"-[neE]+", words[0].text):
            flags, words = flags + words[0].text, words[1:]
        text = " ".join(word.text for word in words)
        return (unescaped(text) if "e" in flags else text) + ("" if "n" in flags else "\n")
    if command.name == "printf" and words:
        template = unescaped(words[0].text)
        if "%" not in template.replace("%%", "").replace("%s", ""):
            parts = template.count("%s")
            if parts == len(words) - 1 and "%%" not in template:
                return (
                    template.replace("%s", "\0").replace("\0", "{}").format(*(w.text for w in words[1:]))
                    if parts
                    else template
                )
            return template * (len(words) - 1) % () if not parts else None
        return None
    return "" if command.name in (":", "true") or not command.words else None


def _arguments(command: Simple) -> list[Word]:
    return [word for word in command.words[1:] if not (word.text.startswith("-") and not word.quoted)]


def _in_place(words: Sequence[Word]) -> bool:
    return any(re.match(r"-[a-zA-Z]*i|--in-place", word.text) for word in words[1:])


def _rm(command: Simple, cwd: str) -> Iterator[Operation]:
    for word in _arguments(command):
        path = path_of(cwd, word)
        yield Delete(path) if path is not None else Unfollowed(f"`{command.said}`")


def _mv(command: Simple, cwd: str) -> Iterator[Operation]:
    words = _arguments(command)
    paths = [path_of(cwd, word) for word in words]
    if len(paths) < 2 or None in paths:
        yield Unfollowed(f"`{command.said}`")
        return
    to = str(paths[-1])
    into = len(paths) > 2 or words[-1].text.endswith("/") or words[-1].text in (".", "..")
    for path in map(str, paths[:-1]):
        target = posixpath.join(to, posixpath.basename(path)) if into else to
        yield Move(path, target, copy=command.name == "cp")


def _touch(command: Simple, cwd: str) -> Iterator[Operation]:
    for word in _arguments(command):
        if (path := path_of(cwd, word)) is not None:
            yield Append(path, "")


def _sed(command: Simple, cwd: str) -> Iterator[Operation]:
    if not _in_place(command.words):
        return
    scripts, files, extended, backup = list[str](), list[Word](), False, ""
    words = iter(command.words[1:])
    for word in words:
        text = word.text
        if text in ("-e", "--expression"):
            scripts.append(next(words, Word()).text)
        elif text.startswith("--in-place") or re.fullmatch(r"-[nErsz]*i.*", text):
            backup = text.partition("=")[2] or (text.partition("i")[2] if not text.startswith("--") else "")
            extended |= "E" in text.partition("i")[0] or "r" in text.partition("i")[0]
            extended |= backup in ("E", "r")
            backup = "" if backup in ("E", "r", "e") else backup
        elif re.fullmatch(r"-[a-zA-Z]+|--regexp-extended", text) and not word.quoted:
            extended |= "E" in text or "r" in text
        elif text or not word.quoted:  # `-i ''` is how it is said on a Mac
            files.append(word)
    if not scripts and files:
        scripts.append(files.pop(0).text)
    for word in files:
        path = path_of(cwd, word)
        if path is None or any(w.expands for w in command.words if w.text in scripts):
            yield Unfollowed(f"`{command.said}`")
            continue
        if backup:
            yield Move(path, path + backup, copy=True)
        yield Sed(path, "\n".join(scripts), extended)


def _git(command: Simple, cwd: str) -> Iterator[Operation]:
    words = list(command.words[1:])
    while len(words) > 1 and words[0].text == "-C":
        cwd, words = posixpath.normpath(posixpath.join(cwd, words[1].text)), words[2:]
    verb = words[0].text if words else ""
    rest = Simple([Word("git"), *words[1:]])
    rest.words[0].text = verb
    if verb in ("rm", "mv") and not any(word.text == "--cached" for word in words):
        yield from (_rm if verb == "rm" else _mv)(rest, cwd)
    elif verb in ("checkout", "restore"):
        paths = [word for word in _arguments(rest) if "/" in word.text or "." in word.text or verb == "restore"]
        dashes = [index for index, word in enumerate(words) if word.text == "--"]
        chosen = words[dashes[0] + 1 :] if dashes else paths
        for word in chosen:
            path = path_of(cwd, word)
            yield Restore(path) if path is not None else Unfollowed(f"`git {verb}`")
    elif verb == "apply" and command.stdin is not None:
        yield from patches.operations_of(command.stdin.text)
    elif (verb == "stash" and rest.words[1:2] and rest.words[1].text in ("pop", "apply")) or verb in (
        "apply", "am", "merge", "rebase", "revert", "cherry-pick", "pull", "clean",
    ):  # fmt: skip
        yield Unfollowed(f"`git {verb}`")
    elif (verb == "reset" and any(word.text == "--hard" for word in words)) or (
        verb == "stash" and (not rest.words[1:] or rest.words[1].text in ("push", "save", "-u"))
    ):
        yield Restore("")


def _patch(command: Simple, cwd: str) -> Iterator[Operation]:
    text = (
        command.stdin.text
        if command.stdin is not None
        else next((w.text for w in command.words[1:] if "\n" in w.text), "")
    )
    found = patches.operations_of(text)
    yield from found or [Unfollowed(f"`{command.said}`")]


def _python(command: Simple, cwd: str) -> Iterator[Operation]:
    words = command.words
    inline = next((words[i + 1] for i, word in enumerate(words[:-1]) if word.text == "-c"), None)
    script = (
        inline
        if inline is not None
        else command.stdin
        if len(_arguments(command)) == 0 or words[1].text == "-"
        else None
    )
    if script is not None and not (script.expands and not script.quoted):
        yield from script_operations(script.text, cwd)


def _shell(command: Simple, cwd: str) -> Iterator[Operation]:
    for index, word in enumerate(command.words[:-1]):
        if re.fullmatch(r"-[a-z]*c", word.text):
            yield from shell_operations(command.words[index + 1].text, cwd, None)


_HANDLERS: dict[str, Callable[[Simple, str], Iterator[Operation]]] = {
    "rm": _rm, "unlink": _rm, "mv": _mv, "cp": _mv, "touch": _touch, "sed": _sed, "git": _git,
    "patch": _patch, "apply_patch": _patch, "applypatch": _patch,
    "python": _python, "python3": _python, "bash": _shell, "sh": _shell,
}  # fmt: skip
