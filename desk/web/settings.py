"""What the shell can be told."""

from urllib.parse import urlsplit

from msgspec import Struct

MIB = 1024 * 1024


class WebSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The web side of the desk."""

    public_url: str = "http://127.0.0.1:8080"  # as browsers see it; without a slash at the end
    trusted_origins: tuple[str, ...] = ()  # other origins whose pages may post here
    trusted_proxies: int = 0  # how many proxies in front of us add to X-Forwarded-For
    body_most_bytes: int = 25 * MIB
    product: str = "Parley"
    reload: bool = False  # read templates and assets anew each time: for those who write them

    @property
    def secure(self) -> bool:
        """Return whether browsers reach the desk over https."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def origins(self) -> frozenset[str]:
        """Return every origin whose pages may post here."""
        own = urlsplit(self.public_url)
        return frozenset({f"{own.scheme}://{own.netloc}", *self.trusted_origins})
