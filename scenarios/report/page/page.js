"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const waiting = Object.keys(charts);
  const config = { displayModeBar: false, responsive: true, showTips: false };
  const draw = (id) => Plotly.newPlot(id, charts[id].data, charts[id].layout, config);
  const drawAll = () => { while (waiting.length) draw(waiting.shift()); };

  // A few at a time, so that a page of many channels can be read and scrolled meanwhile.
  const step = () => {
    const end = performance.now() + 50;
    while (waiting.length && performance.now() < end) draw(waiting.shift());
    if (waiting.length) setTimeout(step);
    else document.body.dataset.drawn = "yes";
  };
  step();

  // On paper everything is as wide as the sheet, whatever the window's width.
  const fit = (printing) => {
    drawAll();
    document.body.classList.toggle("printing", printing);
    for (const id of Object.keys(charts)) {
      const width = document.getElementById(id).clientWidth;
      Plotly.relayout(id, printing ? { width } : { width: null, autosize: true });
    }
  };
  addEventListener("beforeprint", () => fit(true));
  addEventListener("afterprint", () => fit(false));
})();
