//! Trouble that comes again, that was mended in vain or that only fell silent; and what sounds like
//! trouble and is none.

use super::{agent, caller, hear, judge};

/// What is wrong, each for the same day or in danger.
const TROUBLES: [&str; 15] = [
    "our heat isn't working",
    "my furnace is out",
    "the AC isn't working",
    "my water heater isn't working",
    "we have no power",
    "our heat quit",
    "the toilet isn't working, it's our only one",
    "my basement is flooding",
    "a pipe burst",
    "water is pouring through the ceiling",
    "sewage is coming up in my basement",
    "I smell gas in the kitchen",
    "my outlet is sparking",
    "there is smoke coming from my panel",
    "the carbon monoxide alarm is going off",
];

/// What callers add who were here before.
const AGAIN: [&str; 17] = [
    " again",
    ", nobody fixed it",
    " and nobody has fixed it",
    " and it's never been fixed",
    ". It still isn't fixed",
    ". It's not back on",
    ", it was fixed last week",
    ", the guy fixed it on Monday",
    " again, you fixed it last week",
    " again and it was fixed two days ago",
    ", you were here last month and it was fixed",
    ", they came yesterday and it's not fixed",
    ". They said they fixed it but they didn't",
    ", they thought they fixed it",
    ", it came back on but now it's out again",
    ", it was working again for a day and now this",
    ", it stopped for a while but now it started again",
];

const ONCE: [&str; 4] = [
    "it stopped last night, but now ",
    "they fixed it last week and now ",
    "It was fixed yesterday. Now ",
    "you fixed it and ",
];

const AVERIAS: [&str; 5] = [
    "la calefacción no funciona",
    "no tenemos luz",
    "se me inunda el sótano",
    "huele a gas",
    "no hay calefacción",
];

const DE_NUEVO: [&str; 6] = [
    " otra vez",
    " de nuevo",
    ", nadie lo arregló",
    ", no se ha arreglado",
    ", lo arreglaron la semana pasada",
    ", ya se arregló ayer pero otra vez",
];

#[test]
fn what_is_wrong_again_is_as_urgent_as_it_was() {
    let holds = |trouble: &str, said: &str| {
        let alone = hear(trouble).urgency;
        assert!(alone.level() >= 4, "{trouble}: {alone}");
        assert!(hear(said).urgency >= alone, "{said}: {} of {alone}", hear(said).urgency);
    };
    for trouble in TROUBLES {
        AGAIN.iter().for_each(|again| holds(trouble, &format!("{trouble}{again}")));
        ONCE.iter().for_each(|once| holds(trouble, &format!("{once}{trouble}")));
    }
    for trouble in AVERIAS {
        DE_NUEVO.iter().for_each(|again| holds(trouble, &format!("{trouble}{again}")));
    }
    let newborn =
        "Hi, our heat is not working again and it's like ten degrees out, we've got a newborn";
    assert_eq!(hear(newborn).urgency.level(), 5);
}

#[test]
fn what_is_over_is_over() {
    for said in [
        "our heat is working again",
        "the power went out but it's back on now",
        "our furnace quit, they fixed it this morning, all good",
        "the furnace was out, it kicked back on again",
        "the heat was out but it's working fine again",
        "the pipe burst, we fixed it, can you make sure it doesn't happen again",
        "the CO alarm went off but the fire department found nothing",
        "the smoke alarm was beeping and it stopped",
        "no hay luz, ya regresó la luz",
    ] {
        assert!(hear(said).urgency.level() <= 2, "{said}: {}", hear(said).urgency);
    }
}

/// Opened windows silence the alarm, not what sets it off.
#[test]
fn a_carbon_monoxide_alarm_that_fell_silent_is_held_off() {
    for said in [
        "CO detector went off, we opened the windows and it stopped, should I be worried",
        "the carbon monoxide alarm went off last night but it stopped",
        "our CO alarm was going off, it's gone quiet. It stopped by itself",
    ] {
        assert_eq!(hear(said).urgency.level(), 4, "{said}");
    }
    for (question, answer) in [
        ("Is it still sounding?", "No it stopped"),
        ("Is it still going off?", "No."),
        ("Is the alarm still beeping?", "No, it quit beeping"),
    ] {
        let judged = judge(&[caller("CO alarm went off"), agent(question), caller(answer)]);
        assert_eq!(judged.urgency.level(), 4, "{question} {answer}");
    }
}

