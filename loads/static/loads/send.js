// A file dropped anywhere on the form is the one to be sent; one that is too large is refused before it goes out.
// While it goes out a bar shows how far it is; when that fails, the page and the chosen file stay.
"use strict";

const form = document.querySelector("[data-send]");

if (form) {
    const input = form.querySelector("input[type=file]");
    // unfold looks for the text field of its own widget beside every file input, unless it was there already.
    input.hasChangeListener = true;
    const status = form.querySelector("[data-status]");
    const area = form.querySelector(".vba-drop");

    const button = form.querySelector("[type=submit]");
    const bar = form.querySelector("progress");
    let sending = false;

    const tell = () => {
        const [file] = input.files;
        const tooLarge = file && file.size > Number(form.dataset.most);
        input.setCustomValidity(tooLarge ? "The file is too large." : "");
        status.textContent = file ? `${file.name}, ${file.size.toLocaleString("en")} bytes${tooLarge ? ": too large. Pack it by gzip, or send it in parts" : ""}.` : "";
    };

    for (const kind of ["dragenter", "dragover"]) {
        form.addEventListener(kind, (event) => {
            event.preventDefault();
            if (!sending) area.classList.add("vba-over");
        });
    }
    form.addEventListener("dragleave", (event) => {
        if (!form.contains(event.relatedTarget)) area.classList.remove("vba-over");
    });
    form.addEventListener("drop", (event) => {
        event.preventDefault();
        area.classList.remove("vba-over");
        if (sending) return;
        if (event.dataTransfer.files.length > 1) {
            status.textContent = "One file at a time, please.";
        } else if (event.dataTransfer.files.length) {
            input.files = event.dataTransfer.files;
            tell();
            button.focus();
        }
    });
    input.addEventListener("change", tell);

    const show = (isSending) => {
        sending = isSending;
        input.disabled = button.disabled = isSending;
        bar.hidden = !isSending;
        bar.value = 0;
        if (isSending) status.textContent = "Sending…";
        else tell();
    };
    const failed = (text) => {
        show(false);
        const alert = document.createElement("p");
        alert.className = "vba-wrong";
        alert.setAttribute("role", "alert");
        alert.textContent = text;
        form.before(alert);
        button.focus();
    };
    const answered = (request) => {
        const page = location.href.split("#")[0];
        if (request.status === 201) {
            status.textContent = "Sent.";
            location.assign(request.getResponseHeader("Location"));
        } else if (request.responseURL !== page) {
            location.assign(request.responseURL); // signed out meanwhile
        } else if (request.status === 413) {
            failed("The file is too large to be sent. Pack it by gzip, or send it in parts.");
        } else {
            const reason = request.responseXML?.querySelector("[role=alert].vba-wrong");
            failed(reason?.textContent ?? `The file was not taken (status ${request.status}). Load the page again, then try once more.`);
        }
    };
    const brokenOff = async () => {
        try {
            await input.files[0].slice(0, 1).arrayBuffer();
        } catch {
            input.value = "";
            failed("The file has changed since it was chosen, and was not sent. Choose it again.");
            return;
        }
        // Perhaps it was the answer that was lost; a file that is sent twice does no harm.
        failed("The connection broke off before an answer came. Try again; or load the page again, and look whether the file is among those below.");
    };

    form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (sending) return;
        document.querySelectorAll("[role=alert].vba-wrong").forEach((each) => each.remove());
        const content = new FormData(form);
        show(true);
        const request = new XMLHttpRequest();
        request.open("POST", form.action);
        request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
        request.responseType = "document";
        request.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = loaded / total; });
        request.upload.addEventListener("load", () => { status.textContent = "Sent. It is being stored…"; });
        request.addEventListener("load", () => answered(request));
        request.addEventListener("error", brokenOff);
        request.send(content);
    });
    // The browser's way back shows the page as it was left: with a file, and sending it.
    addEventListener("pageshow", ({ persisted }) => {
        if (persisted) show(false);
        else tell();
    });
}
