// Finds the number that solves a puzzle of the desk's: SHA-256 in plain steps, for crypto.subtle is
// slow by the piece, and missing where a page comes without https.

const PAUSE = 4000; // tries between two looks at what else the page has to do

/** Return the puzzle with a number that makes its hash begin with enough zero bits. */
export async function solve(puzzle) {
  const bits = Number(puzzle.split(".")[1]);
  for (let number = 0; ; number += 1) {
    if (number % PAUSE === 0) await new Promise((done) => setTimeout(done));
    const solution = `${puzzle}:${number}`;
    if (Math.clz32(firstWord(solution)) >= bits) return solution;
  }
}

const primes = [];
for (let one = 2; primes.length < 64; one += 1) if (primes.every((prime) => one % prime)) primes.push(one);
const fraction = (root) => ((root % 1) * 2 ** 32) | 0;
const ROUNDS = primes.map((prime) => fraction(Math.cbrt(prime)));
const START = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const turn = (word, by) => (word >>> by) | (word << (32 - by));
const spread = new Int32Array(64);

/** Return the first 32 bits of the SHA-256 of ASCII text. */
function firstWord(text) {
  const blocks = (text.length + 8 >> 6) + 1;
  const words = new Int32Array(blocks * 16);
  for (let at = 0; at < text.length; at += 1) words[at >> 2] |= text.charCodeAt(at) << (24 - (at % 4) * 8);
  words[text.length >> 2] |= 0x80 << (24 - (text.length % 4) * 8);
  words[blocks * 16 - 1] = text.length * 8;
  let hash = START;
  for (let block = 0; block < blocks; block += 1) hash = mixed(hash, words, block * 16);
  return hash[0];
}

function mixed(hash, words, from) {
  let [a, b, c, d, e, f, g, h] = hash;
  for (let i = 0; i < 64; i += 1) {
    if (i < 16) spread[i] = words[from + i];
    else {
      const x = spread[i - 15];
      const y = spread[i - 2];
      const low = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const high = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      spread[i] = spread[i - 16] + low + spread[i - 7] + high;
    }
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + spread[i]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [a, b, c, d, e, f, g, h] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + hash[i]) | 0);
}
