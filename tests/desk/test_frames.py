"""A message with its own formatting: its own pictures are in it, those from elsewhere are not."""

import pytest

from desk.web.frames import framed

OWN = {"logo@x": "data:image/png;base64,AAAA"}


def test_pictures_of_the_message_are_in_the_frame() -> None:
    assert 'src="data:image/png;base64,AAAA"' in framed('<img src="cid:logo@x">', OWN, remote=False)
    assert "src" not in framed('<img src="cid:another@x" alt="x">', OWN, remote=True)


def test_pictures_from_elsewhere_are_loaded_on_demand_only() -> None:
    html = '<p>Hi <img alt="Sale" src="https://shop.example/sale.png"></p>'
    assert "shop.example" not in framed(html, {}, remote=False)
    assert 'alt="Sale"' in framed(html, {}, remote=False)
    assert "shop.example" in framed(html, {}, remote=True)


@pytest.mark.parametrize("size", ['width="1" height="1"', 'height="0"', 'width="1px"'])
def test_what_only_tells_that_a_mail_was_opened_is_never_loaded(size: str) -> None:
    assert "src" not in framed(f'<img {size} src="http://spy.example/x">', {}, remote=True)
