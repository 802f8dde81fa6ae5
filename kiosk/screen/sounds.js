// Five short sounds, made here: no files, no voices. Soft attack and decay, nothing shrill; a no is low
// and short, so that nobody turns round.
const NOTES = {
  hello: [[523.25, 0, 0.12], [783.99, 0.1, 0.2]],
  ok: [[659.25, 0, 0.1], [987.77, 0.09, 0.22]],
  attention: [[587.33, 0, 0.16]],
  no: [[329.63, 0, 0.16], [261.63, 0.16, 0.24]],
  bye: [[783.99, 0, 0.14], [659.25, 0.13, 0.14], [523.25, 0.26, 0.28]],
};
let context = null;

export function play(name, volume) {
  const notes = NOTES[name];
  if (!notes || !(volume > 0) || !window.AudioContext) return;
  context = context || new AudioContext();
  // A browser without --autoplay-policy=no-user-gesture-required is silent until the first touch.
  if (context.state === "suspended") context.resume().catch(() => {});
  if (context.state !== "running") return;
  for (const [pitch, begin, length] of notes) {
    const start = context.currentTime + begin;
    const tone = context.createOscillator(), level = context.createGain();
    tone.type = "triangle";
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0, start);
    level.gain.linearRampToValueAtTime(0.3 * volume, start + 0.012);
    level.gain.exponentialRampToValueAtTime(0.001, start + length);
    tone.connect(level).connect(context.destination);
    tone.start(start);
    tone.stop(start + length + 0.02);
  }
}
