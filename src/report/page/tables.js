// Tables: plain ones, tallies with a forest plot, heat maps, and generic JSON.

// Stays in view when a wide table is scrolled on a narrow screen.
const captionOf = (text) => el("caption", {}, el("span", {}, text));

// columns: [{label, numeric}]; rows: lists of cells (texts or nodes).
function dataTable(caption, columns, rows, attributes = {}) {
  const head = columns.map((column) => el("th", {scope: "col", class: column.numeric && "number"}, column.label));
  const cell = (value, i) => i === 0 ? el("th", {scope: "row", class: columns[i].numeric && "number"}, value) :
                                       el("td", {class: columns[i].numeric && "number"}, value);
  return el(
      "div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
      el("table", attributes, captionOf(caption), el("thead", {}, el("tr", {}, head)),
         el("tbody", {}, rows.map((row) => el("tr", {}, row.map(cell))))));
}

// Labels at the start of a row; short ones are not wrapped.
function labelCells(labels) {
  return labels.map(
      (label, i) => el(
          i === 0 ? "th" : "td",
          {scope: i === 0 && "row", class: (label?.textContent ?? String(label ?? "")).length < 26 && "short"}, label));
}

// A table that is also a forest plot: rows with an estimate, its intervals and its position on an axis.
//   labels   names of the label columns
//   rows     [{labels: [texts], tally, run, group}]; `group`: with a rule above
//   axis     an Axis (plots.js)
function tallyTable(caption, labels, rows, axis = percentAxis()) {
  const wilson = rows.some((row) => row.tally.wilson95_percent);
  const bootstrap = rows.some((row) => row.tally.bootstrap95_percent);
  const head = [
    labels.map((label) => el("th", {scope: "col"}, label)),
    el("th", {scope: "col", class: "number"}, "k / n"),
    el("th", {scope: "col", class: "number"}, "%"),
    wilson && el("th", {scope: "col", class: "number interval"}, "Wilson 95 %"),
    bootstrap && el("th", {scope: "col", class: "number interval"}, "bootstrap 95 %"),
    el("th", {scope: "col", class: "forest"}, axisScale(axis)),
  ];
  const body = rows.map(
      ({labels: texts, tally, run, group}) =>
          el("tr", {class: group && "group"}, labelCells(texts), el("td", {class: "number"}, fraction(tally)),
             el("td", {class: "number strong"}, percent(tally)),
             wilson && el("td", {class: "number"}, range(tally.wilson95_percent)),
             bootstrap && el("td", {class: "number"}, range(tally.bootstrap95_percent)),
             el("td", {class: "forest"}, forestMark(axis, {
                  run,
                  at: tally.n ? tally.percent ?? (100 * tally.sum) / tally.n : undefined,
                  whisker: tally.wilson95_percent || tally.bootstrap95_percent,
                  band: tally.wilson95_percent && tally.bootstrap95_percent,
                  name: `${texts.filter((text) => typeof text === "string").join(", ")}: ${percent(tally)} %`,
                }))));
  return el(
      "div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
      el("table", {class: "forest-table"}, captionOf(caption), el("thead", {}, el("tr", {}, head)),
         el("tbody", {}, body)));
}

// counts[row][column], shaded by share of the row. rows, columns: names. `mark(i, j)`: is the cell an agreement?
function heatTable(caption, corner, rows, columns, counts, mark = () => false) {
  const cells = (i) => {
    const sum = counts[i].reduce((a, b) => a + b, 0);
    return counts[i]
        .map((n, j) => {
          const share = sum ? n / sum : 0;
          const cell =
              el("td", {
                class: mark(i, j) ? "number heat agree" : "number heat",
                title: `${(100 * share).toFixed(1)} % of ${rows[i]}`
              },
                 count(n));
          cell.style.setProperty("--heat", share.toFixed(3));
          return cell;
        })
        .concat(el("td", {class: "number sum"}, count(sum)));
  };
  return el(
      "div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
      el("table", {class: "heat-table"}, captionOf(caption),
         el("thead", {},
            el("tr", {}, el("th", {scope: "col"}, corner),
               columns.map((name) => el("th", {scope: "col", class: "number"}, name)),
               el("th", {scope: "col", class: "number"}, "all"))),
         el("tbody", {}, rows.map((name, i) => el("tr", {}, el("th", {scope: "row"}, name), cells(i))))));
}

