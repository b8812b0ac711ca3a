"""Pages of signing in and out; they work without JavaScript."""

from typing import Annotated

from msgspec import Meta, Struct

from desk.agents import rules
from desk.agents.api import end_session
from desk.agents.doorkeeper import DOORKEEPER, place_of
from desk.agents.sign_in import SIGN_IN, find_link
from desk.http import Call, Html, Need, Redirect, Routes
from desk.kit.errors import DeskError, NotSignedIn, TooOften
from desk.kit.ids import hash_token

routes = Routes()


class Onward(Struct, frozen=True):
    """Where to go after signing in: an address on this site."""

    next: str = "/"


class SignInForm(Struct, frozen=True):
    """The fields of the sign-in page."""

    email: Annotated[str, Meta(max_length=254)] = ""
    password: Annotated[str, Meta(max_length=1000)] = ""
    next: str = "/"


@routes.page("/sign-in", needs=Need.NOBODY)
async def sign_in_page(call: Call, query: Onward) -> Html | Redirect:
    """Show the sign-in form, or go on when the caller is signed in."""
    if call.who is not None:
        return Redirect(rules.safe_next(query.next))
    return _form(SignInForm(next=rules.safe_next(query.next)))


@routes.form("/sign-in", needs=Need.NOBODY)
async def sign_in(call: Call, body: SignInForm) -> Html | Redirect:
    """Sign in and go on, or show the form again with what is wrong."""
    place = place_of(call.request)
    try:
        token = await call.get(SIGN_IN).by_password(body.email, body.password, place)
    except (NotSignedIn, TooOften) as refused:
        return _form(body, refused)
    call.set_cookie(call.get(DOORKEEPER).cookie(token))
    return Redirect(rules.safe_next(body.next))


@routes.page("/sign-in/link/{token}", needs=Need.NOBODY)
async def link_page(call: Call, token: str, query: Onward) -> Html:
    """Show one button: looking at a link, as mail scanners do, must not use it up."""
    name = await call.db.read(find_link, hash_token(token), call.clock.now())
    return Html("sign_in_link.html", {"name": name, "next": rules.safe_next(query.next)})


@routes.form("/sign-in/link/{token}", needs=Need.NOBODY)
async def use_link(call: Call, token: str, body: Onward) -> Redirect:
    """Use a link up: sign in and go on."""
    session = await call.get(SIGN_IN).by_link(token, place_of(call.request))
    call.set_cookie(call.get(DOORKEEPER).cookie(session))
    return Redirect(rules.safe_next(body.next))


@routes.page("/sign-out", needs=Need.NOBODY)
async def sign_out_page(call: Call) -> Html:
    """Ask: a link alone, which any page can hold, must not sign anybody out."""
    return Html("sign_out.html")


@routes.form("/sign-out", needs=Need.NOBODY)
async def sign_out(call: Call) -> Redirect:
    """End the session and show the sign-in page."""
    await end_session(call)
    return Redirect("/sign-in")


def _form(filled: SignInForm, refused: DeskError | None = None) -> Html:
    status = refused.status if refused else 200
    data = {"email": filled.email, "next": rules.safe_next(filled.next), "refused": refused}
    return Html("sign_in.html", data, status=status)
