// Viewer: one enlarged item on top of the page.

// Only local files next to the page: nothing is fetched from anywhere else.
const isBeside = (file) => Boolean(file) && !/^([a-z][a-z0-9+.-]*:|[/\\])/i.test(file);
const pathUrl = (file) => file.split("/").map(encodeURIComponent).join("/");

class Viewer {
  constructor(gallery) {
    this.gallery = gallery;
    this.body = el("div", {class: "viewer-body"});
    const button = (text, label, act) => el("button", {type: "button", "aria-label": label, onclick: act}, text);
    this.place = el("span", {class: "tabular"});
    this.dialog =
        el("dialog", {
          class: "viewer",
          "aria-label": "Item",
          onclose: () => this.closed(),
          onclick: (event) => event.target === this.dialog && this.close()
        },
           el("div", {class: "viewer-bar"}, button("\u2039", "Previous item", () => this.move(-1)), this.place,
              button("\u203a", "Next item", () => this.move(1)), button("\u00d7", "Close", () => this.close())),
           this.body);
  }

  open(place) {
    const {gallery} = this;
    const item = gallery.shown[place];
    if (!item) return;
    this.at = place;
    this.place.textContent = `${count(place + 1)} of ${count(gallery.shown.length)}`;
    this.body.replaceChildren(
        el("div", {class: "viewer-picture"}, this.large(item)),
        el("div", {class: "words"}, el("p", {class: "question"}, item.question), gallery.answers(item, []),
           this.extracted(item), gallery.tags(item)));
    if (!this.dialog.open) this.dialog.showModal();
    gallery.state.item = item.id;
    gallery.keep();
  }

  // The thumbnail first, replaced by the file next to the page if the browser can show it.
  large(item) {
    const image = this.gallery.images[item.image];
    const picture = this.gallery.picture(item, {loading: "eager"});
    if (!isBeside(image?.file)) return picture;
    const full = new Image();
    full.alt = `Image ${item.image}`;
    full.addEventListener("load", () => picture.replaceWith(full));
    full.src = pathUrl(image.file);
    return [picture, el("a", {href: pathUrl(image.file), target: "_blank", rel: "noopener"}, image.file)];
  }

  extracted(item) {
    const rows = item.answers.flatMap(
        (answer, i) =>
            (answer && answer.extracted !== undefined && answer.extracted !== answer.prediction ?
                 [[this.gallery.report.runs[i].name, answer.extracted]] :
                 []));
    return rows.length > 0 &&
        el("p", {class: "aside"}, "Compared after extraction: ",
           rows.map(([name, text]) => `${this.gallery.report.several ? `${name}: ` : ""}\u201c${text}\u201d`)
               .join("; "));
  }

  move(step) {
    const place = this.at + step;
    if (place < 0 || place >= this.gallery.shown.length) return;
    this.open(place);
  }

  close() {
    this.dialog.close();
    this.closed();
  }

  // Also called on Escape, after the browser has closed the dialog; runs only once.
  closed() {
    const {gallery} = this;
    if (gallery.state.item === null) return;
    gallery.state.item = null;
    const page = Math.floor(this.at / gallery.state.size) + 1;
    if (page !== gallery.state.page)
      gallery.go({...gallery.state, page});
    else
      gallery.keep();
  }
}