// ---- generic JSON ------------------------------------------------------------------------------------------------

function scalarText(value, key = "") {
  if (value === null || value === undefined) return DASH;
  if (typeof value === "number") return /(^|_)p$/.test(key) ? pValue(value) : plainNumber(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

function scalarNode(value, key) {
  const text = scalarText(value, key);
  if (isDigest(text))
    return el(
        "span", {class: "digest"}, el("code", {title: text}, text.slice(0, 12) + "\u2026"),
        copyButton(text, words(key)));
  return typeof value === "number" ? el("span", {class: "tabular"}, text) : text;
}

function tallyText(tally) {
  const interval = range(tally.wilson95_percent || tally.bootstrap95_percent, 1);
  return el("span", {class: "tabular"}, `${percent(tally)} % (${fraction(tally)}${interval && `; 95 %: ${interval}`})`);
}

const isPlain = (value) =>
    !isObject(value) && !(Array.isArray(value) && value.some((inner) => inner !== null && typeof inner === "object"));
const isPair = (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);

function listText(list, most = 30) {
  if (isPair(list)) return el("span", {class: "tabular"}, range(list, 2, plainNumber));
  const texts = list.slice(0, most).map((value) => scalarText(value));
  return texts.join(", ") + (list.length > most ? `, \u2026 (${count(list.length)} in total)` : "") || "none";
}

function cellNode(value, key) {
  if (isTally(value)) return tallyText(value);
  if (Array.isArray(value)) return isPlain(value) ? listText(value, 8) : `${count(value.length)} entries`;
  if (isObject(value))
    return Object.entries(value)
        .map(([name, inner]) => `${words(name)} ${isPlain(inner) ? scalarText(inner, name) : "\u2026"}`)
        .join("; ");
  return scalarNode(value, key);
}

const keysOf = (objects) => [...new Set(objects.flatMap((object) => Object.keys(object)))];
const allNumbers = (objects, key) =>
    objects.every((object) => object[key] === undefined || object[key] === null || typeof object[key] === "number");

function objectsTable(caption, objects, most = 100) {
  const tallies = objects.every((object) => isTally(object));
  const keys = keysOf(objects);
  if (tallies && objects.length) {
    const labels = keys.filter((key) => !/^(sum|n|percent|wilson95_percent|bootstrap95_percent)$/.test(key));
    return tallyTable(
        caption, labels.map(words),
        objects.map((object) => ({labels: labels.map((key) => cellNode(object[key], key)), tally: object})));
  }
  const columns = keys.map((key) => ({label: words(key), numeric: allNumbers(objects, key)}));
  const table = dataTable(
      caption, columns, objects.slice(0, most).map((object) => keys.map((key) => cellNode(object[key], key))));
  if (objects.length <= most) return table;
  return [table, el("p", {class: "note"}, `First ${most} of ${count(objects.length)}.`)];
}

// Whether an object's members are similar objects, which makes it a table with one row per member.
function isTableLike(value) {
  const members = Object.values(value);
  if (members.length < 2 || !members.every(isObject)) return false;
  const keys = keysOf(members);
  return members.every(
      (member) => 2 * Object.keys(member).length > keys.length &&
          Object.values(member).every((inner) => isPlain(inner) || isTally(inner)));
}

// Generic view of sections in a format unknown to this page.
function anything(caption, value) {
  if (isPlain(value) || isTally(value)) return el("p", {}, `${caption}: `, cellNode(value, caption));
  if (Array.isArray(value))
    return objectsTable(caption, value.map((entry) => (isObject(entry) ? entry : {value: entry})));
  if (isTableLike(value))
    return objectsTable(caption, Object.entries(value).map(([name, member]) => ({"": title(name), ...member})));
  const entries = Object.entries(value);
  const facts = entries.filter(([, inner]) => isPlain(inner) || isTally(inner));
  const rest = entries.filter(([, inner]) => !(isPlain(inner) || isTally(inner)));
  return [
    facts.length > 0 &&
        el("dl", {class: "facts"},
           facts.map(([name, inner]) => el("div", {}, el("dt", {}, words(name)), el("dd", {}, cellNode(inner, name))))),
    rest.map(([
               name, inner
             ]) => [isObject(inner) && !isTableLike(inner) && el("h4", {}, title(name)), anything(title(name), inner)]),
  ];
}
