//! What the guides promise, and what their sample code gets wrong.

use callboard::call::{Bant, Money, Rating, Signal, Text};
use jiff::Timestamp;

use super::{agent, caller, chicago, hear, judge};

#[test]
fn the_score_accumulates_while_they_speak() {
    let first = caller("we're a 200-person team looking to deploy by end of Q2");
    let second = caller("our budget is around $50k for this project");
    assert_eq!(judge(std::slice::from_ref(&first)).score, 25);
    let both = judge(&[first, second]);
    assert_eq!(both.score, 50);
    assert_eq!(both.bant, Bant { budget: true, timeline: true, ..Bant::default() });
    assert_eq!(both.budget, Some(Money::dollars(50_000)));
}

#[test]
fn look_alikes_and_the_agents_words_are_no_signals() {
    assert!(!hear("no problem at all, thank you").bant.need);
    assert!(!hear("we're building an MVP").bant.authority);
    let asked = judge(&[
        agent("Do you have a budget of ten thousand dollars, and is it urgent this week?"),
        agent("Are you the homeowner? Is there water coming through the ceiling?"),
        caller("I'd like to hear more first"),
    ]);
    assert_eq!(asked.score, 0);
    assert_eq!(asked.urgency.level(), 1);
}

#[test]
fn the_three_scenarios_of_the_guide() {
    let quote = hear("Hi, I need a quote for replacing my HVAC system. It's about 15 years old.");
    assert_eq!((quote.rating, quote.urgency.level()), (Rating::Warm, 2));
    let known = hear(
        "This is Jane from 123 Main Street. You installed our AC last summer. Now we're \
         interested in adding a smart thermostat.",
    );
    assert_eq!(known.who.name, Some(Text::new("Jane")));
    assert_eq!(known.who.address, Some(Text::new("123 Main Street")));
    assert!(known.bant.authority && known.bant.need);
    let emergency = hear("My basement is flooding! A pipe burst and water is everywhere.");
    assert_eq!((emergency.rating, emergency.urgency.level()), (Rating::Hot, 5));
    assert_eq!(emergency.service.unwrap().0.as_str(), "Plumbing");
}

#[test]
fn a_competitors_quote_is_the_budget_and_known_as_one() {
    let quoted = hear(
        "I need a full HVAC replacement. I've been quoted $8,000-12,000 by others. When can you \
         come out?",
    );
    assert_eq!(quoted.budget, Some(Money::dollars(10_000)));
    assert!(quoted.budget_is_quote && quoted.bant.timeline);
    let own = hear("I have about $10,000 budgeted for a new roof");
    assert_eq!(own.budget, Some(Money::dollars(10_000)));
    assert!(!own.budget_is_quote);
}

