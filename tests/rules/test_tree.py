"""What may not stand in the repository: the paths of one machine, the hosts of one network, files that nobody can review."""

from __future__ import annotations

import re

from tests.rules.repository import ROOT, kept_files

# Written in pieces, so that this file passes its own test.
MACHINE_PATHS = (
    "/wo" + "rk/",
    "/ro" + "ot/",
    "/ho" + "me/",
    "/Us" + "ers/",
    "/opt" + "/py",
    "/tmp" + "/pip",
    "bash" + "_jobs",
)
DOWNLOAD_HOSTS = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "unpkg" + ".com",
    "jsdelivr" + ".net",
    "cdnjs" + ".com",
    "deb.debian" + ".org",
)
FILE_BYTES_MAX = 4_000_000


def mentions_of(words: tuple[str, ...]) -> list[str]:
    """Where any of the words stands in a kept file: `path:line: word`. Bytes, so that no file escapes by its encoding."""
    pattern = re.compile(b"|".join(re.escape(word.encode()) for word in words))
    return [
        f"{path.relative_to(ROOT)}:{number}: {found.group().decode()}"
        for path in kept_files()
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        if (found := pattern.search(line))
    ]


class TestTree:
    def test_names_no_path_of_a_machine(self) -> None:
        """A clone works wherever it lies: no file knows where it was written."""
        assert mentions_of(MACHINE_PATHS) == []

    def test_names_no_download_host(self) -> None:
        """Where packages come from is the reader's own setting: no file knows a registry or a CDN."""
        assert mentions_of(DOWNLOAD_HOSTS) == []

    def test_holds_no_oversized_file(self) -> None:
        """A database, a wheel or a recording that slipped in is found by its size."""
        oversized = [
            str(path.relative_to(ROOT)) for path in kept_files() if path.stat().st_size > FILE_BYTES_MAX
        ]

        assert oversized == []

    def test_finds_what_it_seeks(self) -> None:
        """The search is not blind: it finds a word that stands in this file."""
        assert any(
            found.startswith("tests/rules/test_tree.py:") for found in mentions_of(("FILE_BYTES_MAX",))
        )
