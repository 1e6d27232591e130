// The gallery of items and images: filters, pages, and a viewer for single items.

class Gallery {
  constructor(report, items, images) {
    this.report = report;
    this.items = items;
    this.images = images;
    this.fields = fieldsOf(items);
    this.flips = [...new Set(items.flatMap((item) => item.answers.flatMap((answer) => answer?.flips || [])))].sort();
    this.results = new Set(items.flatMap((item) => item.answers.map(resultOf)));
  }

  // ---- static parts ----------------------------------------------------------------------------------------------

  build() {
    this.controls = {};
    this.status = el("p", {class: "status", role: "status", "aria-live": "polite"});
    this.grid = el("div", {class: "grid"});
    this.pager = [el("div", {class: "pager"}), el("div", {class: "pager"})];
    this.viewer = new Viewer(this);
    return [
      this.filterForm(), el("div", {class: "gallery-bar"}, this.status, this.pager[0]), this.grid, this.pager[1],
      this.viewer.dialog,
      el("p", {class: "legend keys"}, el("kbd", {}, "/"), " search  ", el("kbd", {}, "\u2190"), " ",
         el("kbd", {}, "\u2192"), " previous and next page, or item if one is open  ", el("kbd", {}, "Esc"), " close")
    ];
  }

  menu(key, label, options) {
    const select =
        el("select", {name: key, onchange: () => this.changed()},
           options.map(([value, text]) => el("option", {value}, text)));
    this.controls[key] = select;
    return el("label", {class: "control"}, el("span", {}, label), select);
  }