#[test]
fn money_is_told_from_other_numbers() {
    for (text, dollars) in [
        ("eight to twelve k for the panel", Some(10_000)),
        ("ten grand for the roof", Some(10_000)),
        ("they quoted me thirteen five for the furnace", Some(13_500)),
        ("a couple thousand for the wiring", Some(2_000)),
        ("between six and seven thousand for the AC", Some(6_500)),
        ("my budget is five, no sorry, six thousand for the roof", Some(6_000)),
        ("eight to twelve, thousand I mean, for the boiler", Some(10_000)),
        ("the cheapest guy came in at forty two fifty for the boiler", Some(4_250)),
        ("I budgeted four thousand for the wiring. Well, my husband says five.", Some(5_000)),
        ("twenty five hundred for the drain and another thousand for the cleanout", Some(3_500)),
        ("twelve hundred, maybe thirteen, for the outlets", Some(1_250)),
        ("two thousand for the outlets and three thousand for the lights", Some(5_000)),
        ("six thousand for the AC plus another two for the ducts", Some(8_000)),
        ("ten to thirteen, thousand, that is, for the panel", Some(11_500)),
        ("Between nine and eleven for the roof of the cottage. Thousand, I mean.", Some(10_000)),
        ("I got about tree grand for the bathroom", Some(3_000)),
        ("one wanted eighty five hundred for the furnace, the other ninety five", Some(9_000)),
        ("one guy said eight, the other said ten thousand for the same AC unit", Some(9_000)),
        ("he told me seven hundred, eight hundred, then eight fifty. So eight fifty.", Some(850)),
        ("it's a quarter of a million for the warehouse roof", Some(250_000)),
        ("twelve thousand seven fifty for the roof", Some(12_750)),
        ("twelve thousand for the roof. I mean eleven, I've been up since four.", Some(11_000)),
        ("a couple grand to get the shop wired for two-forty", Some(2_000)),
        ("we have to keep it under ten for the whole system", Some(10_000)),
        ("the freezer is warm, there's four thousand dollars of meat in it", None),
        ("this is Al Oakes, O-A-K-E-S, the AC is weak", None),
        ("the furnace man comes once a year and the heat is weak", None),
        ("it's going to be a hundred today and the AC is dead", None),
        ("call me at 555-0134 about the roof", None),
        ("it was built in 1962 and needs new pipes", None),
        ("it's 104 degrees and the AC is weak", None),
        ("I'm at 4500 Oak Street, the drain is slow", None),
        ("my deductible is a thousand dollars, the roof leaks", None),
        ("I paid nine hundred last year for the AC", None),
        ("two hundred a month for a new heat pump", None),
    ] {
        assert_eq!(hear(text).budget, dollars.map(Money::dollars), "{text}");
    }
}

#[test]
fn urgency_rises_and_falls_with_what_is_said() {
    let level = |lines: &[&str]| {
        let lines: Vec<_> = lines.iter().map(|text| caller(text)).collect();
        judge(&lines).urgency.level()
    };
    assert_eq!(level(&["I'd like a quote on a water heater"]), 2);
    assert_eq!(level(&["I'd like a quote on a water heater", "oh no, it's gushing now"]), 5);
    assert_eq!(level(&["A pipe burst in the kitchen"]), 5);
    assert_eq!(level(&["A pipe burst in the kitchen", "I turned the water off"]), 4);
    assert_eq!(level(&["no rush, but there's water coming through the ceiling"]), 5);
    assert_eq!(level(&["the outlet isn't sparking or anything, it's just loose"]), 3);
    assert_eq!(level(&["this is an emergency, act now, lower your card processing rates"]), 1);
}

#[test]
fn answers_mean_what_was_asked() {
    let yes = judge(&[agent("Do you smell gas?"), caller("Yes")]);
    assert_eq!(yes.urgency.level(), 5);
    assert_eq!(yes.evidence[0].words(), "Yes");
    let no = judge(&[agent("Do you smell gas?"), caller("No, nothing like that")]);
    assert_eq!(no.urgency.level(), 1);
    let about_ten = judge(&[
        caller("I want a new AC"),
        agent("Do you have a budget in mind?"),
        caller("About ten."),
    ]);
    assert_eq!(about_ten.budget, Some(Money::dollars(10_000)));
    let owner = judge(&[agent("Are you the homeowner?"), caller("I am.")]);
    assert!(owner.bant.authority);
}

#[test]
fn a_question_lends_the_answer_its_words() {
    let answered = |question: &str, answer: &str| judge(&[agent(question), caller(answer)]);
    let egg = answered("What did it smell like?", "Like a bad egg, by the stove.");
    assert_eq!(egg.urgency.level(), 5);
    let cold = judge(&[
        caller("The heat is out and my aunt is eighty seven"),
        agent("How cold is it up there?"),
        caller("Six."),
    ]);
    assert_eq!(cold.urgency.level(), 5);
    let deductible = answered("Is there a deductible?", "Twenty five hundred, that's separate.");
    assert_eq!(deductible.budget, None);
    let quotes = judge(&[
        caller("I want a new heat pump"),
        agent("Have you gotten any other quotes?"),
        caller("Two. Eleven and thirteen."),
    ]);
    assert_eq!(quotes.budget, Some(Money::dollars(12_000)));
    let parts = judge(&[
        agent("And you have bids?"),
        caller("It's five thousand for the rewiring and three thousand two hundred for the panel."),
    ]);
    assert_eq!(parts.budget, Some(Money::dollars(8_200)));
    let wrong = judge(&[agent("You may have the wrong number."), caller("Oh, a plumber? Sorry.")]);
    assert_eq!(wrong.urgency.level(), 1);
    assert!(quotes.budget_is_quote);
    let heater = answered("What were you hoping to spend on the water heater?", "Around three.");
    assert!(heater.bant.need && heater.budget == Some(Money::dollars(3_000)));
    assert!(!answered("Go ahead.", "Yeah, my thermostat is blank").bant.authority);
}

