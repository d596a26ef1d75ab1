// A file dropped anywhere on the form is the one to be sent; one that is too large is told before it goes out.
// While it goes out a bar shows how far it is; when that fails, the page and the chosen file stay.
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

    const button = form.querySelector("[type=submit]");
    const bar = form.querySelector("progress");

    const idle = () => {
        button.disabled = false;
        bar.hidden = true;
        tell();
    };
    const failed = (text) => {
        idle();
        const alert = document.createElement("p");
        alert.className = "vba-wrong";
        alert.setAttribute("role", "alert");
        alert.textContent = text;
        form.before(alert);
    };
    const answered = (request) => {
        // Taken, or signed out meanwhile: go where the answer comes from. Refused: it is this page, saying why.
        if (request.status < 400 && request.responseURL !== location.href) {
            told.textContent = "Sent.";
            location.assign(request.responseURL);
        } else {
            const reason = request.responseXML?.querySelector("[role=alert].vba-wrong");
            failed(reason?.textContent ?? `The file was not taken (status ${request.status}). Load the page again, then try once more.`);
        }
    };

    form.addEventListener("submit", (event) => {
        event.preventDefault();
        document.querySelectorAll("[role=alert].vba-wrong").forEach((each) => each.remove());
        button.disabled = true;
        bar.value = 0;
        bar.hidden = false;
        told.textContent = "Sending…";
        const request = new XMLHttpRequest();
        request.open("POST", form.action);
        request.responseType = "document";
        request.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = loaded / total; });
        request.upload.addEventListener("load", () => { told.textContent = "Sent. It is being stored…"; });
        request.addEventListener("load", () => answered(request));
        request.addEventListener("error", () => failed("The connection broke off, and the file was not taken. Try again."));
        request.send(new FormData(form));
    });
    // The browser's way back shows the page as it was left.
    addEventListener("pageshow", idle);
}
