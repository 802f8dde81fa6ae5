// Three short beeps for the desk, made here so that no sound file is needed.
// ok: two rising; no: low, long; attention: one in between. Off when the browser has no audio.
const NOTES = {
  ok: [[880, 0, 0.09], [1320, 0.09, 0.12]],
  no: [[220, 0, 0.32]],
  attention: [[660, 0, 0.1], [660, 0.16, 0.1]],
};
let context = null;

export function beep(kind) {
  if (localStorage.getItem("kesach-sound") === "off") return;
  const Audio = window.AudioContext || window.webkitAudioContext;
  if (!Audio || !NOTES[kind]) return;
  context ??= new Audio();
  if (context.state === "suspended") context.resume();
  for (const [pitch, after, length] of NOTES[kind]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.type = kind === "no" ? "square" : "sine";
    tone.frequency.value = pitch;
    const start = context.currentTime + after;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(kind === "no" ? 0.08 : 0.2, start + 0.012);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + length);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + length + 0.02);
  }
}

export function soundIsOn() {
  return localStorage.getItem("kesach-sound") !== "off";
}

export function switchSound(on) {
  localStorage.setItem("kesach-sound", on ? "on" : "off");
}