#[test]
fn a_no_takes_back_what_was_asked_and_no_more() {
    let partly = judge(&[
        caller("The sink goes down slow"),
        agent("Is it totally stopped?"),
        caller("No, it goes."),
    ]);
    assert_eq!(partly.urgency.level(), 3);
    let over = judge(&[
        agent("Do you smell gas right now?"),
        caller("Not anymore, they shut the valve and put a red tag on it"),
    ]);
    assert_eq!(over.urgency.level(), 4);
    assert_eq!(hear("The shower drains slow, the sink isn't slow at all").urgency.level(), 3);
    let unsure = judge(&[agent("Is it the AC?"), caller("I do not, let me look")]);
    assert!(!unsure.bant.need);
}

#[test]
fn what_is_past_is_no_time_for_work() {
    for (text, wanted) in [
        ("You put my heat pump in Friday and it clunks", false),
        ("We had the hail in May and the roof has dents", false),
        ("Sunday's when I lit the furnace and it's noisy", false),
        ("The stain on the ceiling feels dry today", false),
        ("I'd just like a price on a roof before I bring it up to my husband", false),
        ("The first thing I want is new pipes", false),
        ("The AC is noisy, can somebody come Friday", true),
        ("I need it fixed today, the AC is noisy", true),
        ("We had the hail in May and I want the roof done in June", true),
        ("We want a generator put in ahead of hurricane season", true),
    ] {
        assert_eq!(hear(text).bant.timeline, wanted, "{text}");
    }
}

#[test]
fn a_leak_that_is_caught_and_the_only_bathroom_are_for_the_same_day() {
    let level = |text: &str| hear(text).urgency.level();
    assert_eq!(level("There's a leak over the piano. I've got a stockpot under it."), 4);
    assert_eq!(level("It's a little seep by the pipe, the towel's damp by night"), 3);
    assert_eq!(level("It's the only bathroom. The toilet is full to the rim."), 4);
    assert_eq!(level("Water is coming through the ceiling! Zachary! Shut that off!"), 5);
}

#[test]
fn words_that_only_sound_like_trouble_are_none() {
    for (text, service) in [
        ("Well, I've been up in the attic and the lights flicker", "Electrical"),
        ("Like a match before you light it, gas by the stove", "Plumbing"),
        ("The city sent a bill and there's a soggy patch in the yard by the meter", "Plumbing"),
        ("She says it's raining in her kitchen, I'm upstairs", "Plumbing"),
    ] {
        let judged = hear(text).service.map(|service| service.0.as_str().to_owned());
        assert_eq!(judged.as_deref(), Some(service), "{text}");
    }
    let level = |text: &str| hear(text).urgency.level();
    assert_eq!(level("I got the slab poured already, how much for a mini split"), 2);
    assert_eq!(level("I'd like a price on shingles before it goes up to my husband"), 2);
    assert_eq!(level("I want a faucet by his sink"), 2);
    assert_eq!(level("We need to split the water meters of the duplex"), 2);
}

