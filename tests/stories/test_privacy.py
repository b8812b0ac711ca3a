"""An admin hands a customer what is kept about him, and may call an erasure off."""

import io
import zipfile

from desk.http.permissions import Role
from desk.privacy import queries
from tests.stories.test_corrections import only_case
from tests.world import World


async def test_an_admin_fetches_an_archive_and_calls_off_an_erasure(parley: World) -> None:
    async with parley.hire("Root", Role.ADMIN) as root, parley.hire("Alice") as alice:
        await parley.telegram.customer(7, "Ada", "Lund").send("My lamp flickers")
        await only_case(parley)
        made = await root.post("/api/v1/customers/1/archive")
        await parley.until(lambda c: queries.one(c, made["id"]).blob)
        async with root.http.get(f"/api/v1/privacy/requests/{made['id']}/archive") as answer:
            packed = zipfile.ZipFile(io.BytesIO(await answer.read()))
        assert "My lamp flickers" in packed.read("index.html").decode()
        asked = await root.post("/api/v1/customers/1/erasure", name="Ada Lund")
        async with root.http.get("/privacy") as page:
            shown = await page.text()
        assert "Erasure" in shown
        assert "begins at" in shown
        async with root.http.get("/privacy/customers/1") as page:
            assert "Type “Ada Lund” to confirm" in await page.text()
        async with root.http.delete(f"/api/v1/privacy/requests/{asked['id']}") as gone:
            assert gone.status < 300
        listed = (await root.get("/api/v1/privacy/requests"))["items"]
        assert [one["state"] for one in listed] == ["cancelled", "done"]
        async with alice.http.post("/api/v1/customers/1/archive") as refused:
            assert refused.status == 403
