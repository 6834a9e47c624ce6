"use strict";
const words = document.getElementById("words");
const buttons = [...document.querySelectorAll(".tools button")];
const cases = [...document.querySelectorAll("details.case")];
const groups = [...document.querySelectorAll(".group")];

function filter() {
  const wanted = words.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const verdicts = new Set(buttons.filter(b => b.getAttribute("aria-pressed") === "true").map(b => b.dataset.verdict));
  for (const one of cases) {
    const text = one.dataset.text;
    const fits = wanted.every(word => text.includes(word)) && (verdicts.size === 0 || verdicts.has(one.dataset.verdict));
    one.hidden = !fits;
  }
  for (const group of groups) group.hidden = !group.querySelector("details.case:not([hidden])");
}

function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") target.open = true;
}

words.addEventListener("input", filter);
for (const button of buttons) {
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    filter();
  });
}
addEventListener("hashchange", open);
open();
