// Who writes: identities, how sure we are, what his clock shows, what else he wrote about.

import { h } from "../../core/dom.js";
import { computed } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { ask } from "../store/ask.js";
import * as cases from "../store/cases.js";
import { inboxes, me } from "../store/furniture.js";
import { now } from "../store/now.js";
import { addressOf, drawer, goToCase, goToView, number, pane } from "../store/place.js";
import { brief, who, words } from "../words/states.js";
import { age, exact, localTime } from "../words/time.js";
import { nameOf } from "./address.js";
import { insert } from "./composer.js";
import { channelGlyph, icon } from "./glyph.js";
import { known, offered } from "./known.js";
import { given } from "./ratings.js";
import { menu } from "./menu.js";
import { sameness } from "./sameness.js";
import { tell } from "./toast.js";

const ASSURANCE = {
  none: () => t("not proved"),
  channel: () => t("by the channel"),
  verified: () => t("verified"),
};
// Channels whose inboxes can be opened by a link that proves who comes.
const BY_LINK = new Set(["telegram"]);

export function customerPane() {
  const detail = computed(() => cases.open());
  const close = () => {
    drawer.set(false);
    if (pane.peek() === "customer") pane.set("case");
  };
  return h(
    "aside",
    { class: "pane customer", "aria-label": t("Customer"), hidden: () => number() === null },
    h(
      "button",
      {
        class: "button quiet square shut",
        type: "button",
        "aria-label": t("Close"),
        onclick: close,
      },
      icon("cross"),
    ),
    () => (detail() ? about(detail()) : null),
  );
}

function about(detail) {
  const { case: one, customer, other_cases: others } = detail;
  return [
    h("h2", {}, who(customer.name), privacy(customer)),
    h("dl", { class: "facts" }, facts(customer), known(customer.facts)),
    offered(customer.facts),
    sameness(detail),
    h("h3", {}, t("Reachable by")),
    h("ul", { class: "identities" }, customer.identities.map(identity), typed(customer)),
    invitations(one, customer),
    given(detail.ratings),
    h("h3", {}, t("Other cases")),
    others.length
      ? h("ul", { class: "others" }, others.map(other))
      : h("p", { class: "meta" }, t("None. This is the first.")),
    others.length > 9
      ? h(
          "button",
          {
            class: "button quiet",
            type: "button",
            onclick: () => goToView(`customer:${customer.id}`),
          },
          t("Show all"),
        )
      : null,
  ];
}

// An archive of what is kept about somebody, or his erasure: for admins.
const privacy = (customer) =>
  me().role === "admin"
    ? h("a", { class: "meta privacy", href: `/privacy/customers/${customer.id}` }, t("Privacy"))
    : null;

function facts(customer) {
  const language =
    customer.language &&
    new Intl.DisplayNames(undefined, { type: "language" }).of(customer.language);
  const fact = (name, value) => (value ? [h("dt", {}, name), h("dd", {}, value)] : null);
  return [
    fact(
      t("Their time"),
      customer.zone ? () => `${localTime(customer.zone, now())} · ${customer.zone}` : null,
    ),
    fact(t("Language"), language),
    fact(
      t("Here since"),
      h(
        "span",
        { title: exact(customer.created_at) },
        new Date(customer.created_at).toLocaleDateString(),
      ),
    ),
  ];
}

function identity(one) {
  const away = one.reachable
    ? null
    : h("span", { class: "bad" }, one.unreachable_reason || t("not reachable"));
  return h(
    "li",
    {},
    channelGlyph(one.channel),
    h(
      "div",
      {},
      h("span", { class: "address" }, nameOf(one)),
      h(
        "span",
        { class: "meta" },
        `${words(one.channel)} · ${ASSURANCE[one.assurance]?.() ?? one.assurance}`,
        away ? " · " : null,
        away,
        one.blocked ? [" · ", h("span", { class: "bad" }, t("blocked"))] : null,
      ),
    ),
    blockMenu(one),
  );
}

// Addresses that somebody typed where nothing proves them, as in a chat's form: to be read only.
function typed({ identities }) {
  const proved = new Set(identities.map((one) => one.address.toLowerCase()));
  const said = identities
    .filter((one) => one.assurance === "none" && one.profile.email)
    .map((one) => one.profile.email)
    .filter((email) => !proved.has(email.toLowerCase()));
  return [...new Set(said)].map((email) =>
    h(
      "li",
      {},
      channelGlyph("email"),
      h(
        "div",
        {},
        h("span", { class: "address" }, email),
        h("span", { class: "meta" }, t("typed, not proved")),
      ),
    ),
  );
}

// What he writes is set aside, and nobody outside is told.
function blockMenu(one) {
  const set = (blocked, domain = false) => async () => {
    try {
      await ask("PUT", `identities/${one.id}/blocked`, { blocked, domain });
      await cases.refresh(number.peek());
    } catch (refused) {
      tell(refused.message, { bad: true });
    }
  };
  const place = one.address.split("@")[1];
  const items = one.blocked
    ? [{ text: t("Unblock"), pick: set(false) }]
    : [
        { text: t("Block {who}", { who: nameOf(one) }), pick: set(true) },
        place ? { text: t("Block everybody at {place}", { place }), pick: set(true, true) } : null,
      ].filter(Boolean);
  return menu({
    kind: "quiet square",
    name: () => t("More about {who}", { who: nameOf(one) }),
    label: () => [icon("more")],
    items: () => items,
  });
}

function invitations(one, customer) {
  const has = new Set(customer.identities.map((known) => known.channel));
  const open = inboxes.filter((inbox) => BY_LINK.has(inbox.channel) && !has.has(inbox.channel));
  return open.map((inbox) =>
    h(
      "button",
      { class: "button wide", type: "button", onclick: () => invite(one.number, inbox) },
      channelGlyph(inbox.channel),
      t("Invite to {name}", { name: words(inbox.channel) }),
    ),
  );
}

async function invite(one, inbox) {
  try {
    const { link, minutes } = await ask("POST", `cases/${one}/links`, { inbox: inbox.key });
    pane.set("case");
    insert(
      t("You can go on with this in {channel}: {link}", { channel: words(inbox.channel), link }),
    );
    tell(t("The link is in your reply. It works once, for {minutes} minutes.", { minutes }));
  } catch (refused) {
    tell(refused.message, { bad: true });
  }
}

function other(one) {
  const open = (event) => {
    if (event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    goToCase(one.number);
  };
  return h(
    "li",
    {},
    h(
      "a",
      { href: addressOf(one.number), onclick: open },
      h("span", {}, one.subject || one.preview),
      h(
        "span",
        { class: "meta" },
        channelGlyph(one.channel),
        ` #${one.number} · ${brief(one.status)} · `,
        () => age(one.last_message_at, now()),
      ),
    ),
  );
}
