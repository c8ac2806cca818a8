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

    @property
    def url(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{self.data.absolute() / 'ledger.db'}"

    @property
    def snapshots(self) -> Path:
        """The folder of the archived documents."""
        return self.data / "snapshots"


def read_settings() -> Settings:
    """The settings of the environment. Raises SettingsInvalid, naming the variable and what stands there."""
    try:
        return Settings()
    except ValidationError as invalid:
        faults = [
            f"CUSTODY_{str(fault['loc'][0]).upper()}: {fault['msg']}, found {fault['input']!r}"
            for fault in invalid.errors()
        ]
        raise SettingsInvalid("; ".join(faults)) from None
