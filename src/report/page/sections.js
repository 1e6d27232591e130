// Sections that depend on a single value of a report.json.

// [key of report.json, what is matched, key of their number]
const LEAKS = [
  ["images_by_id", "images, by id", "test_images"],
  ["images_by_contents", "images, by content", "test_images"],
  ["records_of_seen_images", "records, by their image", "test_records"],
  ["questions", "records, by their question", "test_records"],
  ["image_questions", "records, by image and question", "test_records"],
  ["triples", "records, by image, question and answer", "test_records"],
  ["references", "records, by their answer", "test_records"],
];

// How much of the test set was in training, and the run's scores on it. `picture(id)` draws an image.
function leaks(value, run, picture) {
  if (typeof value.test_records !== "number") return anything("Leaks", value);
  const rows = LEAKS.filter(([key, , of]) => typeof value[key] === "number" && value[of] > 0)
                   .map(([key, name, of]) => ({labels: [name], tally: {sum: value[key], n: value[of]}, run: run.index}));
  const scored = (value.scores || [])
                     .flatMap(
                         (score) => [["in training", score.leaked], ["not in training", score.clean]]
                                        .filter(([, tally]) => isTally(tally) && tally.n > 0)
                                        .map(([name, tally], i) => ({
                                               labels: [i ? "" : words(score.name), name],
                                               tally,
                                               run: run.index,
                                               group: i === 0
                                             })));
  return [
    tallyTable(
        `Test data that is also in the training set (${counted(value.train_records ?? 0, "record")}, ${
            counted(value.train_images ?? 0, "image")})`,
        ["match"], rows),
    value.unreadable_images > 0 &&
        el("p", {class: "legend"}, `${counted(value.unreadable_images, "image")} could not be read.`),
    scored.length > 0 &&
        tallyTable("Scores of items in or not in the training set, by what is matched", ["match", ""], scored),
    Array.isArray(value.near_duplicates) && nearDuplicates(value.near_duplicates, value.near_duplicate_bits, picture),
  ];
}

// The closest pairs as images, folded.
function nearDuplicates(pairs, bits, picture) {
  const MOST = 8;
  const side = (name, id) => el("figure", {}, picture(id), el("figcaption", {}, `${name}: `, el("code", {}, id)));
  const text = `${counted(pairs.length, "pair")} of test and training images may be near-duplicates: their perceptual ` +
      `hashes differ in at most ${bits} of 64 bits. These are candidates; images of the same kind look alike.`;
  return [
    el("p", {class: "legend"}, text),
    pairs.length > 0 &&
        el("details", {class: "pairs"},
           el("summary", {}, pairs.length > MOST ? `Show the ${MOST} closest of ${count(pairs.length)} pairs` : "Show the pairs"),
           el("div", {class: "pair-grid"},
              pairs.slice(0, MOST).map(
                  (pair) =>
                      el("div", {class: "pair"}, side("test", pair.test_image), side("train", pair.train_image),
                         el("p", {class: "legend"}, `${counted(pair.distance, "bit")} of 64 differ`)))),
           pairs.length > MOST && el("p", {class: "legend"}, "report.json lists all of them."))
  ];
}

// Paraphrases as given; contradictory groups as one table of possible and actual scores.
function consistency(value, run) {
  const {contradictions: groups, ...rest} = value;
  if (!isObject(groups?.as_scored)) return anything("Consistency", value);
  const names = [
    ["ceiling", "highest possible score"], ["as_scored", "score"], ["any_reference", "score against any reference"]
  ];
  const rows = names.flatMap(
      ([
        key, name
      ]) => ["closed", "open", "overall"]
                .filter((kind) => isTally(groups[key]?.[kind]) && groups[key][kind].n > 0)
                .map(
                    (kind, i) =>
                        ({labels: [i ? "" : name, kind], tally: groups[key][kind], run: run.index, group: i === 0})));
  return [
    Object.keys(rest).length > 0 && anything("Consistency", rest),
    tallyTable(
        `Same question about the same image, different references: ${counted(groups.groups, "group")} of ${
            counted(groups.items, "item")}`,
        ["over all items", "answers"], rows)
  ];
}

