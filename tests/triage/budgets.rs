//! What callers say of money, form by form, and what of it is a budget.

use callboard::call::Money;

use super::{agent, caller, judge};

#[test]
fn money_is_read_as_callers_say_it() {
    let mut wrong = Vec::new();
    for row in include_str!("../fixtures/triage/budgets.tsv").lines() {
        let (labelled, said) = row.split_once('\t').expect(row);
        let lines: Vec<_> = said
            .split("\\n")
            .map(|line| match line.strip_prefix("Agent: ") {
                Some(asked) => agent(asked),
                None => caller(line.strip_prefix("Caller: ").unwrap_or(line)),
            })
            .collect();
        let expected = (labelled != "-").then(|| Money::dollars(labelled.parse().expect(row)));
        let judged = judge(&lines).budget;
        if judged != expected {
            wrong.push(format!("{judged:?} for {row}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
