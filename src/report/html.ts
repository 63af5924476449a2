import type { Report } from "./report.js";
import { reportPlots } from "./report-plots.js";
import { CHUNK_HEADER, chunkRows, DISCLAIMER, headline, madeRows, metricRows, RUNNING, troubles } from "./rows.js";
import { COLORS, escaped } from "./svg.js";

// Nothing is loaded from anywhere and nothing runs: the policy says so to the browser, whatever a text may hold.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

const STYLE = `
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif;
  color: ${COLORS.ink}; background: ${COLORS.paper}; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid ${COLORS.faint}; vertical-align: top;
  max-width: 24rem; overflow-wrap: break-word; }
.wide td:not(:last-child) { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.value { font-weight: bold; }
.made td { width: 100%; overflow-wrap: anywhere; }
figure { margin: 1rem 0; } figure img, figure svg { max-width: 100%; height: auto; }
/* On a phone a plot is moved sideways: made small, nobody could read its numbers. */
@media screen { figure svg { min-width: 40rem; } }
figcaption, .muted { color: ${COLORS.muted}; }
.trouble { color: ${COLORS.error}; }
.wide { overflow-x: auto; }
@media print { body { margin: 0; max-width: none; } h2, figure, tr { break-inside: avoid; } }
`;

/** A report as one HTML file: it needs no other file, no network and no script. */
export function reportHtml(report: Report): string {
  const { summary, isRunning, still, remarks } = report;
  const title = `dfxterm report: ${summary.source ?? "no source"}`;
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="referrer" content="no-referrer">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    `<h1>${escaped(summary.source ?? "no source")}</h1>`,
    ...(isRunning ? [`<p>${escaped(RUNNING)}</p>`] : []),
    `<p>${escaped(headline(summary))}</p>`,
    ...troubles(summary).map((sentence) => `<p class="trouble">${escaped(sentence)}</p>`),
    "<h2>Results</h2>",
    metricTable(report),
    ...(still ? [picture(still)] : []),
    ...reportPlots(report, 960).map(
      ({ title: name, svg }) => `<figure class="wide" role="img" aria-label="${escaped(name)}">${svg}</figure>`,
    ),
    "<h2>Quality of the chunks</h2>",
    chunkTable(report),
    "<h2>How it was made</h2>",
    madeTable(report),
    ...remarks.map((sentence) => `<p class="muted">${escaped(sentence)}</p>`),
    `<p><strong>${escaped(DISCLAIMER)}</strong></p>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function metricTable({ summary }: Report): string {
  const rows = metricRows(summary).map(
    ({ label, value, unit, confidence, notes }) =>
      `<tr><th scope="row">${escaped(label)}</th><td class="number value">${escaped(value)}</td>` +
      `<td>${escaped(unit)}</td><td>${escaped(confidence)}</td><td>${escaped(notes)}</td></tr>`,
  );
  return table(["metric", "mean", "unit", "confidence", "notes"], rows);
}

function chunkTable(report: Report): string {
  const rows = chunkRows(report).map(
    (cells) => `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`,
  );
  return rows.length > 0 ? table(CHUNK_HEADER, rows) : '<p class="muted">no chunk was extracted</p>';
}

function madeTable({ summary }: Report): string {
  const rows = madeRows(summary).map(
    ([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  return `<div class="wide"><table class="made"><tbody>\n${rows.join("\n")}\n</tbody></table></div>`;
}

function table(header: readonly string[], rows: readonly string[]): string {
  const heads = header
    .map((name) => `<th scope="col"${name === "mean" ? ' class="number"' : ""}>${escaped(name)}</th>`)
    .join("");
  return `<div class="wide"><table><thead><tr>${heads}</tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table></div>`;
}

function picture(png: Uint8Array): string {
  const data = Buffer.from(png).toString("base64");
  return (
    `<figure><img alt="The face as it was measured, with the regions that were looked at" src="data:image/png;base64,${data}">` +
    "<figcaption>Still with face and regions</figcaption></figure>"
  );
}
