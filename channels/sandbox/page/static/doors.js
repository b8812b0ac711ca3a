// Signing in with one press: a door is made when it is wanted, and posted to at once.
// Cookies know hosts, so each colleague gets a host name of their own, and can be signed in
// beside the others, where this browser resolves *.localhost.

/** Make the forms lead to the desk, under the colleagues' own names if they can be reached. */
export async function doors() {
  const forms = [...document.querySelectorAll("form[data-own]")];
  const base = { of: (form) => form.dataset.shared };
  for (const form of forms) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      enter(form, base.of(form));
    });
  }
  const looks = forms.map((form) => fetch(`${form.dataset.own}/chat/v1/widget.js`));
  try {
    await Promise.all(looks);
  } catch {
    return; // the address that all share works everywhere
  }
  base.of = (form) => form.dataset.own;
  document.querySelector(".hint.shared").hidden = true;
  document.querySelector(".hint.own").hidden = false;
}

async function enter(form, base) {
  form.dataset.door ??= form.getAttribute("action");
  const asked = { method: "POST", headers: { Accept: "application/json" } };
  const answer = await fetch(form.dataset.door, asked);
  if (!answer.ok) return;
  form.action = base + (await answer.json()).door;
  form.submit(); // is no press: it does not come back here
}
