// Choosing columns: a search box filters them by name, and a line lists the chosen ones.
"use strict";

const choose = document.querySelector("[data-choose]");
if (choose) {
    const box = choose.querySelector("#find-column");
    const status = choose.querySelector("[data-status]");
    const labels = [...choose.querySelectorAll("label[data-name]")];
    const sections = [...choose.querySelectorAll("details")];
    const opened = new Map(sections.map((each) => [each, each.open]));

    function tell() {
        const chosen = labels.filter((each) => each.querySelector("input").checked);
        const names = chosen.map((each) => each.textContent.trim());
        const found = labels.filter((each) => !each.hidden).length;
        const parts = box.value.trim() ? [`${found} found.`] : [];
        parts.push(names.length ? `Chosen: ${names.join(", ")}.` : "Nothing chosen yet.");
        status.textContent = parts.join(" ");
    }

    function narrow() {
        const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
        for (const each of labels) {
            each.hidden = !words.every((word) => each.dataset.name.includes(word));
        }
        for (const section of sections) {
            section.hidden = ![...section.querySelectorAll("label")].some((each) => !each.hidden);
            section.open = words.length > 0 || opened.get(section);
        }
        tell();
    }

    box.closest("[hidden]").hidden = false;
    box.focus();
    box.addEventListener("input", narrow);
    box.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== "ArrowDown") return;
        event.preventDefault(); // Enter would submit the form.
        labels.find((each) => !each.hidden)?.querySelector("input").focus();
    });
    choose.addEventListener("change", tell);
    narrow(); // After Back, the browser keeps the search text.
}
