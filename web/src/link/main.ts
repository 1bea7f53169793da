// The face check's page, in a browser with a camera. The server writes every
// page and every sentence; this shows one question at a time and keeps a warning in
// view, tries the camera and takes the pictures. What it says never counts: people or a
// vendor judge the pictures, and the server holds to the questions and the warning.
import "../base/base.css";
import "./link.css";
import { keepFocus } from "../base/focus";

const $ = <T extends HTMLElement>(id: string) => document.getElementById(id) as T | null;
const camera = () => navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" }, audio: false });

const WANTED = 3; // pictures
const LONGEST = 1280; // pixels of a picture's longer side

/** One question at a time. Nothing is sent before the last is answered. */
function askAll(form: HTMLFormElement) {
  const questions = [...form.querySelectorAll("section")];
  const show = (at: number) => {
    questions.forEach((q, i) => (q.hidden = i !== at));
    questions[at]!.querySelector("h1")!.focus();
  };
  questions.forEach((q, i) =>
    q.addEventListener("click", (e) => {
      const pressed = e.target as HTMLElement;
      if (!(pressed instanceof HTMLButtonElement)) return;
      if (!pressed.value) return show(i - 1);
      q.querySelector<HTMLInputElement>("[name=answer]")!.value = pressed.value;
      if (i + 1 < questions.length) return show(i + 1);
      q.querySelectorAll("button").forEach((b) => (b.disabled = true)); // once
      form.submit();
    }),
  );
}

/** The warning stays for its seconds, and going on takes two presses. */
function warn(form: HTMLFormElement) {
  const onward = $<HTMLButtonElement>("onward")!, sure = $("sure")!, then = onward.textContent, from = Date.now();
  const shown = () => Math.floor((Date.now() - from) / 1000);
  const count = () => {
    const left = Number(form.dataset["seconds"]) - shown();
    onward.disabled = left > 0;
    onward.textContent = left > 0 ? onward.dataset["wait"]!.replace("{s}", String(left)) : then;
    if (left > 0) setTimeout(count, 200);
  };
  count();
  const ask = (yes: boolean) => {
    sure.hidden = !yes;
    onward.hidden = yes;
    (yes ? sure.querySelector("h2")! : onward).focus();
  };
  onward.addEventListener("click", () => ask(true));
  $("back")!.addEventListener("click", () => ask(false));
  form.addEventListener("submit", () => ($<HTMLInputElement>("seconds")!.value = String(shown())));
}

/** The first page of a camera: nothing is asked of somebody whose camera cannot do it. */
function tryCamera(button: HTMLButtonElement, words: DOMStringMap) {
  const said = $("tried")!, begin = $<HTMLButtonElement>("begin")!;
  button.addEventListener("click", async () => {
    said.textContent = words["trying"]!;
    try {
      (await camera()).getTracks().forEach((t) => t.stop());
      $<HTMLInputElement>("camera")!.value = "yes";
      begin.disabled = false;
      begin.classList.add("primary");
      button.classList.remove("primary");
      said.textContent = words["works"]!;
      begin.focus();
    } catch {
      said.textContent = words["fails"]!;
    }
  });
}

/** The second: three pictures, each of which can be taken again, and then sent. */
function takePictures(form: HTMLFormElement, words: DOMStringMap) {
  const video = $<HTMLVideoElement>("video")!, take = $<HTMLButtonElement>("take")!, send = $<HTMLButtonElement>("send")!;
  const again = $<HTMLButtonElement>("again")!, said = $("said")!, shots = [...document.querySelectorAll<HTMLLIElement>(".shots li")];
  let pictures: Blob[] = [];
  let busy = false;
  const show = () => {
    shots.forEach((li, i) => {
      const picture = pictures[i];
      li.classList.toggle("taken", !!picture);
      if (!picture) {
        li.textContent = String(i + 1);
      } else if (!li.querySelector("img")) {
        const img = new Image();
        img.alt = `${i + 1}`;
        img.src = URL.createObjectURL(picture);
        li.replaceChildren(img);
      }
    });
    const all = pictures.length === WANTED;
    take.hidden = all;
    send.hidden = !all;
    again.hidden = pictures.length === 0;
  };
  const start = () =>
    camera().then(
      (stream) => {
        video.srcObject = stream;
        const ready = () => {
          take.disabled = false; // a press before there is a picture would do nothing
          said.textContent = "";
        };
        video.addEventListener("loadeddata", ready, { once: true });
      },
      () => {
        take.disabled = true;
        said.textContent = words["fails"]!;
      },
    );
  start();
  take.addEventListener("click", () => {
    if (!video.videoWidth || busy) return;
    const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d")!.drawImage(video, 0, 0, canvas.width, canvas.height);
    busy = true;
    canvas.toBlob(
      (b) => {
        busy = false;
        if (!b) return;
        pictures.push(b);
        said.textContent = `${pictures.length} / ${WANTED}`;
        show();
        if (pictures.length === WANTED) send.focus();
      },
      "image/jpeg",
      0.9,
    );
  });
  again.addEventListener("click", () => {
    pictures = [];
    said.textContent = "";
    show();
    take.focus();
  });
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (busy) return;
    busy = true;
    said.textContent = words["sending"]!;
    const body = new FormData();
    pictures.forEach((b, i) => body.append("frame", b, `${i + 1}.jpg`));
    try {
      const res = await fetch(form.action, { method: "POST", body });
      if (res.status >= 500) throw new Error(String(res.status));
      if (res.ok || res.status === 409 || res.status === 410) {
        location.href = "/face"; // says thanks, what comes first, or that it is over
        return;
      }
      const page = new DOMParser().parseFromString(await res.text(), "text/html");
      pictures = [];
      show();
      said.textContent = page.querySelector("[role=alert]")?.textContent ?? words["notSent"]!;
      busy = false;
    } catch {
      said.textContent = words["notSent"]!; // the pictures are still here
      busy = false;
    }
  });
  show();
}

keepFocus();
document.querySelectorAll("time").forEach((t) => {
  t.textContent = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(new Date(t.dateTime));
});
const interview = $<HTMLFormElement>("interview");
if (interview) askAll(interview);
const warning = $<HTMLFormElement>("warning");
if (warning) warn(warning);
const button = $<HTMLButtonElement>("try");
if (button) tryCamera(button, button.dataset);
const form = $<HTMLFormElement>("pictures");
if (form) takePictures(form, form.dataset);
