// Why a file should be opened with care.

import { t } from "../../core/words.js";

const RISKS = {
  program: () => t("It is a program. Opening it runs it, with all that you may do on this computer."),
  shortcut: () => t("It is a shortcut. Opening it runs what it points to."),
  disk: () => t("It is the image of a disk: what is inside escapes the scanners."),
  macros: () => t("It can hold macros: programs that run when the document is opened."),
  page: () => t("It is a page that can run scripts or ask for passwords in somebody else's name."),
  locked: () => t("It is locked with a password: no scanner could look into it."),
};

export const riskWords = (risk) => RISKS[risk]?.() ?? t("It may do harm.");
