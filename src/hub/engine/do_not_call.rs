//! What operators say of numbers, in the engine.

use jiff::Timestamp;

use super::{Reply, SaidOfNumber, Unavailable, doubt::Waiting, worker::Worker};
use crate::{
    call::{CallId, Text},
    hub::duties,
    store::StoreError,
    wire::{Order, Receipt},
};

impl Worker {
    /// Has a number rung no more, or allows it again. Answered once it is on disk.
    pub(super) fn say_of_number(
        &mut self,
        order: SaidOfNumber,
        reply: Reply<Result<Receipt, Unavailable>>,
        now: Timestamp,
    ) {
        let SaidOfNumber { id, number, stands, operator } = order;
        let desk = &mut self.parts.desk;
        let known = desk.do_not_call().of(&number).filter(|known| known.stands);
        let (done, message) = match (stands, known) {
            (true, Some(known)) => (false, duties::already(known, &desk.settings().plan.dispatch)),
            (false, None) => (false, Text::new(&format!("{number} may be called"))),
            (true, None) => (true, Text::new(&format!("{number} is not called any more"))),
            (false, Some(_)) => (true, Text::new(&format!("{number} may be called again"))),
        };
        if done {
            desk.list(&number, stands, &operator, now);
        }
        let receipt = Receipt { id, done, message, undo_until: None };
        self.answers.push(Waiting::Other(Box::new(move |committed| {
            let _ = reply.send(committed.map(|()| receipt));
        })));
    }

    /// The other calls that an order on this one is about.
    pub(super) fn concerned(&self, call: &CallId, order: &Order) -> Vec<CallId> {
        let desk = &self.parts.desk;
        let by_number = matches!(order, Order::DoNotCall | Order::AllowCalls | Order::Undo { .. });
        let number = desk.get(call).and_then(|(call, _)| call.phone()).filter(|_| by_number);
        number.map_or_else(Vec::new, |number| desk.calls_of(std::slice::from_ref(number)))
    }

    /// Reads the list when it is not known, or not known to be what the journal has.
    pub(super) async fn reread_numbers(&mut self, now: Timestamp) -> Result<(), StoreError> {
        if self.numbers_lost {
            let list = self.parts.journal.suppressions().await?;
            self.parts.desk.replace_suppressions(list, now);
            self.numbers_lost = false;
        }
        Ok(())
    }
}
