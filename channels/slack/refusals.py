"""What a failed call to Slack's Web API means for whoever sent: Slack's words as our errors."""

from desk.kit.errors import (
    ChannelBroken,
    ChannelBusy,
    DeskError,
    Refusal,
    Uncertain,
    Undeliverable,
)

_OUTAGE_S = 5.0
_LIMITED_S = 30.0

_BUSY = {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"}
_CONTENT = {
    "msg_too_long": "The message is too long for Slack.",
    "msg_blocks_too_long": "The message is too long for Slack.",
    "message_truncated": "Slack cut the message; the cut one was taken back.",
    "invalid_blocks": "Slack does not take the message's format.",
    "invalid_blocks_format": "Slack does not take the message's format.",
    "invalid_attachments": "Slack does not take the message's format.",
    "no_text": "The message is empty for Slack.",
    "file_too_large": "The file is too large for Slack.",
    "storage_limit_reached": "The workspace has no room left for files.",
}
_GONE = {
    "channel_not_found": "Slack has no such conversation, or the app may not see it.",
    "is_archived": "The channel is archived; unarchive it to write there.",
    "not_in_channel": "The app is not in the channel; invite it there.",
    "user_not_found": "Slack has no such person any more.",
    "user_disabled": "The person's account is switched off.",
    "user_not_visible": "The app may not see this person.",
    "cannot_dm_bot": "Slack does not let apps write to apps.",
    "messages_tab_disabled": "The app's messages are switched off; allow them under App Home.",
    "restricted_action": "The workspace lets only some people write there.",
    "restricted_action_read_only_channel": "The channel is read-only.",
    "restricted_action_thread_only_channel": "The channel takes only replies.",
    "channel_is_limited_access": "The channel lets only some people write.",
}
_CONTEXT = {
    "thread_not_found",
    "message_not_found",
    "cannot_reply_to_message",
    "already_reacted",
    "no_reaction",
}
_BROKEN = {
    "token_revoked": "The app was removed from the workspace: install it again.",
    "token_expired": "The token has expired: put a new one in place.",
    "account_inactive": "The app's account is switched off: install it again.",
    "invalid_auth": "Slack does not know the token: copy it again.",
    "not_authed": "There is no token: set it.",
    "missing_scope": "The app lacks a permission: add it and reinstall the app.",
    "no_permission": "The app lacks a permission: add it and reinstall the app.",
    "not_allowed_token_type": "The wrong kind of token: the bot has xoxb-, the app xapp-.",
    "access_denied": "The workspace does not let the app in.",
    "team_access_not_granted": "The workspace does not let the app in.",
    "org_login_required": "The workspace is being moved; try again when that is done.",
}


def meaning(
    error: str, *, status: int = 200, retry_after_s: float | None = None, needed: str = ""
) -> DeskError:
    """Return the error that Slack's word `error`, or an HTTP `status`, is for us.

    A word we do not know is taken as a refusal of the content: tried once plainly, then failed
    with the word shown; nobody's identity is marked for it.
    """
    if status == 429 or error in {"ratelimited", "rate_limited"}:
        return ChannelBusy("Slack asks us to slow down.", retry_after_s or _LIMITED_S)
    if status >= 500 or error in _BUSY:
        return ChannelBusy(f"Slack is in trouble ({error or status}).", retry_after_s or _OUTAGE_S)
    if error == "request_timeout":
        return Uncertain("Slack did not get the whole message in time, or says so.")
    if error in _BROKEN:
        return ChannelBroken(_BROKEN[error] + (f" It needs {needed}." if needed else ""))
    if error in _GONE:
        return Undeliverable(_GONE[error], Refusal.GONE)
    if error in _CONTEXT:
        return Undeliverable("The thread answered to is gone.", Refusal.CONTEXT)
    told = _CONTENT.get(error) or f"Slack refuses the message ({error or f'status {status}'})."
    return Undeliverable(told, Refusal.CONTENT)
