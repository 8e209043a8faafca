//! The terminal: state, update, views, keys, theme. Knows `wire` and `call` only.
