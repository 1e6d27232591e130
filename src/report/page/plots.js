// Plots as inline SVG. Positions along an axis are percentages of the width, so that plots fit any screen.

// `inset`: margin at both ends for the labels of the outer ticks, in percent of the width.
function makeAxis(low, high, ticks, form, inset = 5) {
  const at = (x) => inset + ((100 - 2 * inset) * (Math.min(high, Math.max(low, x)) - low)) / (high - low);
  return {low, high, ticks, form, at};
}

const percentAxis = () => makeAxis(0, 100, [0, 25, 50, 75, 100], String);

// Symmetric around zero and wide enough for all `values`.
function differenceAxis(values) {
  const most = Math.max(1, ...values.filter(Number.isFinite).map(Math.abs));
  const step = [1, 2, 5, 10, 20, 25, 50].find((size) => size * 2 >= most) || 50;
  return makeAxis(-2 * step, 2 * step, [-2, -1, 0, 1, 2].map((i) => i * step), (x) => signed(x, 0), 9);
}

function axisScale(axis) {
  return svg(
      "svg", {class: "forest", height: 16, role: "img", "aria-label": `Axis from ${axis.low} to ${axis.high}`},
      axis.ticks.map((tick) => svg("text", {x: `${axis.at(tick)}%`, y: 12, "text-anchor": "middle"}, axis.form(tick))));
}

// Runs differ in shape as well as in color.
const SHAPES = [
  "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z",
  "M-3.7,-3.7H3.7V3.7H-3.7Z",
  "M0,-5.2L5.2,0L0,5.2L-5.2,0Z",
  "M0,-5L4.6,3.4H-4.6Z",
  "M0,5L4.6,-3.4H-4.6Z",
  "M-1.5,-4.8H1.5V-1.5H4.8V1.5H1.5V4.8H-1.5V1.5H-4.8V-1.5H-1.5Z",
];
const shapeOf = (run) => svg("path", {d: SHAPES[(run || 0) % SHAPES.length], class: "estimate"});
const runClass = (run) => `run-${(run || 0) % 8}`;

// The grid lines of an axis behind one row, in the height of the row.
function gridLines(axis) {
  return svg(
      "svg", {class: "grid-lines", "aria-hidden": "true"},
      axis.ticks.map((tick) => svg("line", {
                       x1: `${axis.at(tick)}%`,
                       x2: `${axis.at(tick)}%`,
                       y1: 0,
                       y2: "100%",
                       class: tick === 0 && axis.low < 0 ? "zero" : "grid"
                     })));
}

// One row of a forest plot: estimate, whisker [low, high], and a band [low, high] behind it.
function forestMark(axis, {run, at, whisker, band, name}) {
  const center = 13;
  const line = (pair) => pair && pair.every(Number.isFinite);
  const across = (pair, y, css) =>
      svg("line", {x1: `${axis.at(pair[0])}%`, x2: `${axis.at(pair[1])}%`, y1: y, y2: y, class: css});
  return [
    gridLines(axis),
    svg("svg", {class: `forest ${runClass(run)}`, height: 26, role: "img", "aria-label": name}, svg("title", {}, name),
        line(band) && across(band, center, "band"), line(whisker) && across(whisker, center, "whisker"),
        line(whisker) &&
            whisker.map(
                (x) => svg(
                    "line",
                    {x1: `${axis.at(x)}%`, x2: `${axis.at(x)}%`, y1: center - 4, y2: center + 4, class: "whisker"})),
        Number.isFinite(at) && svg("svg", {x: `${axis.at(at)}%`, y: center, class: "point"}, shapeOf(run)))
  ];
}

// A square plot of percentages; series draw with x(percent), y(percent).
function squarePlot({name, xLabel, yLabel, yMost = 100}, draw) {
  const left = 46, top = 12, side = 250, bottom = top + side;
  const x = (value) => left + (side * value) / 100;
  const y = (value) => bottom - (side * value) / yMost;
  const steps = [0, 25, 50, 75, 100];
  return svg(
      "svg", {class: "plot", viewBox: `0 0 ${left + side + 14} ${bottom + 42}`, role: "img", "aria-label": name},
      steps.map((step) => {
        const value = (step * yMost) / 100;
        return [
          svg("line", {x1: x(step), x2: x(step), y1: top, y2: bottom, class: "grid"}),
          svg("line", {x1: left, x2: left + side, y1: y(value), y2: y(value), class: "grid"}),
          svg("text", {x: x(step), y: bottom + 16, "text-anchor": "middle"}, String(step)),
          svg("text", {x: left - 7, y: y(value) + 4, "text-anchor": "end"}, String(value)),
        ];
      }),
      svg("text", {x: left + side / 2, y: bottom + 34, "text-anchor": "middle", class: "label"}, xLabel),
      svg("text", {
        x: 12,
        y: top + side / 2,
        "text-anchor": "middle",
        class: "label",
        transform: `rotate(-90 12 ${top + side / 2})`
      },
          yLabel),
      draw(x, y));
}

// series: [{run, name, bins: [{confidence, accuracy, n}]}], confidence and accuracy from 0 to 1.
function calibrationPlot(name, series) {
  return squarePlot(
      {name, xLabel: "confidence, %", yLabel: "correct, %"},
      (x, y) =>
          [svg("line", {x1: x(0), y1: y(0), x2: x(100), y2: y(100), class: "ideal"}),
           series.map(({run, name: who, bins}) => {
             const filled = bins.filter((bin) => bin.n > 0);
             const most = Math.max(1, ...filled.map((bin) => bin.n));
             return svg(
                 "g", {class: runClass(run)}, svg("polyline", {
                   class: "curve",
                   points:
                       filled.map((bin) => `${x(100 * bin.confidence).toFixed(1)},${y(100 * bin.accuracy).toFixed(1)}`)
                           .join(" ")
                 }),
                 filled.map(
                     (bin) =>
                         svg("circle", {
                           class: "estimate",
                           cx: x(100 * bin.confidence),
                           cy: y(100 * bin.accuracy),
                           r: 2 + 3 * Math.sqrt(bin.n / most)
                         },
                             svg("title", {},
                                 `${who}: confidence ${(100 * bin.confidence).toFixed(1)} %, correct ${
                                     (100 * bin.accuracy).toFixed(1)} %, n = ${bin.n}`))));
           }),
  ]);
}

// series: [{run, name, points: [{coverage, risk}]}], both from 0 to 1.
function riskPlot(name, series) {
  const most = Math.max(...series.flatMap(({points}) => points.map((point) => 100 * point.risk)), 1);
  const yMost = [4, 8, 20, 40, 60, 80, 100].find((value) => value >= most) || 100;
  return squarePlot(
      {name, xLabel: "answered (coverage), %", yLabel: "wrong answers (risk), %", yMost},
      (x, y) => series.map(
          ({run, name: who, points}) => svg(
              "g", {class: runClass(run)}, svg("title", {}, who), svg("polyline", {
                class: "curve",
                points: points.map((point) => `${x(100 * point.coverage).toFixed(1)},${y(100 * point.risk).toFixed(1)}`)
                            .join(" ")
              }))));
}

function figure(plot, caption) {
  return el("figure", {}, plot, el("figcaption", {}, caption));
}
