//! Filling in the fields of a dialog.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, typing};
use crate::{
    call::Text,
    console::{
        keys::Intent,
        link::Question,
        state::{Ask, Field, Form, Kind, Line, State},
    },
    wire::{OpportunityDraft, Picklists},
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

/// Asks which values the org has for the fields that are filled in, and takes those known already.
pub(super) fn ask_lists(state: &mut State, effects: &mut Vec<Effect>) {
    let sobject = state.dialog.as_ref().and_then(|dialog| dialog.ask.sobject());
    if let Some(sobject) = sobject {
        effects.push(Effect::Read(Question::Picklists(sobject.to_owned())));
        lists(state);
    }
}

/// The org's lists have come.
pub(super) fn take_lists(state: &mut State, picklists: Picklists) {
    state.picklists.insert(picklists.sobject.to_string(), picklists);
    lists(state);
}

/// Fields that are picklists in the org become lists, without losing what stands in them.
pub(super) fn lists(state: &mut State) {
    let Some(dialog) = state.dialog.as_mut() else { return };
    let known = dialog.ask.sobject().and_then(|sobject| state.picklists.get(sobject));
    // An Opportunity is made: it needs a stage. A write may do without a value.
    let may_be_empty = matches!(dialog.ask, Ask::Edit { .. });
    let (Some(known), Some(form)) = (known, dialog.form.as_mut()) else { return };
    for field in &mut form.fields {
        let name = if field.name == "Stage" { "StageName" } else { &field.name };
        let (Kind::Words { .. }, Some(list)) = (&field.kind, known.fields.get(name)) else {
            continue;
        };
        let mut options: Vec<String> = list.values.iter().map(Text::to_string).collect();
        let here = field.line.text().trim().to_owned();
        // What no list restricts may stay as it is.
        if !list.restricted && !here.is_empty() && !options.contains(&here) {
            options.push(here);
        }
        if may_be_empty {
            options.push(String::new());
        }
        field.kind = Kind::List(options);
    }
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
