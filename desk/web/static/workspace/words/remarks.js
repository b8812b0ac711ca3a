// What an agent should know of a message's sender before he believes or answers it.

import { t } from "../../core/words.js";
import { calendarDay } from "./time.js";

const WARNINGS = {
  unverified_sender: (detail) =>
    t("Unverified sender: {detail} does not stand behind this message. Ask before you act on it.", { detail }),
  mixed_scripts: (detail) => t("The domain {detail} mixes alphabets to look like another one.", { detail }),
  looks_like_us: (detail) => t("The domain {detail} is made to look like ours.", { detail }),
  named_like_us: (detail) => t("Calls itself “{detail}” but writes from outside.", { detail }),
  named_like_agent: (detail) => t("Has the name of an agent, “{detail}”, but another address.", { detail }),
  misleading_link: (detail) => t("A link says another address than it leads to: {detail}", { detail }),
  passed_around: (detail) => t("This case's address is used from {detail} different domains.", { detail }),
};

const ANSWERS = {
  accepted: () => t("Accepted the invitation"),
  declined: () => t("Declined the invitation"),
  tentative: () => t("May accept the invitation"),
  delegated: () => t("Passed the invitation on"),
};

const HINTS = {
  calendar: (detail) => ANSWERS[detail]?.() ?? t("Answered an invitation"),
  encrypted: () => t("Encrypted: only whoever has the key can read it. Save the original to open it."),
  signed: () => t("Signed; the signature was not checked"),
  incomplete: () => t("A part of this message is not in it: it came in pieces, or lies elsewhere"),
  more_files: (detail) => t("{detail} more files are in the original", { detail }),
  invitation: (detail) => t("Invitation: {detail}", { detail }),
  overheard: (detail) =>
    detail
      ? t("Written in the group “{detail}”: others read your answer", { detail })
      : t("Answered in a channel: others read your answer"),
  also_to: (detail) => t("Came to {detail} too", { detail }),
  back_on: (detail) => t("Back on {detail}, says this automatic answer", { detail: calendarDay(detail) }),
  away_until: (detail) => t("Away until {detail}, says this automatic answer", { detail: calendarDay(detail) }),
  forwarded_by: (detail) => t("Forwarded by {detail}", { detail }),
  written_for: (detail) => t("Sent through {detail}", { detail }),
  subject_changed: (detail) => t("Another subject than “{detail}”", { detail }),
  told: (detail) => detail,
  on_page: (detail) => t("Written on {detail}", { detail }),
  no_reply: (detail) => t("Nobody reads answers to {detail}", { detail }),
};

// [{code, text, tone}]: warnings first.
export function remarkLines({ remarks }) {
  const said = (from, tone) =>
    remarks
      .filter(({ code }) => code in from)
      .map(({ code, detail }) => ({ code, text: from[code](detail), tone }));
  return [...said(WARNINGS, "warn"), ...said(HINTS, "hint")];
}
