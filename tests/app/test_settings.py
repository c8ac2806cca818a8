"""Rules of the settings: read at the door, with defaults that work, refused with the name of the variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import Settings, SettingsInvalid, read_settings


class TestReadSettings:
    """From the environment."""

    def test_without_any_they_are_a_folder_beside_and_this_machine_alone(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Nothing is served to others unless somebody says so."""
        monkeypatch.chdir(tmp_path)
        settings = read_settings()

        assert settings.url == f"sqlite:///{tmp_path / 'data' / 'ledger.db'}"
        assert (settings.host, settings.port, settings.zone) == ("127.0.0.1", 8000, "UTC")
        assert settings.snapshots == Path("data/snapshots")

    def test_each_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """By its name."""
        for name, value in (
            ("DATA", "/srv/ledger"),
            ("DATABASE_URL", "postgresql://me:secret@host/ledger"),
            ("HOST", "0.0.0.0"),
            ("PORT", "8123"),
            ("ORIGIN", "ledger.example.org/one"),
            ("ZONE", "Asia/Baku"),
        ):
            monkeypatch.setenv(f"CUSTODY_{name}", value)

        settings = read_settings()

        assert settings.data == Path("/srv/ledger")
        assert settings.url == "postgresql://me:secret@host/ledger"
        assert (settings.host, settings.port) == ("0.0.0.0", 8123)
        assert (settings.origin, settings.zone) == ("ledger.example.org/one", "Asia/Baku")

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("PORT", "http", "CUSTODY_PORT: Input should be a valid integer"),
            ("PORT", "99999", "CUSTODY_PORT: Input should be less than or equal to 65535"),
            ("ZONE", "Baku", "CUSTODY_ZONE: 'Baku' is no IANA time zone, such as Asia/Baku or UTC"),
            ("ZONE", "../UTC", "CUSTODY_ZONE: '../UTC' is no IANA time zone"),
            ("ORIGIN", "", "CUSTODY_ORIGIN: String should have at least 1 character"),
            ("DATABASE_URL", "ledger:secret.db", "CUSTODY_DATABASE_URL: no address of a database, such as "),
        ],
    )
    def test_what_cannot_be_used_is_refused_by_name(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
    ) -> None:
        """And a password in it is not printed."""
        monkeypatch.setenv(f"CUSTODY_{name}", value)

        with pytest.raises(SettingsInvalid) as refused:
            read_settings()

        assert refused.value.message.startswith(expected)
        assert "secret" not in refused.value.message

    def test_they_do_not_change(self) -> None:
        """Whoever was handed them reads the same to the end."""
        with pytest.raises(ValueError, match="frozen"):
            Settings().port = 1