#[test]
fn a_callback_knows_when_and_where() {
    let due = |text: &str| -> Option<String> {
        let due: Timestamp = hear(text).callback?.due?;
        Some(due.to_zoned(chicago()).strftime("%a %H:%M").to_string())
    };
    let title = hear("No heat, it's twenty outside, give Ms. Whitlow a call, 555-0181");
    assert!(title.callback.is_some() && title.urgency.level() == 4);
    for (text, expected) in [
        ("please call me back after five about the furnace", "Tue 17:00"),
        ("have someone ring me tomorrow morning, it's for a roof", "Wed 09:00"),
        ("call me in half an hour about the leak under my sink", "Tue 10:35"),
        ("llámeme mañana por la tarde, es sobre el calentador", "Wed 13:00"),
    ] {
        assert_eq!(due(text).as_deref(), Some(expected), "{text}");
    }
    let open = hear("call me when you can about the furnace").callback.unwrap();
    assert_eq!(open.due, None);
    let number = hear("try me at 555-0134, the AC is noisy").callback.unwrap().number;
    assert_eq!(number, Some(Text::new("5550134")));
    for text in [
        "don't call me back",
        "I'm returning your call about the estimate",
        "I'll call you back about the furnace",
        "I'll give you a call when I know more about the roof",
        "I'll give you a call back when I know more about the roof",
        "have the tech call me when he's on his way to do the water heater",
        "have him ring me when he's about twenty minutes out for the AC",
        "my wife'll phone you Tuesday about the furnace",
        "just text me the price of a tune up",
    ] {
        assert_eq!(hear(text).callback, None, "{text}");
    }
}

#[test]
fn who_and_where_as_recognisers_spell_it() {
    let who = hear(
        "hi this is jane whitfield at eighty eight alder court my email is jane dot doe at gmail \
         dot com",
    )
    .who;
    assert_eq!(who.name, Some(Text::new("Jane Whitfield")));
    assert_eq!(who.address, Some(Text::new("Eighty Eight Alder Court")));
    assert_eq!(who.email, Some(Text::new("jane.doe@gmail.com")));
    let written = hear("I'm with Summit Dental, write to Bob.K@summit-dental.org").who;
    assert_eq!(written.company, Some(Text::new("Summit Dental")));
    assert_eq!(hear("the outlet is loose, I'd like it looked at.").who.email, None);
    let asked = judge(&[agent("Who am I speaking with?"), caller("Omar Said")]).who;
    assert_eq!(asked.name, Some(Text::new("Omar Said")));
}

#[test]
fn no_hurry_is_evidence_of_time_and_not_of_haste() {
    for text in ["My faucet drips. No hurry.", "My faucet drips, it doesn't have to be ASAP."] {
        let judged = judge(&[caller(text)]);
        let alarms: Vec<_> =
            judged.evidence.iter().filter(|e| e.rule.as_str() == "urgent-word").collect();
        assert!(!alarms.is_empty() && alarms.iter().all(|e| e.retracted), "{text}");
        assert!(
            judged.evidence.iter().any(|e| e.rule.as_str() == "no-rush" && !e.retracted),
            "{text}"
        );
    }
    let judged = judge(&[caller("Please hurry, the faucet drips.")]);
    assert!(judged.evidence.iter().any(|e| e.rule.as_str() == "urgent-word" && !e.retracted));
}

#[test]
fn what_a_seller_asks_for_is_no_budget_and_who_they_wait_for_no_callback() {
    for text in [
        "We're a distributor of furnaces, eleven hundred each if you take ten, have your buyer ring me.",
        "I'm with a pipe mill, we have copper at two dollars a foot, have your purchasing manager call me.",
        "I rep a faucet line, wholesale pricing starts at sixty dollars apiece, call me tomorrow.",
        "We manufacture breaker panels and can ship you a pallet for nine thousand, call me tomorrow.",
    ] {
        let judged = judge(&[caller(text)]);
        assert_eq!(judged.urgency.level(), 1, "{text}");
        assert!(judged.budget.is_none() && judged.callback.is_none(), "{text}");
    }
    let buyer =
        judge(&[caller("I'm a wholesaler and need three water heaters replaced this week.")]);
    assert!(buyer.urgency.level() > 1);
}

