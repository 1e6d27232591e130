// The runs of a report, and what its sections need to draw values of several runs side by side.

function runChip(run, name) {
  return el(
      "span", {class: `chip ${runClass(run)}`},
      svg("svg", {class: "shape", viewBox: "-7 -7 14 14", "aria-hidden": "true"}, shapeOf(run)), name);
}

class Runs {
  constructor(summary) {
    this.runs =
        (summary.runs || [])
            .map(
                (run, index) =>
                    ({index, name: run.name || run.report?.run?.name || `run ${index + 1}`, report: run.report || {}}));
    this.several = this.runs.length > 1;
    this.comparisons = summary.comparisons || [];
    this.title = summary.title || "Evaluation report";
  }

  chip(run) {
    return runChip(run.index, run.name);
  }

  // The chip of the run with this name, or else the name.
  named(name) {
    const run = this.runs.find((one) => one.name === name);
    return run ? this.chip(run) : name;
  }

  // [{run, value}] of the runs that have a nonempty value at this path.
  having(...path) {
    const found = this.runs.map((run) => ({run, value: path.reduce((value, key) => value?.[key], run.report)}));
    return found.filter(
        ({value}) =>
            value !== undefined && value !== null && !(typeof value === "object" && Object.keys(value).length === 0));
  }

  // `draw(value, run)` for each run that has the section, below its name if there are several; runs with equal values
  // share one drawing.
  each(found, draw) {
    const groups = new Map();
    for (const {run, value} of found) {
      const key = JSON.stringify(value);
      if (!groups.has(key)) groups.set(key, {value, runs: []});
      groups.get(key).runs.push(run);
    }
    return [...groups.values()].map(
        ({value, runs}) => [this.several && el("h3", {}, runs.map((run) => this.chip(run))), draw(value, runs[0])]);
  }

  // Rows of a tally table: one per run for each of `names`.
  rowsOfRuns(names, tallyOf, labelOf = (name) => [name]) {
    return names.flatMap((name) => {
      const runs = this.runs.map((run) => ({run, tally: tallyOf(run, name)})).filter(({tally}) => isTally(tally));
      return runs.map(
          ({run, tally}, i) => ({
            labels: [...(i ? labelOf(name).map(() => "") : labelOf(name)), ...(this.several ? [this.chip(run)] : [])],
            tally,
            run: run.index,
            group: this.several && i === 0
          }));
    });
  }

  runLabel() {
    return this.several ? ["run"] : [];
  }
}
