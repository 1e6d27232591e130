// DOM elements, numbers and texts. Texts come from predictions and datasets: they only ever become text nodes and
// attributes.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on"))
      node.addEventListener(name.slice(2), value);
    else
      node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== undefined && child !== null && child !== false) node.append(child);
  }
  return node;
}

const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isTally = (value) => isObject(value) && typeof value.n === "number" && ("sum" in value || "percent" in value);

// ---- numbers -----------------------------------------------------------------------------------------------------

const THIN = "\u202f";  // separates groups of digits
const DASH = "\u2013";

const count = (n) => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, THIN);

const counted = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

// 100 * sum / n; if the sum is an integer, the exact fraction is rounded half up.
function percent(tally, digits = 2) {
  if (!tally || !tally.n) return DASH;
  const scale = 10 ** digits;
  if (Number.isInteger(tally.sum)) {
    const hundredths = Math.floor((200 * scale * tally.sum + tally.n) / (2 * tally.n));
    return (hundredths / scale).toFixed(digits);
  }
  return (tally.percent ?? (100 * tally.sum) / tally.n).toFixed(digits);
}

const fraction = (tally) => tally.sum === undefined ?
    `n = ${count(tally.n)}` :
    `${Number.isInteger(tally.sum) ? count(tally.sum) : tally.sum.toFixed(2)}${THIN}/${THIN}${count(tally.n)}`;

// A minus sign instead of a hyphen, and none before zero.
const fixed = (x, digits = 2) => x.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "\u2212");
const signed = (x, digits = 2) => (x < 0 ? "\u2212" : x > 0 ? "+" : "") + Math.abs(x).toFixed(digits);
const range = (pair, digits = 2, form = (x) => fixed(x, digits)) =>
    Array.isArray(pair) && pair.every(Number.isFinite) ? `${form(pair[0])} ${DASH} ${form(pair[1])}` : "";

function pValue(p) {
  if (typeof p !== "number") return DASH;
  if (p >= 0.001) return p.toFixed(3);
  return p === 0 ? "< 1e-300" : p.toExponential(1).replace("-", "\u2212");
}

function plainNumber(x) {
  if (Number.isInteger(x)) return count(Math.abs(x)).replace(/^/, x < 0 ? "\u2212" : "");
  const size = Math.abs(x);
  return size >= 1000 || size < 0.0001 ? x.toPrecision(4) : x.toFixed(size >= 10 ? 2 : 4);
}

// ---- texts -------------------------------------------------------------------------------------------------------

const UPPER = {
  iou: "IoU",
  n: "n",
  ece: "ECE",
  auroc: "AUROC",
  aurc: "AURC",
  id: "id",
  sha256: "SHA-256",
  f1: "F1",
  bleu: "BLEU",
  mcnemar: "McNemar"
};
const words = (key) => String(key)
                           .replace(/95_percent$/, "95 %")
                           .replace(/_percent$/, " %")
                           .split("_")
                           .map((word) => UPPER[word] || word)
                           .join(" ");
const title = (key) => {
  const text = words(key);
  return text.charAt(0).toUpperCase() + text.slice(1);
};
const isDigest = (text) => /^[0-9a-f]{32,128}$/.test(text);

function copyButton(text, label, shown) {
  const button =
      el("button", {class: "copy", type: "button", title: `Copy: ${text}`, "aria-label": `Copy ${label}`},
         shown || "copy");
  button.addEventListener("click", async () => {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(
          button.previousElementSibling || button);  // no clipboard: select for copying by hand
      button.textContent = "selected";
    }
    setTimeout(() => {
      button.textContent = before;
    }, 1200);
  });
  return button;
}

// Wraps the parts of `text` that match `needles` (lower case) in <mark>.
function marked(text, needles) {
  if (!needles.length || !text) return [text];
  const escaped = needles.map((needle) => needle.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const parts = text.split(new RegExp(`(${escaped.join("|")})`, "gi"));
  return parts.map((part, i) => (i % 2 ? el("mark", {}, part) : part));
}
