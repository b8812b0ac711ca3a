// Signed out meanwhile: sign in again in place. Nothing typed is lost.

import { h } from "../../core/dom.js";
import { effect, signal } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { ask, signedOut } from "../store/ask.js";
import { me } from "../store/furniture.js";
import { hurry } from "../store/live.js";
import { sendAgain } from "../store/outbox.js";
import { dialog } from "./dialog.js";

let close = null;

// The session is there again: go on with the live feed and with what waited.
function goOn() {
  close?.();
  signedOut.set(false);
  hurry();
  sendAgain();
}

export function askToSignIn() {
  addEventListener("focus", async () => {
    if (!signedOut.peek()) return;
    const who = await ask("GET", "me").catch(() => null);
    if (who?.id === me.peek().id) goOn();
    else if (who) location.reload();
  });
  effect(() => {
    if (!signedOut()) return;
    const failed = signal("");
    const password = h("input", {
      class: "input large",
      type: "password",
      autocomplete: "current-password",
      required: true,
      autofocus: true,
      "aria-label": t("Password"),
    });
    const enter = async (event) => {
      event.preventDefault();
      try {
        const who = await ask("POST", "session", {
          email: me.peek().email,
          password: password.value,
        });
        if (who.id !== me.peek().id) return location.reload();
      } catch (refused) {
        failed.set(refused.message);
        return undefined;
      }
      return goOn();
    };
    close = dialog(
      t("You are signed out"),
      h(
        "form",
        { class: "sign-in-again", onsubmit: enter },
        h(
          "p",
          {},
          t("Your drafts are safe. Sign in again as {email} to go on where you were.", {
            email: me.peek().email,
          }),
        ),
        h("p", { class: "notice bad", role: "alert", hidden: () => !failed() }, failed),
        password,
        h("button", { class: "button primary wide" }, t("Sign in")),
        h(
          "p",
          { class: "meta" },
          h(
            "a",
            { href: "/sign-in", target: "_blank", rel: "noopener" },
            t("Sign in another way, in a new tab"),
          ),
        ),
      ),
      { closable: false },
    );
  });
}
