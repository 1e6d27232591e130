const summary = JSON.parse(document.getElementById("summary-data").textContent);
document.getElementById("head").textContent = summary.title;
document.documentElement.dataset.ready = "1";
