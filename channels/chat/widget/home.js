// Where this script came from: the desk that serves it is the desk it talks to.

export const script = document.currentScript;

/** The desk's address, without a slash at the end. */
export const HOME = new URL("../..", script?.src ?? location.href).href.replace(/\/$/, "");
