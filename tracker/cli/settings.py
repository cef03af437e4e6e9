"""The config file, and the places that the system gives a program for its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: What the config file may say; each is a text.
KEYS = ("db", "by")


def config_path() -> Path:
    """Where the config file is looked for."""
    from platformdirs import user_config_path

    return user_config_path("tracker", appauthor=False) / "config.toml"


def default_database() -> Path:
    """The database that is used when none is named anywhere."""
    from platformdirs import user_data_path

    return user_data_path("tracker", appauthor=False) / "tracker.db"


def read_settings(path: Path) -> Mapping[str, str]:
    """What the config file at *path* says; nothing if there is none."""
    import tomllib

    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise CalledWrongly(f"the config file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise CalledWrongly(f"the config file {path} is not valid TOML: {error}") from error
    return _checked(settings, path)


def _checked(settings: Mapping[str, Any], path: Path) -> Mapping[str, str]:
    for key, value in settings.items():
        if key not in KEYS:
            known = " and ".join(f"'{name}'" for name in KEYS)
            raise CalledWrongly(f"the config file {path} sets '{key}', but only {known} can be set")
        if not isinstance(value, str) or not value:
            raise CalledWrongly(f"the config file {path} must set '{key}' to a text in quotes")
    return settings


def database_beside(value: str, config: Path) -> str:
    """The database named *value* in the file *config*; a relative path starts from that file."""
    from pathlib import Path

    if "://" in value:
        return value
    try:
        return str(config.parent / Path(value).expanduser())
    except RuntimeError:  # there is no such user
        raise CalledWrongly(f"the config file {config} names a home of nobody: {value}") from None
