//! docs/bounds.md: every row of it names a test that is there and a metric that is listed.

use std::fs;

use regex::Regex;

use crate::faults::model::every_test;

#[test]
fn every_bound_has_a_metric_that_is_listed_and_a_test_that_is_there() {
    let there = every_test();
    let text = fs::read_to_string("docs/bounds.md").unwrap();
    let listed = fs::read_to_string("docs/operations.md").unwrap();
    let test = Regex::new(r"`((?:\w+::)+\w+)`").unwrap();
    let metric = Regex::new(r"`(callboard_[a-z_]+)[^`]*`").unwrap();
    let mut tables = text.split("\n\n").filter(|part| part.starts_with("| what "));
    // What, limit, what happens at it, metric, test; and of what is cut as it is read: what, limit, test.
    let (counted, cut) = (tables.next().unwrap(), tables.next().unwrap());
    let mut count = 0;
    for (table, cells_each) in [(counted, 5), (cut, 3)] {
        for row in table.lines().skip(2) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
            assert_eq!(cells.len(), cells_each, "{row}");
            let tests: Vec<&str> = test
                .captures_iter(cells[cells_each - 1])
                .map(|it| it.get(1).unwrap().as_str())
                .collect();
            assert!(!tests.is_empty(), "no test reaches it: {row}");
            for test in tests {
                assert!(there.contains(test), "there is no test {test}");
            }
            if cells_each == 5 {
                let metrics: Vec<&str> =
                    metric.captures_iter(cells[3]).map(|it| it.get(1).unwrap().as_str()).collect();
                assert!(!metrics.is_empty(), "no metric shows it: {row}");
                for metric in metrics {
                    let known = listed.lines().any(|line| {
                        line.starts_with("| `callboard_") && line.contains(&format!("`{metric}"))
                    });
                    assert!(known, "docs/operations.md does not list {metric}");
                }
            }
            count += 1;
        }
    }
    assert!(count >= 30, "{count} rows");
}
