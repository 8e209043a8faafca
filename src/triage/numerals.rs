//! Words for numbers, English and Spanish.

/// One to nineteen, and in Spanish to twenty nine.
pub(super) const UNITS: &[(&str, u32)] = &[
    ("zero", 0),
    ("oh", 0),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("couple", 2),
    ("par", 2),
    ("cero", 0),
    ("uno", 1),
    ("dos", 2),
    ("tres", 3),
    ("cuatro", 4),
    ("cinco", 5),
    ("seis", 6),
    ("siete", 7),
    ("ocho", 8),
    ("nueve", 9),
    ("diez", 10),
    ("once", 11),
    ("doce", 12),
    ("trece", 13),
    ("catorce", 14),
    ("quince", 15),
    ("dieciseis", 16),
    ("diecisiete", 17),
    ("dieciocho", 18),
    ("diecinueve", 19),
    ("veintiuno", 21),
    ("veintidos", 22),
    ("veintitres", 23),
    ("veinticuatro", 24),
    ("veinticinco", 25),
    ("veintiseis", 26),
    ("veintisiete", 27),
    ("veintiocho", 28),
    ("veintinueve", 29),
];

/// Twenty to ninety.
pub(super) const TENS: &[(&str, u32)] = &[
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fourty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("veinte", 20),
    ("treinta", 30),
    ("cuarenta", 40),
    ("cincuenta", 50),
    ("sesenta", 60),
    ("setenta", 70),
    ("ochenta", 80),
    ("noventa", 90),
];

/// Spanish hundreds, which are one word.
pub(super) const HUNDREDS: &[(&str, u32)] = &[
    ("cien", 100),
    ("ciento", 100),
    ("doscientos", 200),
    ("trescientos", 300),
    ("cuatrocientos", 400),
    ("quinientos", 500),
    ("seiscientos", 600),
    ("setecientos", 700),
    ("ochocientos", 800),
    ("novecientos", 900),
];

/// Units of numbers.
pub(super) const SCALES: &[(&str, u32)] = &[
    ("hundred", 100),
    ("hundreds", 100),
    ("hunderd", 100),
    ("hundrid", 100),
    ("hunnerd", 100),
    ("thousand", 1_000),
    ("thousands", 1_000),
    ("thousan", 1_000),
    ("thou", 1_000),
    ("grand", 1_000),
    ("gran", 1_000),
    ("k", 1_000),
    ("mil", 1_000),
    ("million", 1_000_000),
    ("mill", 1_000_000),
    ("millon", 1_000_000),
    ("millones", 1_000_000),
];

/// What recognisers make of a number, told by the unit right after it ("ate thousand").
pub(super) const MISHEARD: &[(&str, u32)] = &[
    ("won", 1),
    ("to", 2),
    ("too", 2),
    ("tree", 3),
    ("for", 4),
    ("fore", 4),
    ("fife", 5),
    ("sicks", 6),
    ("ate", 8),
    ("nein", 9),
    ("tin", 10),
];

/// The value of `word`.
pub(super) fn look_up(table: &[(&str, u32)], word: &str) -> Option<u32> {
    table.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}