#[test]
fn soot_a_tree_on_the_line_and_water_inside_are_dangers() {
    for (said, trade) in [
        ("soot around the water heater and it makes me nauseous", "HVAC"),
        ("there's soot on the wall above the furnace", "HVAC"),
        ("tree took down the line to our house", "Electrical"),
        ("a limb fell across the power line out front", "Electrical"),
        ("I've got water in the garage", "Plumbing"),
        ("there's water in my basement", "Plumbing"),
        ("tengo agua en el sótano", "Plumbing"),
    ] {
        let judged = hear(said);
        assert_eq!(judged.urgency.level(), 5, "{said}");
        assert_eq!(judged.service.unwrap().0.as_str(), trade, "{said}");
    }
    assert!(hear("I need a water line in the garage").urgency.level() <= 2);
}

#[test]
fn what_runs_is_no_flood_and_a_ring_no_call() {
    for machine in ["dryer", "AC", "furnace", "dishwasher", "heat pump"] {
        for said in [
            format!("lights flicker when the {machine} runs"),
            format!("the kitchen light dims whenever the {machine} runs"),
            format!("the vents rattle every time the {machine} kicks on"),
        ] {
            assert!(hear(&said).urgency.level() <= 3, "{said}: {:?}", hear(&said));
        }
    }
    for said in [
        "fan makes a noise when it runs through the vents",
        "the water is brown and comes out in spurts",
        "the faucet spurts air",
        "el agua sale con aire, a chorritos",
    ] {
        assert!(hear(said).urgency.level() <= 3, "{said}");
    }
    let shower = "it's dripping through the ceiling whenever the upstairs shower runs";
    assert_eq!(hear(shower).urgency.level(), 5);
    for ring in ["I dropped my ring in the sink drain", "my wedding ring fell in the tub drain"] {
        assert_eq!(hear(ring).callback, None, "{ring}");
    }
    assert!(hear("give me a ring in the morning").callback.is_some());
}

#[test]
fn where_somebody_is_makes_them_no_stranger() {
    for said in [
        "This is Will, I'm at the airport right now, I need somebody to call me tomorrow at nine",
        "I'm filling in for the manager, we need someone at the restaurant, call me",
        "I'm leaving for the airport at six tomorrow, call me before that",
        "I run the pharmacy on Main, call me about a new furnace",
    ] {
        assert!(hear(said).callback.is_some(), "{said}");
    }
    let named = hear("the basement is filling with water and I'm at the airport");
    assert!(named.evidence.iter().all(|it| it.rule.as_str() != "wrong-number"));
    for stranger in ["I need a prescription refilled", "I'm trying to reach the airport"] {
        let judged = hear(stranger);
        assert!(judged.evidence.iter().any(|it| it.rule.as_str() == "wrong-number"), "{stranger}");
    }
}

#[test]
fn a_quiet_alarm_says_nothing_of_whatever_else_is_wrong() {
    for text in [
        "The basement is flooding and the sump pump went quiet.",
        "There's smoke coming out of my panel. The alarm has stopped.",
        "Water is gushing out of the water heater in spurts.",
        "The basement is flooding, the pipe is spraying in spurts.",
        "My carbon monoxide alarm is going off. I can't tell if it's still going off.",
    ] {
        assert_eq!(hear(text).urgency.level(), 5, "{text}");
    }
    let text = "We have no heat. The furnace banged and went silent.";
    assert_eq!(hear(text).urgency.level(), 4, "{text}");
}

#[test]
fn a_train_is_no_wrong_number() {
    let judged =
        hear("My kitchen faucet is dripping, our house is by the train tracks. Call me back.");
    assert!(judged.bant.need && judged.callback.is_some(), "{judged:?}");
}
