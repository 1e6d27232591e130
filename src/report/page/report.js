// The sections of a report, from the report.json of one or more runs. Each method returns nodes, or null if there is
// nothing to show.

// The facts of a run, with its settings as facts of their own: {image: {window: []}} -> "image.window".
function factsOf(report) {
  const {settings, ...facts} = isObject(report.run) ? report.run : {};
  const add = (value, path) => {
    if (isObject(value))
      Object.entries(value).forEach(([name, inner]) => add(inner, path ? `${path}.${name}` : name));
    else if (path)
      facts[path] = value;
  };
  add(settings ?? report.settings, "");
  return facts;
}

class Report extends Runs {
  run() {
    const facts = this.runs.map((run) => factsOf(run.report));
    const keys = keysOf(facts).filter((key) => key !== "name");
    if (!keys.length) return null;
    const show = (value, key) =>
        (isObject(value) ?
             Object.entries(value).map(([name, inner]) => `${words(name)} ${scalarText(inner)}`).join(", ") :
             cellNode(value, key));
    const columns = [{label: ""}, ...this.runs.map((run) => ({label: this.several ? this.chip(run) : run.name}))];
    const rows = keys.map((key) => [title(key), ...facts.map((fact) => show(fact[key], key))]);
    const table = dataTable(
        this.several ? "The runs; rows in bold differ between them" : "The run", columns, rows,
        {class: "facts-table"});
    keys.forEach((key, i) => {
      const values = new Set(facts.map((fact) => JSON.stringify(fact[key])));
      if (values.size > 1) table.querySelectorAll("tbody tr")[i].classList.add("differs");
    });
    const [skipped, without] = [this.having("skipped"), this.having("answers_without_image")];
    return [
      table,
      without.filter(({value}) => value)
          .map(
              ({run, value}) =>
                  el("p", {class: "note warn"}, this.several && this.chip(run),
                     ` ${count(value)} answers were given without an image.`)),
      skipped.map(
          ({run, value}) => Array.isArray(value) && value.length > 0 &&
              el("details", {}, el("summary", {}, this.several && this.chip(run), ` ${count(value.length)} skipped`),
                 anything("Skipped", value)))
    ];
  }

  scores() {
    const found = this.having("scores", "scores");
    const protocols = [...new Set(found.flatMap(({value}) => value.map((row) => row.protocol)))];
    if (!protocols.length) return null;
    const rowOf = (run, protocol) => run.report.scores?.scores?.find((row) => row.protocol === protocol);
    const rows = protocols.flatMap(
        (protocol) => ["closed", "open", "overall"].flatMap(
            (kind, i) => this.rowsOfRuns(
                                 [kind], (run) => rowOf(run, protocol)?.[kind],
                                 () => [i ? "" : el("strong", {}, protocol), kind])
                             .map((row, j) => ({...row, group: i === 0 && j === 0}))));
    const table = tallyTable(
        "Scores by protocol: k of n answers correct, for closed, open and all items",
        ["protocol", "answers", ...this.runLabel()], rows);
    return [table, this.intervals(), this.measures(protocols, rowOf), this.signatures(protocols, rowOf)];
  }

  intervals() {
    const clustered = this.having("analysis", "clustering").filter(({value}) => typeof value.ratio === "number");
    return el(
        "p", {class: "legend"}, "Line: 95 % Wilson interval. Band: 95 % bootstrap interval by image.",
        clustered.map(
            ({run, value}) =>
                [" ", this.several && this.chip(run),
                 ` ${counted(value.images, "image")}; the standard error by image is ${
                     value.ratio.toFixed(2)} times the naive one.`]));
  }

  measures(protocols, rowOf) {
    const rows = protocols.flatMap(
        (protocol) => this.runs.flatMap(
            (run) => (rowOf(run, protocol)?.measures || [])
                         .map(
                             (measure) =>
                                 [protocol, ...(this.several ? [this.chip(run)] : []), words(measure.name), measure.of,
                                  plainNumber(measure.mean ?? NaN), count(measure.n ?? 0)])));
    if (!rows.length) return null;
    const columns = ["protocol", ...this.runLabel(), "measure", "answers", "mean", "n"].map(
        (label) => ({label, numeric: label === "mean" || label === "n"}));
    return dataTable("More measures, means over items", columns, rows);
  }

