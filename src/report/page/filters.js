// What the gallery shows: the state in the URL's fragment (`#wrong=1&modality=CT&q=lung&page=2`) and its filters.

const RESULTS = {
  wrong: "wrong",
  right: "correct",
  partly: "partly correct",
  unanswered: "no answer"
};
const MARKS = {
  right: "\u2713",
  wrong: "\u2717",
  partly: "\u25d0",
  unanswered: DASH
};
const SORTS = {
  "": "dataset order",
  question: "question",
  reference: "reference",
  score: "score, lowest first",
  sure: "confidence, highest first",
  unsure: "confidence, lowest first",
  longest: "answer, longest first"
};
const SIZES = [12, 24, 48, 96];
const OWN_KEYS = new Set(
    ["q", "ref", "pred", "kind", "flips", "vs", "run", "sort", "page", "size", "item", ...Object.keys(RESULTS)]);
const FEW = 60;  // fields with more values have no menu

// A field of a dataset may have the name of one of our own keys.
const keyOfField = (name) => (OWN_KEYS.has(name) ? `f.${name}` : name);

function resultOf(answer) {
  if (!answer) return "unanswered";
  return answer.score >= 1 ? "right" : answer.score > 0 ? "partly" : "wrong";
}

// [{name, key, values: [[value, count]]}] of the fields with 2 to FEW values.
function fieldsOf(items) {
  const fields = new Map();
  for (const item of items) {
    for (const [name, value] of Object.entries({
           ...item.fields,
           ...(item.answer_type && !item.fields?.answer_type ? {answer_type: item.answer_type} : {})
         })) {
      if (!fields.has(name)) fields.set(name, new Map());
      const values = fields.get(name);
      values.set(String(value), (values.get(String(value)) || 0) + 1);
    }
  }
  const few = [...fields].filter(([, values]) => values.size > 1 && values.size <= FEW);
  return few.map(
      ([name, values]) =>
          ({name, key: keyOfField(name), values: [...values].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))}));
}

function readState(hash, fields, runs) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const state = {
    q: given.get("q") || "",
    ref: given.get("ref"),
    pred: given.get("pred"),
    kind: given.get("kind") || "",
    flips: given.get("flips") || "",
    vs: given.get("vs") || "",
    sort: given.get("sort") || "",
    item: given.get("item"),
    result: Object.keys(RESULTS).find((key) => given.get(key) === "1") || ""
  };
  const whole = (key, otherwise, most = Infinity) => {
    const value = Number.parseInt(given.get(key), 10);
    return value >= 1 && value <= most ? value : otherwise;
  };
  state.run = whole("run", 1, runs);
  state.page = whole("page", 1);
  state.size = SIZES.includes(whole("size", 24)) ? whole("size", 24) : 24;
  state.fields = Object.fromEntries(fields.filter(({key}) => given.get(key) !== null && given.get(key) !== "")
                                        .map(({key, name}) => [name, given.get(key)]));
  return state;
}

function writeState(state) {
  const hash = new URLSearchParams();
  const put = (key, value) => {
    if (value) hash.set(key, value);
  };
  if (state.result) put(state.result, "1");
  for (const [name, value] of Object.entries(state.fields)) put(keyOfField(name), value);
  for (const key of ["kind", "flips", "vs", "q", "sort"]) put(key, state[key]);
  for (const key of ["ref", "pred", "item"])
    if (state[key] !== null && state[key] !== undefined) hash.set(key, state[key]);
  put("run", state.run > 1 && state.run);
  put("size", state.size !== 24 && state.size);
  put("page", state.page > 1 && state.page);
  const text = hash.toString();
  return text ? `#${text}` : "";
}

// "lung \"left lobe\"" -> ["lung", "left lobe"], lower case
const needlesOf = (query) =>
    (query.toLowerCase().match(/"[^"]+"|[^\s"]+/g) || []).map((word) => word.replace(/"/g, ""));

function haystackOf(item) {
  item.haystack ??= [
    item.id, item.question, item.reference, ...item.answers.map((answer) => answer?.prediction || "")
  ].join("\n").toLowerCase();
  return item.haystack;
}

const plain = (text) =>
    String(text ?? "").normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim().replace(/\.$/, "").trim();

// Compares the runs on an item.
function versus(item, how) {
  const right = item.answers.map((answer) => resultOf(answer) === "right");
  if (how === "disagree") return new Set(item.answers.map((answer) => answer?.score ?? -1)).size > 1;
  if (how === "all") return right.every(Boolean);
  if (how === "none") return !right.some(Boolean);
  const only = Number.parseInt(how.replace("only-", ""), 10) - 1;
  return right.every((is, run) => is === (run === only));
}

function selected(items, state) {
  const runs = items.length ? items[0].answers.length : 0;
  const needles = needlesOf(state.q);
  const answer = (item) => item.answers[state.run - 1];
  const tests = [
    state.kind && ((item) => item.kind === state.kind),
    state.result && ((item) => resultOf(answer(item)) === state.result),
    state.flips &&
        ((item) => (answer(item)?.flips || []).some((flip) => state.flips === "any" || flip === state.flips)),
    state.vs && runs > 1 && ((item) => versus(item, state.vs)),
    ...Object.entries(state.fields)
        .map(
            ([name, value]) => (item) =>
                String(item.fields?.[name] ?? (name === "answer_type" ? item.answer_type : "")) === value),
    state.ref !== null && ((item) => plain(item.reference) === plain(state.ref)),
    state.pred !== null &&
        ((item) => answer(item) && plain(answer(item).extracted ?? answer(item).prediction) === plain(state.pred)),
    needles.length && ((item) => needles.every((needle) => haystackOf(item).includes(needle))),
  ].filter(Boolean);
  return sorted(items.filter((item) => tests.every((test) => test(item))), state, answer);
}

function sorted(items, state, answer) {
  const text = (of) => (a, b) => of(a).localeCompare(of(b));
  const number = (of, sign) => (a, b) => {
    const [x, y] = [of(a), of(b)];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);  // missing values last
    return sign * (x - y);
  };
  const orders = {
    question: text((item) => item.question),
    reference: text((item) => item.reference),
    score: number((item) => answer(item)?.score, 1),
    sure: number((item) => answer(item)?.confidence, -1),
    unsure: number((item) => answer(item)?.confidence, 1),
    longest: number((item) => answer(item)?.prediction.length, -1),
  };
  return orders[state.sort] ? items.sort(orders[state.sort]) : items;
}
