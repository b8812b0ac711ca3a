// Where a reply goes: where the customer last wrote, unless the agent chooses another way.

import { h } from "../../core/dom.js";
import { computed } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { words } from "../words/states.js";
import { channelGlyph } from "./glyph.js";
import { menu } from "./menu.js";

// The identity that replies go to by themselves: as the desk decides it.
export function lastPlace(detail) {
  const wrote = (item) => item.type === "message" && item.author === "customer" && !item.automation;
  const last = detail?.timeline.findLast(wrote);
  return detail?.customer.identities.find((one) => one.id === last?.identity_id) ?? null;
}

export function addressMenu(row, detail, chosen) {
  const usual = computed(() => lastPlace(detail()));
  const goes = computed(
    () => detail()?.customer.identities.find((one) => one.id === chosen()) ?? usual(),
  );
  const label = () => {
    const one = goes();
    if (!one) return [channelGlyph(row().channel), words(row().channel)];
    return [
      channelGlyph(one.channel),
      nameOf(one),
      one.reachable ? "" : h("span", { class: "bad" }, t("not reachable")),
    ];
  };
  const choices = () =>
    (detail()?.customer.identities ?? []).map((one) => ({
      text: `${words(one.channel)}: ${nameOf(one)}`,
      hint: one.reachable
        ? one.id === usual()?.id
          ? t("last wrote here")
          : ""
        : t("not reachable"),
      chosen: one.id === goes()?.id,
      pick: () => chosen.set(one.id === usual()?.id ? null : one.id),
    }));
  return menu({ kind: "quiet address", name: () => t("Goes to"), label, items: choices });
}

// Addresses that mean nothing to people are shown by name.
const readable = /@|^\+?\d{7,15}$/;
export const nameOf = (identity) =>
  readable.test(identity.address)
    ? identity.address
    : identity.name || identity.profile.username || words(identity.channel);
