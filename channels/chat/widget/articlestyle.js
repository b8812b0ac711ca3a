// The looks of an article that is read inside the panel.

export const ARTICLE_CSS = `
.reading > .log, .reading > .ask { display: none }
.reader { flex: 1; min-block-size: 0; display: flex; flex-direction: column }
.bar { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 0 8px;
  border-block-end: 1px solid var(--hair) }
.back { outline-offset: -2px; min-block-size: 44px; padding: 0 8px; border-radius: 10px; font-weight: 600;
  color: light-dark(#4338ca, #a5b4fc) }
.back:hover { background: var(--bot) }
.news { font-size: 12px; font-weight: 600; color: light-dark(#4338ca, #a5b4fc); padding-inline-end: 8px }
.page { flex: 1; overflow: auto; overscroll-behavior: contain; padding: 16px; overflow-wrap: anywhere;
  outline-offset: -2px }
.page > * + * { margin-block-start: 12px }
.page .heading { font-size: 15px; margin-block-start: 20px }
.page li + li { margin-block-start: 4px }
.page a { color: light-dark(#4338ca, #a5b4fc) }
h3 { font-size: 18px; line-height: 1.3; font-weight: 600 }
.elsewhere { display: inline-flex; align-items: center; min-block-size: 44px; font-weight: 600 }
.elsewhere::after { content: "↗"; padding-inline-start: 6px }
`;