  signatures(protocols, rowOf) {
    return el("dl", {class: "signatures"}, protocols.map((protocol) => {
      const rows = this.runs.map((run) => ({run, row: rowOf(run, protocol)})).filter(({row}) => row);
      const remarks = [...new Set(rows.map(({row}) => row.remark).filter(Boolean))];
      return el(
          "div", {}, el("dt", {}, protocol),
          rows.map(
              ({run, row}) =>
                  el("dd", {}, this.several && this.chip(run),
                     row.signature &&
                         el("span", {class: "signature"}, el("code", {}, row.signature),
                            copyButton(row.signature, `signature of ${protocol}`)),
                     row.extract_hits !== undefined &&
                         el("span", {class: "aside"},
                            `the answer template was found in ${count(row.extract_hits)} of ${
                                count(row.overall?.n ?? 0)}`))),
          remarks.map((remark) => el("dd", {class: "aside"}, remark)));
    }));
  }

  comparison() {
    return this.comparisons.length ?
        comparisonTable("Pairs of runs: first minus second", this.comparisons, (name) => this.named(name)) :
        null;
  }

  breakdowns() {
    const found = this.having("analysis", "breakdowns");
    const names = [...new Set(found.flatMap(({value}) => value.map((breakdown) => breakdown.by)))];
    if (!names.length) return null;
    const of = (run, by) => run.report.analysis?.breakdowns?.find((breakdown) => breakdown.by === by);
    const protocol = found[0].run.report.analysis.protocol;
    return [
      protocol && el("p", {class: "lead"}, `Protocol ${protocol}; rows with fewer than 20 items are left out.`),
      names.map((by) => {
        const values =
            [...new Set(this.runs.flatMap((run) => (of(run, by)?.rows || []).map((row) => String(row.value))))];
        const rows =
            this.rowsOfRuns(values, (run, value) => of(run, by)?.rows.find((row) => String(row.value) === value));
        const left = this.runs.map((run) => of(run, by)?.suppressed).find((suppressed) => suppressed?.values);
        return [
          rows.length > 0 && tallyTable(`By ${words(by)}`, [words(by), ...this.runLabel()], rows),
          left &&
              el("p", {class: "legend"},
                 `Left out: ${counted(left.values, "value")} with ${counted(left.items, "item")} in total.`)
        ];
      })
    ];
  }

  confusions() {
    const found =
        this.having("analysis").filter(({value}) => value.yes_no || value.answer_types || value.top_confusions);
    return found.length ? this.each(
                              found,
                              ({yes_no: yesNo, answer_types: types, top_confusions: top}, run) =>
                                  [el("div", {class: "side-by-side"}, yesNo && yesNoTable(yesNo),
                                      types?.labels &&
                                          heatTable(
                                              "Kinds of answers: reference and prediction", "reference", types.labels,
                                              types.labels, types.counts, (i, j) => i === j)),
                                   top?.length > 0 && this.topConfusions(top, run)]) :
                          null;
  }

  topConfusions(top, run) {
    const most = Math.max(...top.map((row) => row.count));
    const link = (row) => `#${
        new URLSearchParams(
            {ref: row.reference, pred: row.prediction, ...(this.several ? {run: run.index + 1} : {})})}`;
    return dataTable(
        "Most frequent confusions",
        [{label: "reference"}, {label: "prediction"}, {label: "count", numeric: true}, {label: ""}],
        top.map((row) => [row.reference, row.prediction || el("em", {}, "(empty)"), count(row.count), [
                  svg("svg", {class: `bar ${runClass(run.index)}`, width: 90, height: 10, "aria-hidden": "true"},
                      svg("rect", {class: "estimate", width: (90 * row.count) / most, height: 10})),
                  el("a", {
                    href: link(row),
                    class: "go",
                    "aria-label": `Show items: ${row.reference} mistaken for ${row.prediction}`
                  },
                     "show")
                ]]));
  }

  flips() {
    const found = this.having("analysis", "flips");
    const link = (kind, run) => `#${new URLSearchParams({flips: kind, ...(this.several ? {run: run.index + 1} : {})})}`;
    const row = (kind, run, flips) =>
        [title(kind),
         ...(this.several ? [this.chip(run)] : []),
         count(flips.count ?? 0),
         count(flips.of ?? 0),
         percent({sum: flips.count, n: flips.of}),
         flips.count > 0 &&
             el("a", {class: "go", href: link(kind, run), "aria-label": `Show the ${kind} flips of ${run.name}`},
                "show items"),
    ];
    const rows = keysOf(found.map(({value}) => value))
                     .flatMap(
                         (kind) => found.filter(({value}) => isObject(value[kind]))
                                       .map(({run, value}) => row(kind, run, value[kind])));
    if (!rows.length) return null;
    const columns = ["flip", ...this.runLabel(), "count", "items", "%", ""].map(
        (label) => ({label, numeric: ["count", "items", "%"].includes(label)}));
    return [
      el("p", {class: "lead"}, "Left mistaken for right, or a finding for its absence: the errors that matter most."),
      dataTable("Flips", columns, rows, {class: "untitled"})
    ];
  }

