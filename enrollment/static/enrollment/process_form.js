// The forms of disenroll and reenroll: a field is shown only with the choice that it belongs to, and the group
// gets the date by default only where all of it is disenrolled.
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
