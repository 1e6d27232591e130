// Builds the page. Attributes of <html> report its state to tests: data-ready, data-errors, data-shown, data-pages.

const root = document.documentElement;

function readData(id) {
  const node = document.getElementById(id);
  const value = JSON.parse(node.textContent);
  node.textContent = "";  // frees the text, which images make long
  return value;
}

// The metrics that stand for those of the paper, or the first ones.
function captionTiles(report, run) {
  const metrics = run.report.captions?.metrics;
  if (!Array.isArray(metrics)) return null;
  const valueOf = (metric) => metric.mean ?? metric.corpus;
  const known = metrics.filter((metric) => typeof valueOf(metric) === "number");
  const printed = known.filter((metric) => metric.paper);
  return el(
      "div", {class: "tiles"}, report.several && el("div", {class: "tiles-run"}, report.chip(run)),
      (printed.length ? printed : known)
          .slice(0, 3)
          .map(
              (metric) => el(
                  "div", {class: "tile"}, el("div", {class: "tile-name"}, words(metric.name)),
                  el("div", {class: "tile-value"}, plainNumber(valueOf(metric))),
                  el("div", {class: "tile-note"},
                     `${metric.mean === undefined ? "of the corpus" : "mean of"} ${count(run.report.captions.n ?? 0)} captions`))));
}

function headline(report) {
  const tiles = report.runs.map((run) => {
    const row = run.report.scores?.scores?.[0];
    if (!row) return captionTiles(report, run);
    return el(
        "div", {class: "tiles"}, report.several && el("div", {class: "tiles-run"}, report.chip(run)),
        ["overall", "closed", "open"]
            .filter((kind) => isTally(row[kind]))
            .map(
                (kind) =>
                    el("div", {class: "tile"}, el("div", {class: "tile-name"}, kind),
                       el("div", {class: "tile-value"}, percent(row[kind], 1), el("small", {}, "%")),
                       el("div", {class: "tile-note"}, fraction(row[kind]), row[kind].wilson95_percent && el("br"),
                          row[kind].wilson95_percent && `95 %: ${range(row[kind].wilson95_percent, 1)}`))));
  });
  const first = report.runs[0]?.report;
  const facts =
      first?.scores ? `${first.scores.label || first.scores.dataset}, ${first.scores.split} split; ${
                          count(first.scores.scored)} of ${count(first.scores.records)} records scored` :
                      "";
  const protocol = first?.scores?.scores?.[0]?.protocol;
  const signatures = new Set(report.runs.map((run) => run.report.scores?.scores?.[0]?.signature));
  const [signature] = signatures.size === 1 ? signatures : [];  // if runs differ, signatures are only below the scores
  return [
    el("h1", {}, report.title),
    facts && el("p", {class: "subtitle"}, facts, protocol && `; headline protocol: ${protocol}`),
    el("div", {class: "headline"}, tiles),
    signature && el("p", {class: "signature"}, el("code", {}, signature), copyButton(signature, "signature"))
  ];
}

function start() {
  const summary = readData("summary-data");
  const report = new Report(summary);
  const gallery = new Gallery(report, readData("item-data"), readData("image-data"));
  document.getElementById("head").append(...headline(report).flat(Infinity).filter(Boolean));

  const sections = [
    ["scores", "Scores", report.scores()],
    ["comparisons", "Comparisons", report.comparison()],
    ["captions", "Captions", report.section((value) => anything("Captions", value), "captions")],
    ["items", "Items", gallery.items.length ? gallery.build() : null],
    ["baselines", "Blind baselines", report.baselines()],
    ["image-gain", "Image gain", report.section(imageGain, "image_gain")],
    ["leaks", "Leaks", report.section((value, run) => leaks(value, run, (id) => gallery.picture({image: id})), "leaks")],
    ["breakdowns", "Breakdowns", report.breakdowns()],
    ["confusions", "Confusions", report.confusions()],
    ["flips", "Flips", report.flips()],
    ["consistency", "Consistency", report.section(consistency, "analysis", "consistency")],
    ["calibration", "Calibration", report.calibration()],
    ["human", "Experts", report.section((value) => anything("Experts", value), "human")],
    ["judge", "Judge", report.section((value) => anything("Judge", value), "judge")],
    ["bertscore", "BERTScore", report.section((value) => anything("BERTScore", value), "bertscore")],
    ["run", report.several ? "Runs" : "Run", report.run()],
  ].filter(([, , content]) => content);
  const main = document.getElementById("report");
  main.append(...sections.map(
      ([id, name, content]) => fill(
          el("section", {id, "aria-labelledby": `${id}-title`}), {}, [el("h2", {id: `${id}-title`}, name), content])));

  // Links to sections must not replace the filters in the URL's fragment.
  document.getElementById("contents")
      .append(
          el("ul", {},
             sections.map(
                 ([id, name]) =>
                     el("li", {},
                        el("a", {
                          href: `#${id}`,
                          onclick: (event) => {
                            event.preventDefault();
                            document.getElementById(id).scrollIntoView();
                          }
                        },
                           name)))));
  const version = report.runs[0]?.report.version;
  document.getElementById("foot").append(
      `llama32med${version ? ` ${version}` : ""}. This page is self-contained.`);
  if (gallery.items.length)
    gallery.start();
  else if (location.hash.length > 1)
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

let errors = 0;
root.dataset.errors = "0";
function complain(what) {
  root.dataset.errors = String(++errors);
  root.dataset.lastError = what;
}
addEventListener("error", (event) => complain(event.message || `could not load ${event.target?.src?.slice(0, 80)}`));
addEventListener("unhandledrejection", (event) => complain(String(event.reason)));
document.addEventListener(
    "securitypolicyviolation", (event) => complain(`blocked: ${event.violatedDirective} ${event.blockedURI}`));
start();
root.dataset.ready = "1";
