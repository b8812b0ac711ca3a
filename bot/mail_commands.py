"""`parley mail …`: mail handed over by hand, its meaning, read anew, tried there and back."""

import sys
from pathlib import Path

import click

from bot.console import FAILED, go, settings_of


@click.group()
def mail() -> None:
    """E-mail by hand: pipe it in, see what it means, read it anew, check the way there and back."""


@mail.command()
@click.argument("inbox")
@click.option("--sender", default="", help="The envelope's sender.")
@click.option("--recipient", multiple=True, help="The envelope's recipient; may be repeated.")
@click.pass_obj
def pipe(path: Path | None, inbox: str, sender: str, recipient: tuple[str, ...]) -> None:
    """Hand one mail from standard input to the running desk, as a mail server's pipe does.

    The INBOX needs post.token. It ends with 0 when the mail is kept, 75 when it should be tried
    again, 65 when it never will be taken, 77 when the token is wrong.
    """
    from bot.mail import Envelope, hand_over

    raw = sys.stdin.buffer.read()
    done = go(hand_over(settings_of(path), inbox, raw, Envelope(sender, recipient)))
    if done.words:
        click.echo(f"parley: {done.words}", err=True)
    sys.exit(done.code)


@mail.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("inbox")
@click.option("--dry-run", is_flag=True, help="Only say what the mail means; hand nothing over.")
@click.pass_obj
def replay(path: Path | None, file: Path, inbox: str, dry_run: bool) -> None:
    """Hand a mail in a FILE (.eml) to the running desk's INBOX, or say what it would be there."""
    from bot.mail import Envelope, hand_over, meaning

    config = settings_of(path)
    if dry_run:
        for line in meaning(config, inbox, file.read_bytes()):
            click.echo(line)
        return
    done = go(hand_over(config, inbox, file.read_bytes(), Envelope()))
    click.echo(done.words or "The desk has it.", err=bool(done.code))
    if done.code:
        sys.exit(FAILED)


@mail.command()
@click.option("--inbox", help="Of this inbox only.")
@click.option("--dry-run", is_flag=True, help="Only count what would change.")
@click.pass_obj
def reparse(path: Path | None, inbox: str | None, dry_run: bool) -> None:
    """Read every stored mail anew, after an upgrade that reads better. Ids stay as they are."""
    from bot.mail import reparse as read_anew

    done = go(read_anew(settings_of(path), inbox, dry_run=dry_run))
    verb = "would change" if dry_run else "changed"
    click.echo(f"{done.changed} of {done.read} messages {verb}.")


@mail.command()
@click.option("--unmatched", is_flag=True, help="Reports about messages that nobody here sent.")
@click.option("--retry", type=int, help="Try this one again.")
@click.option("--discard", type=int, help="Take this one off the list.")
@click.pass_obj
def quarantine(path: Path | None, unmatched: bool, retry: int | None, discard: int | None) -> None:
    """List what could not be recorded, with its reason; try one again, or discard it."""
    from bot.mail import set_aside

    work = set_aside(settings_of(path), unmatched=unmatched, retry=retry, discard=discard)
    for line in go(work):
        click.echo(line)


@mail.command()
@click.argument("inbox")
@click.pass_obj
def history(path: Path | None, inbox: str) -> None:
    """Count what is in the INBOX's mailbox already: what imap.take_existing would bring.

    Nothing is read, marked or changed.
    """
    from bot.mail import history_of

    for line in go(history_of(settings_of(path), inbox)):
        click.echo(line)


@mail.command()
@click.argument("inbox")
@click.pass_obj
def check(path: Path | None, inbox: str) -> None:
    """Send a mail from the INBOX to itself and wait for it: proves both ways before you rely on it.

    It is marked as the desk's own, so that no case is opened by it.
    """
    from bot.mail import round_trip

    finding = go(round_trip(settings_of(path), inbox))
    click.echo(f"{'ok ' if finding.ok else 'NOT'} {inbox} · {finding.what}: {finding.detail}")
    if not finding.ok:
        click.echo(finding.mend, err=True)
        sys.exit(FAILED)
