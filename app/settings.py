"""What an operator can set, read once at the door and handed on; nothing reads the environment at import.

    CUSTODY_DATA           folder of database, snapshots and keys                     ./data
    CUSTODY_DATABASE_URL   sqlite:///FILE or postgresql://HOST/NAME                   a SQLite file in CUSTODY_DATA
    CUSTODY_HOST           address that `custody serve` listens on                    127.0.0.1
    CUSTODY_PORT           its port                                                   8000
    CUSTODY_ORIGIN         whose log this is; fixed when the ledger is opened         localhost/custody-ledger
    CUSTODY_ZONE           IANA zone of its bare days; fixed when the ledger is opened UTC

Absent on purpose: anything that would change what is recorded or how it reads (no seed, no rules, no viewer).
"""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from events.errors import LedgerError


class SettingsInvalid(LedgerError):
    """A setting cannot be used."""

    code = "SETTINGS_INVALID"


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(env_prefix="CUSTODY_", frozen=True, extra="ignore")

    data: Path = Path("data")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    origin: str = Field(default="localhost/custody-ledger", min_length=1, max_length=200)
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{zone!r} is no IANA time zone, such as Asia/Baku or UTC") from None
        return zone

    @field_validator("database_url")
    @classmethod
    def _address(cls, url: str) -> str:
        try:
            return str(make_url(url).render_as_string(hide_password=False)) if url else ""
        except ArgumentError:
            raise ValueError(
                "no address of a database, such as sqlite:///ledger.db or postgresql://host/name"
            ) from None

    @property
    def url(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{self.data.absolute() / 'ledger.db'}"

    @property
    def snapshots(self) -> Path:
        """The folder of the archived documents."""
        return self.data / "snapshots"


def read_settings() -> Settings:
    """The settings of the environment. Raises SettingsInvalid, naming each variable and what was expected."""
    try:
        return Settings()
    except ValidationError as invalid:
        faults = [
            # The message, not the value: an address may hold a password.
            f"CUSTODY_{str(fault['loc'][0]).upper()}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in invalid.errors()
        ]
        raise SettingsInvalid("; ".join(faults)) from None
