"""Files too large to mail: links instead."""

from msgspec.structs import replace

from channels.email.config import EmailSettings
from channels.linked_files import LinkedFiles
from desk.ports.channel import ChannelKit
from desk.ports.messages import OutboundMessage


class LargeFiles(LinkedFiles):
    """The files of one inbox that are linked to; `blobs` is set while it runs."""

    def __init__(self, inbox: str, settings: EmailSettings, kit: ChannelKit) -> None:
        super().__init__("email", inbox, settings.links_days, kit)
        self._most_bytes = settings.largest_files_bytes

    def fitted(self, message: OutboundMessage) -> OutboundMessage:
        """Return `message` as it can be mailed: with links where its files are too large."""
        if sum(one.size_bytes for one in message.attachments) <= self._most_bytes:
            return message
        links = "\n".join(self.link(one, message.written_at) for one in message.attachments)
        return replace(message, text=f"{message.text}\n\n{links}".strip(), attachments=())