#[test]
fn a_low_battery_and_what_others_found_harmless_are_no_danger() {
    for text in [
        "The smoke alarm keeps beeping, it says low battery.",
        "The carbon monoxide detector chirps, the battery's low.",
        "The CO alarm went off but the fire department found nothing, I want a new one.",
        "There's water all over the floor! Oh, my kid tipped the bucket over. How much is a faucet?",
    ] {
        assert_eq!(judge(&[caller(text)]).urgency.level(), 2, "{text}");
    }
}

#[test]
fn what_was_taken_back_stays_on_record() {
    let judged = judge(&[caller("I smell gas"), caller("never mind, it was the neighbor's grill")]);
    let gas = judged.evidence.iter().find(|e| e.signal == Signal::Urgency).unwrap();
    assert!(gas.retracted);
    assert_eq!(judged.urgency.level(), 1);
}

#[test]
fn danger_is_heard_over_several_sentences() {
    let sounds = caller("An alarm's going. It's the plug-in one.");
    let which = caller("For carbon monoxide.");
    assert!(judge(std::slice::from_ref(&which)).urgency.level() < 5);
    let both = judge(&[sounds, which]);
    assert_eq!(both.urgency.level(), 5);
    assert_eq!(both.service.unwrap().0.as_str(), "HVAC");
    let smell = judge(&[agent("What sort of smell?"), caller("It's odd. Like burning rubber.")]);
    assert_eq!(smell.urgency.level(), 5);
}

#[test]
fn danger_somewhere_else_is_none_here() {
    let show =
        hear("We watched a show where a house caught fire from old wiring, can you inspect ours?");
    assert_eq!(show.urgency.level(), 2);
}

#[test]
fn a_danger_held_off_in_any_order_of_words_is_contained() {
    for said in [
        "An outlet sparked. I flipped off the breaker.",
        "An outlet sparked. I flipped the breaker off.",
        "An outlet sparked, the breaker's been off since.",
        "An outlet sparked so I killed the power to it.",
    ] {
        assert_eq!(hear(said).urgency.level(), 4, "{said}");
    }
    let still = "An outlet sparked. I flipped off the breaker. It's still smoking.";
    assert_eq!(hear(still).urgency.level(), 5);
}

#[test]
fn an_outage_is_as_urgent_as_who_has_to_bear_it() {
    for (urgency, said) in [
        (5, "Our heat's out and it's ten below zero."),
        (5, "No heat and it's five under zero outside."),
        (5, "The furnace died and it's zero degrees out."),
        (5, "Heat's not working, it's way below zero tonight."),
        (5, "My son's on a ventilator and the power's out, it's running on battery."),
        (5, "The power went out and my wife's oxygen concentrator quit."),
        (5, "My dad's dialysis machine shut off and there's no power."),
        (5, "My CPAP has no power, the breaker won't reset and I need oxygen."),
        (5, "We've only got two hours of battery left on the ventilator."),
        (5, "She's down to her last oxygen tank and the lights are out."),
        (
            5,
            "Mi mamá tiene ochenta y nueve años y se nos descompuso el aire, estamos a ciento cinco grados.",
        ),
        (5, "Se me descompuso la calefacción y tengo un bebé, afuera está helando."),
        (5, "Se nos murió el aire, hay cien grados adentro y mi abuela está enferma."),
        (5, "Se nos fue la luz y mi papá usa una máquina de oxígeno."),
        (5, "El concentrador de oxígeno se apagó porque no hay luz."),
        (4, "The igniter clicks and nothing lights, it's forty eight in the house and dropping."),
        (4, "Not one faucet in the house works."),
        (4, "None of the taps run."),
        (4, "All the taps are dry."),
        (4, "House is fifty one and falling, burner keeps locking out."),
        (3, "The AC only gets it down to about eighty."),
        (3, "Heat pump's still putting out some warm air but it ices up."),
    ] {
        assert_eq!(hear(said).urgency.level(), urgency, "{said}");
    }
}

#[test]
fn who_decides_is_told_from_who_only_names_it() {
    for (authority, said) in [
        (true, "You done our roof in May and a shingle came off"),
        (true, "The outlet you added in my shop is dead"),
        (true, "La casa está a mi nombre y quiero un aire nuevo"),
        (false, "Would you install a garage door if I bought it at the store?"),
        (false, "I told your guy that. The ductwork is old"),
        (false, "Put me on your callback list, the tub drains slow"),
    ] {
        assert_eq!(hear(said).bant.authority, authority, "{said}");
    }
}

