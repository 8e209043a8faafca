//! What must be fast. One binary; a module per path. Compare ratios within one run.

use criterion::{criterion_group, criterion_main};

mod call;

criterion_group!(benches, call::fold);
criterion_main!(benches);
