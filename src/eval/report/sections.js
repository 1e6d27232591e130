// Sections that are functions of one value of a report.json.

// What of the test set was in training, and how the run does on it.
function leaks(value) {
  const {
    train_records: records,
    test_records: ofRecords,
    test_images: ofImages,
    near_duplicates: near,
    scores,
    ...rest
  } = value;
  const known = [
    ["images_by_id", "images, by their id", ofImages], ["images_by_contents", "images, by their bytes", ofImages],
    ["records_of_seen_images", "records whose image (by id) is", ofRecords],
    ["questions", "records whose question is", ofRecords],
    ["image_questions", "records whose image and question are", ofRecords],
    ["triples", "records whose image, question and answer are", ofRecords],
    ["references", "records whose answer is", ofRecords]
  ];
  const rows = known.filter(([key, , n]) => typeof rest[key] === "number" && n > 0)
                   .map(([key, name, n]) => ({labels: [name], tally: {sum: rest[key], n}}));
  if (!rows.length) return anything("Leaks", value);
  for (const [key] of known) delete rest[key];
  const scored = (scores || [])
                     .flatMap(
                         (score) => [["in training", score.leaked], ["not in training", score.clean]]
                                        .filter(([, tally]) => isTally(tally))
                                        .map(
                                            ([name, tally], i) =>
                                                ({labels: [i ? "" : words(score.name), name], tally, group: i === 0})));
  return [
    tallyTable(`Of the test set, also in training (${count(records)} records)`, ["what"], rows),
    scored.length > 0 && tallyTable("Score on what was in training and on what was not", ["what", ""], scored),
    near?.length > 0 &&
        el("details", {},
           el("summary", {},
              `${counted(near.length, "pair")} of test and training images that look alike (candidates, not findings)`),
           objectsTable("Images that look alike", near)),
    Object.keys(rest).length > 0 && el("details", {}, el("summary", {}, "Further figures"), anything("Leaks", rest))
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

function comparisonTable(caption, comparisons) {
  const axis = differenceAxis(comparisons.flatMap((c) => [c.difference_percent, ...(c.bootstrap95_percent || [])]));
  const labels =
      ["first", "second", "protocol", "answers"].filter((key) => comparisons.some((c) => c[key] !== undefined));
  const has = (key) => comparisons.some((c) => typeof c[key] === "number");
  const numbers = [["n", "n"], ["first_only", "only first right"], ["second_only", "only second right"]].filter(
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
                (c) =>
                    el("tr", {}, labelCells(labels.map((key) => c[key])),
                       numbers.map(
                           ([key]) => el("td", {class: "number"}, typeof c[key] === "number" ? count(c[key]) : DASH)),
                       el("td", {class: "number strong"}, signed(c.difference_percent)),
                       el("td", {class: "number"}, range(c.bootstrap95_percent, 2, (x) => signed(x))),
                       ps.map(([key]) => el("td", {class: "number"}, pValue(c[key]))),
                       el("td", {class: "forest"}, forestMark(axis, {
                            run: 0,
                            at: c.difference_percent,
                            whisker: c.bootstrap95_percent,
                            name: `${c.first ?? ""} less ${c.second ?? ""}: ${signed(c.difference_percent)} points`
                          })))))));
}

// The run against itself without its images: comparisons where they are, anything else as it is.
function imageGain(value) {
  const gains = Array.isArray(value) ? value : [value];
  if (!gains.every((gain) => isObject(gain) && ["closed", "open", "overall"].some((kind) => isComparison(gain[kind]))))
    return anything("Image gain", value);
  const rows = gains.flatMap(
      (gain) => ["closed", "open", "overall"]
                    .filter((kind) => isComparison(gain[kind]))
                    .map((kind) => ({...gain[kind], answers: kind})));
  const flagged = gains.filter((gain) => gain.flagged).map((gain) => title(gain.condition || "without images"));
  const meaning = "the interval of the overall gain includes 0. By this evidence the model does not use its images.";
  return [
    comparisonTable("With the image, less without", rows),
    flagged.map((condition) => el("p", {class: "note warn"}, `${condition}: ${meaning}`))
  ];
}