#[test]
fn a_name_is_no_trade() {
    for (text, trade) in [
        ("this is Tim Moss, could someone quote me a bathroom sink swap?", "Plumbing"),
        ("this is Tim Jones, could someone quote me a bathroom sink swap?", "Plumbing"),
        ("It's Tim Moss. Could someone quote me a bathroom sink swap?", "Plumbing"),
        ("this is Moss, could someone quote me a bathroom sink swap?", "Plumbing"),
        ("this is tim moss could someone quote me a bathroom sink swap", "Plumbing"),
        ("this is Bob Roof, the AC is weak", "HVAC"),
        ("this is Pat Drain and I need my furnace serviced", "HVAC"),
        ("my name is Jim Pipes, my furnace is out", "HVAC"),
        ("this is Jill Heat, my sink drain is slow", "Plumbing"),
        ("this is Joe Gray, my sink drain is slow", "Plumbing"),
        ("this is Dan Gutter, my sink drain is slow", "Plumbing"),
        ("I live at 12 Moss Street, could someone quote me a bathroom sink swap?", "Plumbing"),
        ("We're at 12 Roof Lane, the AC is weak", "HVAC"),
        ("I'm at 40 Furnace Road, my sink drain is slow", "Plumbing"),
        ("i live at twelve roof lane and the ac is weak", "HVAC"),
    ] {
        let service = hear(text).service.map(|service| service.0.as_str().to_owned());
        assert_eq!(service.as_deref(), Some(trade), "{text}");
    }
    let named = |text: &str| hear(text).who.name.map(|name| name.as_str().to_owned());
    assert_eq!(named("this is Tim Moss, the AC is weak").as_deref(), Some("Tim Moss"));
    assert_eq!(hear("this is Rob Waters, can you fix a light switch").urgency.level(), 2);
    assert_eq!(hear("this is Ann Leake, I need an outlet moved").urgency.level(), 2);
    // What is wrong is no name.
    let trade = |text: &str| hear(text).service.unwrap().0.as_str().to_owned();
    assert_eq!(trade("This is Tim. Roof is leaking again."), "Roofing");
    assert_eq!(trade("this is tim roof is leaking again"), "Roofing");
    assert_eq!(trade("I have 2 furnaces, drive up and look at them"), "HVAC");
    let asked = judge(&[agent("Who am I speaking with?"), caller("Tim Moss.")]);
    assert_eq!(asked.who.name, Some(Text::new("Tim Moss")));
    assert_eq!(asked.evidence.len(), 1, "{:?}", asked.evidence);
}

#[test]
fn who_cancels_wants_nothing() {
    for text in [
        "I want to cancel the tune up",
        "Hi this is Maria Lopez, I want to cancel the tune up",
        "I need to cancel the furnace replacement",
        "we need to cancel the roof repair",
        "I want to cancel my annual furnace tune-up",
        "I have to cancel the estimate on the roof",
        "Cancel the water heater install please",
    ] {
        let judged = hear(text);
        assert_eq!((judged.urgency.level(), judged.bant.need), (2, false), "{text}");
        assert_eq!((judged.callback, judged.wants), (None, None), "{text}");
    }
    for text in [
        "No need to call me back, I booked online",
        "please cancel my callback",
        "forget the callback, it's fixed",
        "you can skip the call back, we're all set",
        "I'm calling to cancel the callback I asked for",
        "Call off the callback please",
        "you don't have to call me back anymore",
        "never mind the call back, I found somebody",
        "ya no hace falta que me llamen",
    ] {
        assert_eq!(hear(text).callback, None, "{text}");
    }
    assert!(hear("I want to cancel, please call me to confirm").callback.is_some());
    let other = hear("I want to cancel Thursday's visit and book a furnace tune-up instead");
    assert!(other.bant.need);
}

