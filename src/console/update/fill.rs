//! Filling in the fields of a dialog.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::typing;
use crate::{
    console::{
        keys::Intent,
        state::{Ask, Field, Form, Kind, Line, State},
    },
    wire::OpportunityDraft,
};

/// `Opportunity.Name` holds 120 characters.
const LONGEST_NAME: usize = 120;
/// The longest reason or note.
const LONGEST_REMARK: usize = 300;

/// A key while a field is filled in.
pub(super) fn key(state: &mut State, intent: Option<Intent>, event: KeyEvent) {
    let Some(dialog) = state.dialog.as_mut() else { return };
    dialog.remark = None;
    // Only a write can do without a field.
    let leaves = matches!(dialog.ask, Ask::Edit { .. });
    let Some(form) = dialog.form.as_mut() else { return };
    match intent {
        Some(Intent::Accept) => return form.step(true),
        Some(Intent::Up) => return form.step(false),
        _ => {}
    }
    let Some(field) = form.field_mut() else { return };
    match (intent, &field.kind) {
        (Some(Intent::LeaveOut), _) => {
            field.left_out = !field.left_out && leaves;
        }
        (Some(Intent::CaretLeft), Kind::List(_)) => field.choose(false),
        (Some(Intent::CaretRight), Kind::List(_)) => field.choose(true),
        (Some(intent), _) => typing::edit(&mut field.line, intent),
        (None, _) => {
            let plain = !event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
            if let (KeyCode::Char(c), true) = (event.code, plain) {
                letter(field, c);
            }
        }
    }
}

/// In a list a letter takes the next entry that begins with it; a space the next one.
fn letter(field: &mut Field, c: char) {
    let Kind::List(options) = &field.kind else {
        field.line.insert(c.encode_utf8(&mut [0; 4]));
        return;
    };
    if c == ' ' {
        return field.choose(true);
    }
    let here = options.iter().position(|option| option == field.line.text()).map_or(0, |at| at + 1);
    let begins = |option: &&String| {
        option.chars().next().is_some_and(|first| first.to_lowercase().eq(c.to_lowercase()))
    };
    let next = options[here..].iter().chain(&options[..here]).find(begins);
    if let Some(option) = next {
        field.line = Line::new(option);
    }
}

/// Text that is pasted into a field.
pub(super) fn paste(state: &mut State, text: &str) {
    let form = state.dialog.as_mut().and_then(|dialog| dialog.form.as_mut());
    if let Some(field) = form.and_then(Form::field_mut)
        && !matches!(field.kind, Kind::List(_))
    {
        field.line.insert(text);
    }
}

/// Goes into the first field.
pub(super) fn enter(state: &mut State) {
    if let Some(form) = state.dialog.as_mut().and_then(|dialog| dialog.form.as_mut()) {
        form.at = 0;
    }
}

/// The fields a question about calls begins with.
pub(super) fn prepare(state: &mut State) {
    let now = state.hub_now().to_zoned(state.zone.clone());
    let Some(dialog) = state.dialog.as_mut() else { return };
    dialog.form = match &dialog.ask {
        Ask::Choose { choice, .. } => choice.remark().map(|name| {
            let kind = Kind::Words { most: LONGEST_REMARK, needed: false };
            Form::new(vec![Field::new(name, kind, "")], now)
        }),
        Ask::Reschedule { .. } => {
            Some(Form::new(vec![Field::new("When", Kind::Moment, "")], now).begin_at_first())
        }
        _ => None,
    };
}

/// The fields of an Opportunity, filled in as the hub proposes. What it shows is what is created:
/// a name that is masked on screen can't be edited, so it is not.
pub(super) fn opportunity(state: &mut State, draft: &OpportunityDraft) {
    let now = state.hub_now().to_zoned(state.zone.clone());
    let Some(dialog) = state.dialog.as_mut() else { return };
    let Ask::Opportunity { convert, .. } = dialog.ask else { return };
    let amount = draft.amount.map(|amount| amount.amount().normalize().to_string());
    let name = Kind::Words { most: LONGEST_NAME, needed: true };
    let mut fields = vec![
        Field::new("Name", name, draft.name.as_str()),
        Field::new("Amount", Kind::Amount, &amount.unwrap_or_default()),
    ];
    if !convert {
        let stage = Kind::Words { most: 80, needed: true };
        fields.push(Field::new("Stage", stage, draft.stage.as_str()));
        let close = draft.close_date.to_string();
        fields.push(Field::new("Close", Kind::Day, &close));
    }
    dialog.form = Some(Form::new(fields, now));
}
