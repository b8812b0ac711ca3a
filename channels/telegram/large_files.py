"""Files larger than a bot may send: links instead, where the desk can be reached from outside."""

from urllib.parse import urlsplit

from msgspec.structs import replace

from channels.linked_files import LinkedFiles
from channels.telegram.render import UPLOAD_BYTES
from desk.ports.channel import ChannelKit
from desk.ports.messages import OutboundMessage

_HERE = ("", "localhost", "127.0.0.1", "::1")


class LargeFiles(LinkedFiles):
    """The files of one inbox that are linked to; `blobs` is set while it runs."""

    def __init__(self, inbox: str, days: int, kit: ChannelKit) -> None:
        super().__init__("telegram", inbox, days, kit)
        self.are_linked = (urlsplit(kit.public_url).hostname or "") not in _HERE

    def fitted(self, message: OutboundMessage) -> OutboundMessage:
        """Return `message` as a bot can send it: with links where its files are too large."""
        large = [one for one in message.attachments if one.size_bytes > UPLOAD_BYTES]
        if not large or not self.are_linked:
            return message
        rest = tuple(one for one in message.attachments if one not in large)
        links = "\n".join(self.link(one, message.written_at) for one in large)
        return replace(message, text=f"{message.text}\n\n{links}".strip(), attachments=rest)