#[test]
fn a_yearly_visit_makes_nobody_a_customer() {
    let judged = hear("I'd like to book my annual furnace tune-up, next week");
    assert_eq!(judged.bant, Bant { need: true, timeline: true, ..Bant::default() });
    assert!(hear("It's time for my annual tune-up, I'm a member.").bant.authority);
}

#[test]
fn who_is_not_to_be_rung_is_no_callback() {
    let judged = hear("You people keep ringing me. Don't call me again.");
    assert!(judged.do_not_call.is_some() && judged.callback.is_none());
    let signals: Vec<Signal> = judged.evidence.iter().map(|it| it.signal).collect();
    assert!(signals.contains(&Signal::DoNotCall), "{signals:?}");
}

/// How a caller ends who is in danger and hangs up.
const ENDINGS: [&str; 14] = [
    "call me back in five minutes",
    "please call me back in an hour",
    "get back to me in ten minutes",
    "can you call back as soon as you can",
    "call me back",
    "ring me back at this number",
    "have somebody call me back right away",
    "call me when you can",
    "I'll be back in a minute",
    "we are in the back in the garage",
    "my number is five five five oh one four two",
    "thank you, bye",
    "hurry please",
    "please call me tonight at ten to eight",
];

/// How one begins: with a name or street that is a word of the trade, a wish, a doubt.
const BEGINNINGS: [&str; 10] = [
    "Hi this is Tim Waters, ",
    "My name is Ann and ",
    "this is Bill Burns ",
    "I'm on Gas Lane and ",
    "I live at 12 Flood Street, ",
    "hello it's Rosa Leake, ",
    "can you call me at ten to eight, ",
    "I called before, ",
    "I want a quote but ",
    "not sure if it matters but ",
];

#[test]
fn however_a_caller_in_danger_begins_and_ends_they_are_in_no_less() {
    let dangers = [
        "I smell gas",
        "I smell gas in the kitchen",
        "My basement is flooding",
        "the carbon monoxide alarm is going off",
        "there is smoke coming from my electrical panel",
        "a pipe burst and water is pouring through the ceiling",
        "sewage is coming up in my basement",
        "my outlet is sparking",
        "our furnace quit and the baby is freezing",
        "the water heater is leaking everywhere",
    ];
    for danger in dangers {
        let alone = hear(danger).urgency;
        assert!(alone.level() >= 4, "{danger}: {alone}");
        for beginning in BEGINNINGS {
            let said = format!("{beginning}{danger}");
            assert!(hear(&said).urgency >= alone, "{said}");
        }
        for ending in ENDINGS {
            for joint in [", ", ". ", " and ", " so "] {
                let said = format!("{danger}{joint}{ending}");
                assert!(hear(&said).urgency >= alone, "{said}");
            }
        }
    }
}

#[test]
fn what_was_back_in_another_season_is_over() {
    for said in [
        "we smelled gas back in March but it was fixed",
        "the basement flooded back in June, I want a quote for a sump pump",
        "back in the spring our furnace quit and you fixed it, I want a tune-up",
    ] {
        assert!(hear(said).urgency.level() <= 2, "{said}: {}", hear(said).urgency);
    }
}

#[test]
fn so_many_minutes_before_an_hour_are_a_time_and_before_you_come_a_heads_up() {
    for wish in [
        "please call me back five minutes before nine",
        "can you call me back tonight at five minutes before nine",
        "call me back in the next five minutes before I leave",
    ] {
        assert!(hear(wish).callback.is_some(), "{wish}");
    }
    for heads_up in [
        "call me thirty minutes before you come out",
        "have him call twenty minutes before he gets here",
        "just call thirty minutes ahead",
    ] {
        assert!(hear(heads_up).callback.is_none(), "{heads_up}");
    }
}

#[test]
fn john_is_a_name() {
    for said in [
        "My name is John Peters and I want to talk to Tom",
        "Hi this is John Peters calling about the quote",
    ] {
        assert_eq!(hear(said).service, None, "{said}");
    }
    assert!(hear("the john is overflowing").service.is_some());
}
