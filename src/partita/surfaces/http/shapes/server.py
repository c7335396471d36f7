"""What the server says about itself."""

import msgspec


class Health(msgspec.Struct, frozen=True):
    """Whether it is alive, or ready."""

    status: str


class Version(msgspec.Struct, frozen=True):
    """Which program answers, and which interface it speaks."""

    name: str
    version: str
    api: str
