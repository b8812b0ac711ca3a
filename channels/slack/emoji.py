"""Slack's names of emoji, as far as people put them on messages; others are shown by their name."""

_BY_NAME = {
    "+1": "👍",
    "thumbsup": "👍",
    "-1": "👎",
    "thumbsdown": "👎",
    "heart": "❤",
    "tada": "🎉",
    "eyes": "👀",
    "pray": "🙏",
    "clap": "👏",
    "fire": "🔥",
    "100": "💯",
    "ok_hand": "👌",
    "wave": "👋",
    "raised_hands": "🙌",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔",
    "x": "❌",
    "question": "❓",
    "exclamation": "❗",
    "rocket": "🚀",
    "joy": "😂",
    "smile": "😄",
    "slightly_smiling_face": "🙂",
    "disappointed": "😞",
    "cry": "😢",
    "sob": "😭",
    "rage": "😡",
    "thinking_face": "🤔",
    "bow": "🙇",
    "ticket": "🎫",
}
_BY_EMOJI = {emoji: name for name, emoji in reversed(_BY_NAME.items())}


def shown(name: str) -> str:
    """Return what Slack calls `name`: the emoji, or `:name:`. Skin tones are left out."""
    bare = name.partition("::")[0]
    return _BY_NAME.get(bare, f":{bare}:")


def name_of(emoji: str) -> str | None:
    """Return Slack's name of an emoji, None for one that is not known here."""
    return _BY_EMOJI.get(emoji)
