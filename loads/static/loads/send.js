// A file dropped anywhere on the form is the one to be sent; one that is too large is told before it goes out.
"use strict";

const form = document.querySelector("[data-send]");

if (form) {
    const input = form.querySelector("input[type=file]");
    // unfold looks for the text field of its own widget beside every file input, unless it was there already.
    input.hasChangeListener = true;
    const told = form.querySelector("[data-told]");
    const area = form.querySelector(".vba-drop");

    const tell = () => {
        const [file] = input.files;
        const tooLarge = file && file.size > Number(form.dataset.most);
        input.setCustomValidity(tooLarge ? "The file is too large." : "");
        told.textContent = file ? `${file.name}, ${file.size.toLocaleString("en")} bytes${tooLarge ? ": too large. Pack it by gzip, or send it in parts" : ""}.` : "";
    };

    for (const kind of ["dragenter", "dragover"]) {
        form.addEventListener(kind, (event) => {
            event.preventDefault();
            area.classList.add("vba-over");
        });
    }
    form.addEventListener("dragleave", (event) => {
        if (!form.contains(event.relatedTarget)) area.classList.remove("vba-over");
    });
    form.addEventListener("drop", (event) => {
        event.preventDefault();
        area.classList.remove("vba-over");
        if (event.dataTransfer.files.length > 1) {
            told.textContent = "One file at a time, please.";
        } else if (event.dataTransfer.files.length) {
            input.files = event.dataTransfer.files;
            tell();
            form.querySelector("[type=submit]").focus();
        }
    });
    input.addEventListener("change", tell);
    form.addEventListener("submit", () => {
        told.textContent = "Sending…";
        form.querySelector("[type=submit]").disabled = true;
    });
    // The browser's way back shows the page as it was left.
    addEventListener("pageshow", () => { form.querySelector("[type=submit]").disabled = false; });
}