  calibration() {
    const kinds = ["closed", "open"]
                      .map((kind) => ({kind, found: this.having("analysis", "calibration", kind)}))
                      .filter(({found}) => found.length);
    const risk = this.having("analysis", "risk_coverage", "points");
    if (!kinds.length && !risk.length) return null;
    const number = (x, digits = 3) => (typeof x === "number" ? x.toFixed(digits) : DASH);
    const name = (run) => (this.several ? [this.chip(run)] : []);
    const columns = (labels) => labels.map((label, i) => ({label, numeric: i > 0 && label !== "run"}));
    return [
      el("div", {class: "figures"},
         kinds.map(
             ({kind, found}) => figure(
                 calibrationPlot(
                     `Calibration of ${kind} answers`,
                     found.map(({run, value}) => ({run: run.index, name: run.name, bins: value.bins || []}))),
                 `Calibration of ${kind} answers. The area of a point grows with the number of answers.`)),
         risk.length > 0 &&
             figure(
                 riskPlot(
                     "Risk and coverage",
                     risk.map(({run, value}) => ({run: run.index, name: run.name, points: value}))),
                 "Risk if only the most confident answers are given.")),
      this.several && el("p", {class: "legend"}, this.runs.map((run) => this.chip(run))),
      kinds.length > 0 &&
          dataTable(
              "Calibration", columns(["answers", ...this.runLabel(), "n", "Brier", "ECE", "AUROC"]),
              kinds.flatMap(
                  ({kind, found}) => found.map(
                      ({run, value}) =>
                          [kind, ...name(run), count(value.n ?? 0), number(value.brier), number(value.ece),
                           number(value.auroc)]))),
      risk.length > 0 &&
          dataTable(
              "Selective answering", columns([
                this.several ? "run" : "", "AURC", "accuracy at 80 %", "accuracy at 90 %", "coverage at 95 % accuracy"
              ]),
              risk.map(({run}) => {
                const r = run.report.analysis.risk_coverage;
                return [
                  this.several ? this.chip(run) : "the run", number(r.aurc, 4),
                  ...[r.accuracy_at_80, r.accuracy_at_90, r.coverage_at_95].map((x) => number(100 * x, 1) + " %")
                ];
              })),
    ];
  }

  // A single table if all runs have the same baselines, as runs over one dataset do.
  baselines() {
    const found = this.having("baselines", "rows");
    if (!found.length) return null;
    const same = new Set(found.map(({value}) => JSON.stringify(value))).size === 1;
    return same ? this.baselineTable(found.map(({run}) => run)) :
                  this.each(found, (rows, run) => this.baselineTable([run]));
  }

  baselineTable(runs) {
    const {train, rows: baselineRows} = runs[0].report.baselines;
    const own = runs.map((run) => ({run, row: run.report.scores?.scores?.[0]})).filter(({row}) => row);
    const rows = ["closed", "open", "overall"].flatMap(
        (kind) => [...own.filter(({row}) => isTally(row[kind]))
                       .map(({run, row}) => ({
                              labels: [el("strong", {}, this.several ? this.chip(run) : run.name)],
                              tally: row[kind],
                              run: run.index
                            })),
                   ...baselineRows.filter((row) => isTally(row[kind]))
                       .map((row) => ({labels: [row.name], tally: row[kind], run: 7})),
    ].map((row, i) => ({...row, labels: [i ? "" : kind, ...row.labels], group: i === 0})));
    return [
      tallyTable(
          `Scores without looking at the image${
              own.length ? `, next to the ${own.length > 1 ? "runs" : "run"} (${own[0].row.protocol})` : ""}`,
          ["answers", "rule"], rows),
      train &&
          el("p", {class: "legend"}, `Learned from ${count(train.records ?? 0)} training records`,
             train.sha256 && [", SHA-256 ", scalarNode(train.sha256, "sha256")], ".")
    ];
  }

  section(draw, ...path) {
    const found = this.having(...path);
    return found.length ? this.each(found, draw) : null;
  }
}