  filterForm() {
    const runs = this.report.runs;
    const search =
        el("input",
           {type: "search", name: "q", placeholder: "words in question, reference or answer", autocomplete: "off"});
    let timer;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.changed(), 120);
    });
    this.controls.q = search;
    const number = (of) => this.items.filter(of).length;
    const results =
        Object.entries(RESULTS).filter(([key]) => key === "wrong" || key === "right" || this.results.has(key));
    const kinds = ["closed", "open"].map((kind) => [kind, `${kind} (${count(number((item) => item.kind === kind))})`]);
    const several = this.report.several ?
        [
          this.menu("run", "Filters apply to", runs.map((run, i) => [String(i + 1), run.name])),
          this.menu(
              "vs", "Comparison",
              [
                ["", "any"], ["disagree", "scores differ"], ["all", "all correct"], ["none", "none correct"],
                ...runs.map((run, i) => [`only-${i + 1}`, `only ${run.name} correct`])
              ])
        ] :
        [];
    return el(
        "form", {class: "filters", "aria-label": "Filters", onsubmit: (event) => event.preventDefault()},
        el("label", {class: "control wide"}, el("span", {}, "Search"), search),
        this.menu(
            "result", "Answer",
            [["", "any"], ...results]),
        this.menu("kind", "Kind", [["", "any"], ...kinds]), several,
        this.flips.length > 0 &&
            this.menu(
                "flips", "Flips", [["", "any"], ["any", "with a flip"], ...this.flips.map((flip) => [flip, flip])]),
        this.menu("sort", "Order", Object.entries(SORTS)),
        this.menu("size", "Items per page", SIZES.map((size) => [String(size), String(size)])),
        el("button", {
          type: "button",
          class: "reset",
          onclick: () => this.go({...readState("", this.fields, runs.length), size: this.state.size})
        },
           "Reset"),
        this.fieldMenus());
  }

  // Folded, because datasets have up to a dozen fields; open while one of them filters.
  fieldMenus() {
    if (!this.fields.length) return null;
    this.more = el(
        "details", {class: "more"}, el("summary", {}, `Fields of the dataset (${count(this.fields.length)})`),
        el("div", {class: "more-filters"},
           this.fields.map(
               ({name, key, values}) => this.menu(
                   key, title(name),
                   [["", "any"], ...values.map(([value, n]) => [value, `${value || "(empty)"} (${count(n)})`])]))));
    return this.more;
  }

  // ---- state -----------------------------------------------------------------------------------------------------

  start() {
    addEventListener("hashchange", () => this.fromHash());
    addEventListener("keydown", (event) => this.key(event));
    this.fromHash();
  }

  // `#wrong=1&...` filters items, `#scores` jumps to a section.
  fromHash() {
    const hash = location.hash;
    if (hash.length > 1 && !hash.includes("=") && this.state) {
      document.getElementById(hash.slice(1))?.scrollIntoView();
      return;
    }
    this.state = readState(hash, this.fields, this.report.runs.length);
    this.render();
    if (hash.length > 1) document.getElementById(hash.includes("=") ? "items" : hash.slice(1))?.scrollIntoView();
    if (this.state.item !== null) this.viewer.open(this.shown.findIndex((item) => item.id === this.state.item));
  }

  changed() {
    const {controls} = this;
    const fields =
        Object.fromEntries(this.fields.map(({name, key}) => [name, controls[key].value]).filter(([, value]) => value));
    this.go({
      ...this.state,
      q: controls.q.value,
      result: controls.result.value,
      kind: controls.kind.value,
      flips: controls.flips?.value || "",
      vs: controls.vs?.value || "",
      run: Number(controls.run?.value || 1),
      sort: controls.sort.value,
      size: Number(controls.size.value),
      fields,
      page: 1,
      item: null
    });
  }

  go(state) {
    this.state = state;
    this.render();
    this.keep();
  }

  keep() {
    history.replaceState(null, "", writeState(this.state) || location.pathname + location.search);
  }

  turn(page) {
    this.go({...this.state, page});
    document.getElementById("items").scrollIntoView();
  }

  key(event) {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !typing && !this.viewer.dialog.open) {
      event.preventDefault();
      this.controls.q.focus();
      return;
    }
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step || typing) return;
    if (this.viewer.dialog.open)
      this.viewer.move(step);
    else if (!event.target.closest?.(".scroll") && this.state.page + step >= 1 && this.state.page + step <= this.pages)
      this.turn(this.state.page + step);
  }

  // ---- drawing ---------------------------------------------------------------------------------------------------

  render() {
    const {state, controls} = this;
    this.shown = selected(this.items, state);
    this.pages = Math.max(1, Math.ceil(this.shown.length / state.size));
    state.page = Math.min(state.page, this.pages);
    for (const key of ["q", "kind", "flips", "vs", "sort", "size", "result", "run"])
      if (controls[key]) controls[key].value = String(state[key]);
    for (const {name, key} of this.fields) controls[key].value = state.fields[name] || "";
    for (const control of Object.values(controls))
      control.classList.toggle("active", !["sort", "size", "run"].includes(control.name) && control.value !== "");
    if (this.more && this.fields.some(({name}) => state.fields[name])) this.more.open = true;
    const first = (state.page - 1) * state.size;
    const needles = needlesOf(state.q);
    this.grid.replaceChildren(
        ...this.shown.slice(first, first + state.size).map((item, i) => this.card(item, first + i, needles)));
    if (!this.shown.length) this.grid.append(el("p", {class: "nothing"}, "No items match these filters."));
    this.status.replaceChildren(...this.statusText());
    this.pager.forEach((pager) => pager.replaceChildren(...this.pagerButtons()));
    root.dataset.shown = String(this.shown.length);
    root.dataset.pages = String(this.pages);
  }

  statusText() {
    const {state, shown} = this;
    const tallies = this.report.runs.map((run, i) => {
      const answers = shown.map((item) => item.answers[i]).filter(Boolean);
      return `${this.report.several ? `${run.name} ` : ""}${
          percent({sum: answers.reduce((sum, answer) => sum + answer.score, 0), n: answers.length}, 1)} %`;
    });
    const exact = [["ref", "reference"], ["pred", "answer"]].filter(([key]) => state[key] !== null);
    return [
      el("strong", {}, count(shown.length)), ` of ${count(this.items.length)} items`,
      shown.length ? `; score ${tallies.join(", ")}` : "",
      ...exact.map(
          ([key, name]) =>
              el("button", {
                type: "button",
                class: "exact",
                "aria-label": `Remove the filter: ${name} is ${state[key]}`,
                onclick: () => this.go({...state, [key]: null, page: 1})
              },
                 `${name} is \u201c${state[key]}\u201d \u00d7`))
    ];
  }

  pagerButtons() {
    const {page} = this.state;
    const button = (text, label, target) =>
        el("button", {
          type: "button",
          "aria-label": label,
          disabled: target < 1 || target > this.pages || target === page,
          onclick: () => this.turn(target)
        },
           text);
    return [
      button("\u00ab", "First page", 1), button("\u2039", "Previous page", page - 1),
      el("span", {class: "tabular"}, `page ${count(page)} of ${count(this.pages)}`),
      button("\u203a", "Next page", page + 1), button("\u00bb", "Last page", this.pages)
    ];
  }

  picture(item, attributes = {}) {
    const image = this.images[item.image];
    const source = image?.data || (isBeside(image?.file) && !image.error && pathUrl(image.file));
    if (!source)
      return el(
          "span", {class: "no-picture"},
          image?.error || (item.image ? "image not available" : "question without an image"));
    return el("img", {src: source, alt: `Image ${item.image}`, loading: "lazy", decoding: "async", ...attributes});
  }

  card(item, place, needles) {
    return el(
        "article", {class: "item", "data-id": item.id},
        el("button", {
          type: "button",
          class: "thumb",
          "aria-label": `Enlarge item ${item.id}`,
          onclick: () => this.viewer.open(place)
        },
           this.picture(item)),
        el("div", {class: "words"}, el("p", {class: "question"}, marked(item.question, needles)),
           this.answers(item, needles), this.tags(item)));
  }

  answers(item, needles) {
    const {several} = this.report;
    return el(
        "dl", {class: several && "several"}, el("dt", {}, "reference"),
        el("dd", {class: "reference"}, marked(item.reference, needles)), item.answers.map((answer, i) => {
          const result = resultOf(answer);
          return [
            el("dt", {class: several && `of-run ${runClass(i)}`},
               several ? this.report.chip(this.report.runs[i]) : "answer"),
            el("dd", {class: `${result} ${runClass(i)}`},
               el("span", {
                 class: "mark",
                 role: "img",
                 "aria-label": RESULTS[result],
                 title: answer ? `score ${plainNumber(answer.score)}` : ""
               },
                  MARKS[result]),
               el("span", {class: "prediction"}, answer ? marked(answer.prediction, needles) : "",
                  answer && !answer.prediction && el("em", {}, answer.error || "(empty)")),
               " ", answer && this.notes(answer, result))
          ];
        }));
  }

  notes(answer, result) {
    return el(
        "span", {class: "notes"}, result === "partly" && el("span", {}, `score ${answer.score.toFixed(2)}`),
        (answer.flips || []).map((flip) => el("span", {class: "flip"}, `${flip} flip`)),
        typeof answer.confidence === "number" && el("span", {}, `confidence ${(100 * answer.confidence).toFixed(0)} %`),
        typeof answer.human === "number" && el("span", {}, `raters ${answer.human.toFixed(2)}`));
  }

  tags(item) {
    const fields = Object.entries(item.fields || {}).filter(([, value]) => value !== "");
    return el(
        "p", {class: "tags"}, el("span", {}, item.kind),
        fields.map(([name, value]) => el("span", {}, `${words(name)} `, el("span", {class: "value"}, value))),
        el("span", {class: "id"}, `#${item.id}`));
  }
}
