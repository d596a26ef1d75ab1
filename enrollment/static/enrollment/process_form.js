// The forms that disenroll and reenroll: shows a field only with the choice it belongs to. Marks the group as
// terminated by default only if the whole group is disenrolled.
"use strict";

const parts = document.querySelectorAll("[data-shown-with]");

function show() {
    for (const part of parts) {
        const [name, value] = part.dataset.shownWith.split("=");
        const chosen = document.querySelector(`input[name="${name}"]:checked`)?.value;
        part.hidden = chosen !== value && !part.querySelector(".errors");
    }
}

const division = document.querySelector('select[name="division_ID"]');
const dateOnGroup = document.querySelector('input[name="groupDisenroll"]');
if (division && dateOnGroup) {
    division.addEventListener("change", () => {
        dateOnGroup.checked = division.value === "";
    });
}

document.addEventListener("change", show);
show();
