// Days and instants. A day is its number in the proleptic Gregorian calendar, 1 January of the year
// 1 being 1, as in Python: whole numbers compare and subtract, and no time zone can touch them.

const FIRST_DAY = 1;
const LAST_DAY = 3652059; // 31 December 9999
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August",
  "September", "October", "November", "December"];

/** The number of a day (Hinnant's days_from_civil, shifted to Python's first day). */
function dayOf(year, month, day) {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 305;
}

/** [year, month, day] of the number of a day. */
function partsOf(number) {
  const z = number + 305;
  const era = Math.floor(z / 146097);
  const ofEra = z - era * 146097;
  const y = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36524)
    - Math.floor(ofEra / 146096)) / 365);
  const ofYear = ofEra - (365 * y + Math.floor(y / 4) - Math.floor(y / 100));
  const m = Math.floor((5 * ofYear + 2) / 153);
  const month = m < 10 ? m + 3 : m - 9;
  return [y + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - Math.floor((153 * m + 2) / 5) + 1];
}

function daysInMonth(year, month) {
  return month === 12 ? 31 : dayOf(year, month + 1, 1) - dayOf(year, month, 1);
}

/** A day moved by months, to the end of a shorter month; clamped to the days that there are. */
function addMonths(number, months) {
  const [year, month, day] = partsOf(number);
  const counted = year * 12 + month - 1 + months;
  const y = Math.floor(counted / 12);
  const m = counted - y * 12 + 1;
  if (y > 9999) return LAST_DAY;
  if (y < 1) return FIRST_DAY;
  return dayOf(y, m, Math.min(day, daysInMonth(y, m)));
}

/** `2025-12-05`. */
function isoDay(number) {
  const [year, month, day] = partsOf(number);
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${
    String(day).padStart(2, "0")}`;
}

/** The number of a day written `2025-12-05`; null for anything else. */
function parseDay(text) {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? "");
  if (!match) return null;
  const [year, month, day] = match.slice(1).map(Number);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return dayOf(year, month, day);
}

/** `5 December 2025`. */
function dayText(number) {
  const [year, month, day] = partsOf(number);
  return `${day} ${MONTHS[month - 1]} ${year}`;
}

const LETTERS = { 33: "Q1", 34: "Q2", 35: "Q3", 36: "Q4", 40: "H1", 41: "H2" };

/** EDTF with letters for quarters and halves of a year: `2025-Q1`. */
function lettered(edtf) {
  return edtf.replace(/(?<=[\dX]{4}-)(?:3[3-6]|4[01])(?!\d)/g, (code) => LETTERS[code]);
}

/** A date as a person reads it, with words where it is an interval or open. */
function dateText(edtf) {
  if (edtf === null || edtf === undefined) return "";
  if (edtf === "../..") return "no date";
  const date = lettered(edtf);
  if (date.startsWith("../")) return `by ${date.slice(3)}`;
  if (date.endsWith("/..")) return `from ${date.slice(0, -3)}`;
  return date.replace("/", " to ");
}

/** An instant to the minute, in UTC: `10 December 2025, 09:04 UTC`. */
function instantText(instant) {
  if (!instant) return "before anything was recorded";
  return `${dayText(parseDay(instant.slice(0, 10)))}, ${instant.slice(11, 16)} UTC`;
}
