"""What others wrote and we serve: nothing but what the list names, byte for byte, and enough for the page."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from app.graphiql import STATIC, VENDORED, graphiql_page


class TestVendoredFiles:
    def test_the_list_names_every_file_with_its_bytes(self) -> None:
        """SHA256SUMS and the folder agree: no file missing, none added, none changed."""
        listed = (VENDORED / "SHA256SUMS").read_text().splitlines()

        expected = [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(VENDORED).as_posix()}"
            for path in sorted(VENDORED.rglob("*"), key=Path.as_posix)
            if path.is_file() and path.name != "SHA256SUMS"
        ]

        assert expected == listed

    def test_each_package_has_its_licence(self) -> None:
        """Whoever gets our copy of a package gets its licence with it."""
        packages = [path for path in VENDORED.rglob("*@*") if re.search(r"@\d", path.name)]

        without = [path.name for path in packages if not (path / "LICENSE").is_file()]

        assert len(packages) == 5
        assert without == []


class TestGraphiqlPage:
    def test_the_page_asks_no_other_machine(self) -> None:
        """No address on the page leads away from the server that served it."""
        assert re.findall(r"""(?:src|href)="(?:https?:)?//[^"]*""", graphiql_page()) == []
        assert "https://" not in graphiql_page()

    def test_the_page_says_whose_it_is(self) -> None:
        """Its title is the product's; a new version of the page that it is made from may word it otherwise."""
        assert "<title>Custody Ledger: ask</title>" in graphiql_page()
        assert "&#x1f353;" not in graphiql_page()

    def test_each_file_of_the_page_is_ours_and_has_the_promised_bytes(self) -> None:
        """Every script and style is in the folder, and its integrity attribute fits our copy."""
        promised = re.findall(r'(?:src|href)="(/[^"]+)"\s+integrity="sha384-([^"]+)"', graphiql_page())

        for address, integrity in promised:
            content = (VENDORED / address.removeprefix(STATIC)).read_bytes()
            assert integrity == base64.b64encode(hashlib.sha384(content).digest()).decode(), address
        assert len(promised) == 7
