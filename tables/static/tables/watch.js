// Updates a part of a page until the process it shows has ended. Then removes parts for unfinished processes, or
// reloads the page (data-when-ended="reload").
"use strict";

const watched = document.querySelector("[data-watch]");
const state = () => watched.querySelector("[data-state]")?.dataset.state;
let failures = 0;

async function refresh() {
    try {
        const answer = await fetch(watched.dataset.watch, { headers: { "X-Requested-With": "fetch" } });
        if (answer.ok && !answer.redirected) {
            watched.innerHTML = await answer.text();
            failures = 0;
        } else if (answer.redirected || answer.status < 500) {
            location.reload();
            return;
        } else {
            failures += 1;
        }
    } catch {
        failures += 1;
    }
    watch();
}

function watch() {
    if (state() === "ended") {
        if (watched.dataset.whenEnded === "reload") location.reload();
        document.querySelectorAll("[data-while-unfinished]").forEach((each) => each.remove());
        return;
    }
    setTimeout(refresh, Math.min(1000 * 2 ** failures, 15000));
}

if (watched && (state() !== "ended" || !watched.dataset.whenEnded)) watch();
