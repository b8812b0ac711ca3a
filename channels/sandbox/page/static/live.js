// What changes on the server, as it changes.

/** Call `shows[name](value)` with the latest value of each name, now and after every change. */
export function live(shows) {
  const source = new EventSource("/live");
  const lost = document.querySelector(".lost");
  for (const [name, show] of Object.entries(shows)) {
    source.addEventListener(name, (event) => show(JSON.parse(event.data)));
  }
  source.addEventListener("open", () => { lost.hidden = true; });
  source.addEventListener("error", () => { lost.hidden = false; });
}