function yesNoTable(yesNo) {
  const columns =
      [...new Set(["yes", "no", "both", "none", ...Object.values(yesNo).flatMap((row) => Object.keys(row))])];
  const rows = Object.keys(yesNo);
  return heatTable(
      "Yes and no: reference and prediction", "reference", rows, columns,
      rows.map((row) => columns.map((column) => yesNo[row][column] ?? 0)), (i, j) => rows[i] === columns[j]);
}

const isComparison = (value) => isObject(value) && typeof value.difference_percent === "number";

// `show` displays the name of a run.
function comparisonTable(caption, comparisons, show = (name) => name) {
  const axis = differenceAxis(comparisons.flatMap((c) => [c.difference_percent, ...(c.bootstrap95_percent || [])]));
  const labels = ["condition", "first", "second", "protocol", "answers"].filter(
      (key) => comparisons.some((c) => c[key] !== undefined));
  const has = (key) => comparisons.some((c) => typeof c[key] === "number");
  const numbers = [["n", "n"], ["first_only", "only first correct"], ["second_only", "only second correct"]].filter(
      ([key]) => has(key));
  const ps = [["mcnemar_p", "McNemar p"], ["holm_p", "Holm p"]].filter(([key]) => has(key));
  const number = (label) => el("th", {scope: "col", class: "number"}, label);
  return el(
      "div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
      el("table", {class: "forest-table"}, captionOf(caption),
         el("thead", {},
            el("tr", {}, labels.map((label) => el("th", {scope: "col"}, label)),
               numbers.map(([, label]) => number(label)), number("difference, points"), number("bootstrap 95 %"),
               ps.map(([, label]) => number(label)), el("th", {scope: "col", class: "forest"}, axisScale(axis)))),
         el("tbody", {},
            comparisons.map(
                (c) => el(
                    "tr", {}, labelCells(labels.map((key) => (/^(first|second)$/.test(key) ? show(c[key]) : c[key]))),
                    numbers.map(
                        ([key]) => el("td", {class: "number"}, typeof c[key] === "number" ? count(c[key]) : DASH)),
                    el("td", {class: "number strong"}, signed(c.difference_percent)),
                    el("td", {class: "number"}, range(c.bootstrap95_percent, 2, (x) => signed(x))),
                    ps.map(([key]) => el("td", {class: "number"}, pValue(c[key]))),
                    el("td", {class: "forest"}, forestMark(axis, {
                         run: c.run,
                         at: c.difference_percent,
                         whisker: c.bootstrap95_percent,
                         name: `${c.condition ?? `${c.first} minus ${c.second}`}: ${
                             signed(c.difference_percent)} points`
                       })))))));
}

// The run against itself without its images: as comparisons if possible, else generic.
function imageGain(value, run) {
  const gains = Array.isArray(value) ? value : [value];
  if (!gains.every((gain) => isObject(gain) && ["closed", "open", "overall"].some((kind) => isComparison(gain[kind]))))
    return anything("Image gain", value);
  const kindsOf = (gain) => ["closed", "open", "overall"].filter((kind) => isComparison(gain[kind]));
  const rows = gains.flatMap((gain) => kindsOf(gain).map((kind) => {
    const {first, second, ...figures} = gain[kind];
    return {condition: gain.condition, answers: kind, run: run.index, ...figures};
  }));
  const flagged = gains.filter((gain) => gain.flagged).map((gain) => title(gain.condition || "without images"));
  const meaning = "the interval of the overall gain includes 0: no evidence that the model uses its images.";
  return [
    comparisonTable("Score with images minus score under each condition", rows),
    flagged.map((condition) => el("p", {class: "note warn"}, `${condition}: ${meaning}`))
  ];
}
