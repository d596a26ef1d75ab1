// Shows a field of the form of a reenroll only with the choice that it belongs to.
"use strict";

const parts = document.querySelectorAll("[data-shown-with]");

function show() {
    for (const part of parts) {
        const [name, value] = part.dataset.shownWith.split("=");
        const chosen = document.querySelector(`input[name="${name}"]:checked`)?.value;
        part.hidden = chosen !== value && !part.querySelector(".errors");
    }
}

document.addEventListener("change", show);
show();
