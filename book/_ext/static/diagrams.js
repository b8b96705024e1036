// Draws the diagrams of a page in the colors of the theme, and again when the theme changes.
const diagrams = [...document.querySelectorAll("pre.diagram")].map((element) => ({
  element,
  source: element.textContent,
}));

function themeColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--pst-color-${name}`).trim();
}

async function drawDiagrams() {
  if (document.documentElement.dataset.theme === "auto") return; // not decided, no colors yet
  const ink = themeColor("text-base");
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    theme: "base",
    fontFamily: getComputedStyle(document.body).fontFamily,
    themeVariables: {
      background: themeColor("background"),
      primaryColor: themeColor("surface"),
      primaryTextColor: ink,
      primaryBorderColor: themeColor("primary"),
      lineColor: themeColor("text-muted"),
      textColor: ink,
      edgeLabelBackground: themeColor("background"),
      clusterBkg: themeColor("background"),
      clusterBorder: themeColor("border"),
      useGradient: false,
      dropShadow: "none",
    },
  });
  for (const [k, { element, source }] of diagrams.entries()) {
    const { svg } = await mermaid.render(`diagram-${k}`, source);
    element.innerHTML = svg;
  }
}

new MutationObserver(drawDiagrams).observe(document.documentElement, {
  attributeFilter: ["data-theme"],
});
drawDiagrams();
