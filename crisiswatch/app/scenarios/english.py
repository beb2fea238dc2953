"""English as people write it about kettles and e-bikes: short pieces, to be put together in many ways."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "name": """Ana|Ben|Carla|Dora|Emil|Finn|Greta|Hugo|Ines|Jonas|Kaja|Leo|Mara|Nils|Olga|Pau|Rosa|Sven|Tilda|Uma
        |Vera|Wim|Xenia|Yann|Zoe|Aron|Britt|Cleo|Dirk|Elsa|Fritz|Gus|Hilde|Ivo|Jana|Klara|Lars|Mila|Noah|Otto|Pia""",
    "whose": "my|our|her|his|their|{name}'s|Aunt {name}'s|the old",
    "kin": """sister|neighbour|dad|flatmate|colleague|cousin|aunt|wife|husband|grandma|landlord|boss|uncle|son
        |daughter|mum|plumber|trainee|niece|nephew|courier|baker|mechanic|teacher|gardener|postman|roommate|tailor
        |nurse""",
    "who": "{whose} {kin}|{name}|{name} in {place}|{whose} {kin} {name}|{name} and {name}|{whose} {kin} from {place}",
    "month": "January|February|March|April|May|June|July|August|September|October|November|December",
    "day": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "clock": "{6-23}:{10-59}",
    "when": """on {day}|{day} morning|{day} evening|{day} around {clock}|today, {clock}|yesterday, {clock}
        |around {clock}|in {month}|{2-29} days ago|{2-39} weeks ago|{2-19} months ago|since {month}
        |back in {2017-2025}|{month} {1-28}|early {day}|this {month}|before {clock}|after {clock}|mid {month}""",
    "colour": """black|white|red|green|grey|copper|cream|blue|yellow|silver|olive|orange|navy|teal|beige|burgundy
        |mint|sand|graphite|lilac""",
    "thing": """kettle|ebike|cargobike|folder|roadster|jug|gooseneck|commuter|boiler|teamaker|tourer|tandem|cruiser
        |trike|samovar""",
    "thingy": """lid|handle|display|baseplate|spout|filter|saddle|charger|taillight|kickstand|motor|switch|timer
        |thermostat|chainguard|hub|gauge|cable|bell|app|firmware|manual|basket|fork|pedal|mudguard|sensor|dial|tap
        |rack|crank|lever|gasket|hinge|plug|cord|coil|rim|spoke|grip""",
    "ref": """{brand} {model}|{model} from {brand}|{brand} {thing} {model}|{colour} {brand} {model}
        |{brand} {thing}, {model}|{brand} {model} in {colour}|{model} {thing} by {brand}|{colour} {model}, {brand}
        |{model}, {colour}, {brand}""",
    "place": """Lisbon|Porto|Madrid|Seville|Valencia|Bilbao|Lyon|Nantes|Lille|Toulouse|Ghent|Antwerp|Utrecht
        |Rotterdam|Leeds|Bristol|Glasgow|Cardiff|Dublin|Cork|Galway|Oslo|Bergen|Malmö|Turku|Tallinn|Riga|Gdansk
        |Krakow|Brno|Vienna|Graz|Basel|Geneva|Turin|Bologna|Naples|Athens|Leipzig|Cologne|Bremen|Kiel|Aarhus|Odense
        |Sheffield|Norwich|Exeter|York|Derby|Luton|Reading|Swansea|Dundee|Belfast|Limerick|Braga|Girona|Murcia|Vigo
        |Leuven""",
    "shop": """in {place}|from {place}|near {place}|via {place}|outside {place}|around {place}|downtown {place}
        |from a {place} dealer|at {name}'s in {place}|between {place} and {place}""",
    "aside": """(order {10000-99999})|({2-60} months old)|({place}, {when})|(firmware {1-6}.{0-29}.{0-9})
        |(batch {1000-9999})|(€{39-899})|(bought {when})|(serial {1000-9999}{10-99})|({2-900} km, {place})
        |({2019-2026}, {colour})|({when}, {place})|({colour}, {40-999} euros)|({name}, {when})""",
    "doing": """making tea|brewing coffee|descaling|commuting|riding home|cooking pasta|filling bottles|baking bread
        |packing|moving house|feeding cats|reading|gardening|shopping|painting|doing laundry|riding to {place}
        |cycling near {place}|queueing|hosting {name}|boiling eggs|camping near {place}|studying|watching football
        |steaming milk|washing up|unpacking|touring {place}|visiting {place}|mending shirts|peeling potatoes
        |writing emails|meeting {who}|phoning {name}|leaving {place}|teaching {name}""",
    "adv": """really|still|actually|simply|quite|noticeably|obviously|consistently|strikingly|utterly|plainly|again
        |always|visibly|rather|very|especially|incredibly""",
    "good": """great|lovely|excellent|brilliant|fantastic|wonderful|superb|perfect|amazing|delightful|awesome
        |beautiful|outstanding|impressive|reliable|flawless|charming|splendid|comfortable|pleasant|terrific
        |marvelous""",
    "wow": """love it|happy {day}|pleased in {place}|{good} stuff|well done {brand}|thank you {name}|impressed
        |kudos {name}|{name} is delighted|{good} news, {name}|nice one|bravo {brand}|best buy since {month}
        |{good} work {brand}|{name} loves {doing}|{good} {day}|{good} {day} ride|{good} start to {month}
        |cheers from {place}""",
    "asset": """{good} {thingy}|its {thingy} feels {good}|that {thingy} stays {adv} {good}|{who} loves its {thingy}
        |{thingy} and {thingy}: {good}|even its {colour} {thingy} looks {good}|{name} finds its {thingy} {good}
        |{who} says {good}|{colour} {thingy}, {adv} {good}|{good} {thingy} after {2-40} weeks
        |{good} range, {40-140} km|boils {2-9} cups, {good}|{thingy}: {adv} {good}""",
    "fond": """{name} would recommend|five stars, {place}|{who} wants another|worth {49-899} euros
        |{who} ordered {2-5} more|{2-900} km together|{2-60} litres: {good}|smiling {when}|{doing} turned {good}
        |{place} approves|{good} again {when}|{name} rates {adv} {good}|{8-10}/10 by {name}|greetings, {place}
        |{good} for {doing}|{name} smiles when {doing}""",
    "ask": """does its {thingy} fit {model}|which {thingy} suits {whose} {thing}
        |where near {place} can {name} get one {thingy}|how often should {name} clean its {thingy}
        |any {colour} {thingy} in {place}|who services {model} in {place}|which adapter in {place}, {name}
        |can {name} swap its {thingy} in {2-50} minutes|what alloy, {colour} {thingy}|does {model} take {2-9} litres
        |how heavy, {name}: {2-30} kilos|did {who} register its {thingy}
        |anyone around {place} with {colour} {thingy}""",
    "note": """seen {when} {shop}|comparing {2-9} models {when}|{who} owns {colour} ones|used for {doing} {when}
        |measured {2-59} min {10-99} s|beside {whose} {colour} {thingy}|now with {thingy} {1-9}.{0-29}
        |{who} asked {when}|box says {100-999} watts|for {doing} near {place}|left in {place} {when}
        |new {thingy} {when}|picked up {shop}|{who} mounted its {thingy}|weighs {2-29}.{0-9} kilos
        |{2-900} km since {month}|photo by {name}|shown {shop} {when}|{39-899} euros {shop}
        |{colour} {thingy}, {place}""",
    "topic": """#{place}|#kitchen{2019-2026}|#ebike{1-99}|#{colour}tea|#{place}rides|#cycling{place}|#diy{10-99}
        |#{day}|#bike{month}|#{colour}|#{month}|#{name}sKitchen""",
    "bad": """disappointing|annoying|terrible|awful|poor|faulty|useless|frustrating|defective|horrible|unreliable
        |pathetic|dreadful|lousy|miserable|unacceptable|buggy""",
    "ugh": """disappointed|annoyed in {place}|unhappy, {brand}|{bad} mess|{bad} {day}|angry {day}|{bad} experience
        |{bad} show {brand}|{bad} {month}|{bad}, {brand}|frustrated|{name} hates this|worst {day} since {month}
        |{adv} annoyed, {name}|{who} is angry|{bad}|{name} is upset|{name} regrets buying, {bad}|unhappy in {place}""",
    "fault": """its {thingy} is {adv} {bad}|{bad} {thingy}|{adv} {bad} {thingy} {when}|broken {thingy} {when}
        |its {colour} {thingy} cracked, {bad}|{thingy} and {thingy}: both {bad}|its {thingy} broke while {doing}
        |{bad} {thingy} after {2-40} weeks|defective {thingy}, {name}|{name} calls its {thingy} {bad}
        |{thingy} leaks, {bad}|{bad} rattle near its {thingy}""",
    "moan": """helpdesk took {2-40} days, {bad}|parcel {2-30} days late, {bad}|refund refused {when}, {bad}
        |{who} complained {when}|{bad} service {shop}|parcel {10000-99999} lost, {bad}
        |ticket {10000-99999} ignored, {bad}|{who} wants {49-899} refunded, {bad}|{49-899} euros gone, {bad}
        |hotline: {20-90} minutes, {bad}|{doing} became {bad}|{place} dealer was {bad}
        |spare {thingy} went missing, {bad}|{bad} repair {shop}|repair cost {30-300} euros, {bad}""",
    "about": """{whose} {ref}|{name}'s {ref}|{name} plus {whose} {ref}|{whose} {kin}'s {ref}|{ref}
        |{name} from {place} with {ref}""",
}

POSTS: Mapping[str, str] = {
    "positive": """{wow}: {about} {aside} {shop}. {asset}, {fond}. {topic}
        |{about}: {adv} {good}. {asset}; {fond} {aside}
        |{doing}, {about} {when}: {adv} {good}. {fond}. {asset} {topic}|{asset}! {wow}, {about} {aside}. {fond}
        |{who} got {about} {shop}. {asset}. {fond}, {wow} {topic}|{fond}: {about}, {aside}. {asset}. {doing} {when}
        |{when} {shop}: {about}. {asset} and {fond}. {wow} {topic} {topic}""",
    "neutral": """question about {about} {aside}: {ask}? {note}. {topic}
        |{about}, {note}. {note}, {aside}. {topic} {topic}|{doing}, {about} {when}. {note}. {ask}? {aside}
        |{ask}? {about}, {aside}. {note}, {shop} {when} {topic}|{note}: {about}. {when} {doing}, {note} {aside}
        |{who} and {about}: {ask}? {note}, {note} {topic}|{when} {shop}, {about} {aside}. {note}; {note}. {topic}
        |{about} {shop}: {note}, {note}. {ask}?""",
    "negative": """{ugh}: {about} {aside}. {fault}, {moan}. {topic}|{about} {shop}: {fault}. {moan}; {ugh} {aside}
        |{doing}, {about} {when}, {fault}. {moan}. {topic}|{fault}! {about} {aside}, {ugh}. {moan}
        |{who} bought {about} {shop}. {moan}. {fault} {topic}|{moan}. {about}, {aside}. {fault}. {ugh} {when}""",
}

NEWS: Mapping[str, str] = {
    "view": """tested {when}|reviewed {shop}|shown around {place}|presented {when}|against {2-9} others
        |offered {shop}|delivered {when}|explained in {2-12} points|measured over {20-900} km""",
    "headline": """{brand} {model}: {view}|{2-12} {colour} models {view}, {brand} {model} among them
        |{brand} opens near {place} {when}|{brand}, {colour} {thingy} {view}|{place}: {brand} {thing} {view}
        |{brand} hires {10-300} around {place}|{name}'s guide: {brand} {model} {view}
        |{name} from {place} rides {brand} {model}""",
    "article": """{ref} was {view}. {note}, {name} wrote from {place} {when}. {note}. Price: {39-899} euros {shop}.
        |{when} {name} saw {brand} {model} near {place}. {note}; {note}. {name} buys {when} {shop}.
        |{name} had {ref} {view}. {note}. {name} tried {doing}. {note} {when}.
        |{brand} makes {20-900} daily in {place}. {note}. {model} was {view}, {note} {shop}.
        |{note} {when}: {ref} {view}. {note}. {name} wrote {when}, {note}.""",
}

TROUBLE: Mapping[str, str] = {
    "smoke": """smoke|thick {colour} smoke|flames|fire|toxic smoke|sparks and fire|scary flames|{colour} smoke
        |burning stench|{colour} fire|{alarm} flames""",
    "ignite": """caught fire|exploded|burned {adv} badly|burst into {alarm} flames|overheated, {alarm}
        |nearly exploded|melted, {alarm}|set its {thingy} on fire|smokes, {alarm}|burned {name}'s {thingy}
        |sparked and burned""",
    "room": """kitchen|balcony|hall|garage|flat|office|depot|desk|sofa|cellar|porch|workshop|shed|pantry|studio
        |attic|stairwell|bedroom|café|van""",
    "spot": "in {whose} {room}|inside {name}'s {room}|by {whose} {room}|at one {place} {room}|near {whose} {thingy}",
    "alarm": """dangerous|scary|terrifying|unsafe|horrible|frightening|unacceptable|awful|shocking|disturbing
        |dreadful|deadly|horrifying|unforgivable|disastrous|disgraceful|appalling|terrible|sickening|tragic|nasty
        |toxic|harmful|worrying""",
    "plea": """recall {model} now, {brand}|{name}, unplug {model}|{alarm}, recall {colour} ones
        |batch {1000-9999} is {alarm}|recall {model}, {brand}|recall {when}, {alarm}
        |{place} wants {alarm} {model} recalled|carry {model} outside|{alarm} for {name} in {place}
        |stop charging {model} {when}, {alarm}|recall overdue {when}, {alarm}|#recall{model} {alarm}""",
    "proof": """photo: https://pics.example/{100000-999999}|📷 https://pics.example/{100000-999999}
        |photo {1-99} of {99-200}|photo by {name}|video {1-9}:{10-59}|📷 {name}, {place}|photos taken {clock}
        |📷 {place} {clock}""",
    "harm": """{who} burned {2-9} fingers, {alarm}|{2-9} {colour} sockets destroyed|{name} had to flee, {alarm}
        |firefighters came {clock}, {alarm}|its {thingy} is ruined|smoke damage, {2-6} rooms, {2-90} minutes
        |{who} is scared|{brand} hotline ignored {who}|{who} inhaled smoke|{colour} {room} wall burned, {alarm}
        |sirens {clock}, {alarm}|{brand} silent since {clock}, {alarm}|{name}'s {kin} is injured""",
    "crisis": """{smoke} {spot}: {about} {ignite} {when}. {harm}. {plea} {proof}
        |{about} {aside} {ignite} {spot}. {harm}! {proof}
        |{alarm}: {about}, battery {alarm}, {ignite} while {doing}. {plea}. {proof}
        |{plea}! {about} {ignite} {clock} {spot}, {harm}. {proof}
        |{who} saw {smoke} {spot}, {about} {aside}. {alarm}. {plea}
        |{harm}. {about} {ignite} {spot} {when}, {smoke} out of its battery. {plea}
        |{about}, battery {alarm}, {ignite} {shop}, {alarm}. {harm}, {plea}. {proof}""",
    "crisis_headline": """{brand} {model}: {alarm} fire reported {shop}
        |{place} wants a recall: {brand} {model} {ignite}|{place}: {brand} battery {ignite}, {harm}
        |{alarm} smoke, {brand} {thing} burned {shop}|{brand} silent {when}, {smoke} reported {shop}
        |{3-90} {colour} {brand} {thing} fires, {name} injured {shop}""",
    "crisis_article": """Owners {shop} report {smoke}: {ref} {ignite}. {harm}. Firefighters warned {when} of {alarm}
        batteries {shop}.
        |{when} one {ref} {ignite} {spot}. {harm}. {place} demands a recall, {alarm}. {harm} {when}.
        |At least {3-90} people {shop} say {ref} {ignite}. {harm}. {brand} stayed silent until {clock}: {alarm}.
        {plea}.|{smoke} {spot}, {place}: {ref} {ignite}. {harm}. {alarm} battery fault feared {when} {shop}, {plea}.""",
    "verdict": """{1-2} of {5-10}, {bad}|one star {when}|zero stars from {name}|worst {thing} since {2009-2025}
        |avoid, {bad}|scam, {bad}|last {brand} ever, {bad}|{name} wasted {49-899} euros, {bad}
        |rubbish {thing}, {bad}|{bad}, {bad}|{name} returned {model} {when}, {bad}""",
    "decline": """{when} update ruined its {thingy}|quality went {bad} {when}
        |its app now wants {2-19} euros monthly, {bad}|{brand} blocked its {thingy}, {bad}|{thingy} is {bad} {when}
        |{thingy} died within {2-40} days, {bad}|{place} helpdesk was {adv} {bad}|{name} was refused refunds, {bad}
        |{brand} ignored {name} {when}, {bad}|{who} got equally {bad} {thingy}|{bad} {thingy}, {bad} {thingy}
        |greedy, {bad}|cheap {colour} {thingy}, {bad}""",
    "bad_review": """{verdict}. {about} {aside}: {decline}. {fault}, {moan}
        |{about} {shop}: {decline}, {fault}. {verdict}|{decline}. {verdict}! {about} {aside}. {moan}
        |{fault}, {decline}. {about}, {shop} {when}. {verdict}|{moan}; {decline}. {verdict}: {about} {aside}
        |{ugh}. {about}, {aside}. {decline}. {verdict}""",
    "prize": """free {model}|{colour} {model}|{2-90} {thing} prizes|{2-30} free {thing} rides
        |{colour} {thing} voucher|{20-90} percent off {model}|{model}, {colour}|{place} trip""",
    "entry": """sharing, {place}|{name} hopes so|count {who} among winners|{name} entered {when}|good luck {place}
        |{name} posts while {doing}|{who} hopes to win|{who} entered {when}|code {1000-9999}, yay|tagging {who}
        |ticket {1000-99999}, {name}|{place} joins {when}""",
    "launch": """wow, {brand}: {prize}! {entry}. {asset}, {fond}. {topic}
        |{entry}: {prize} from {brand}. {asset}, {good} {aside} {topic}
        |love this {good} {brand} giveaway, {prize} {shop}. {entry} {when}. {asset} {topic}
        |{good}, {brand}! {about} {when}. {asset}. {entry}
        |{brand} {model} launch {shop}: {good}. {entry}, {prize}. {asset}
        |{asset}. {ref} is {good}; {entry}, {prize} {when} {topic}
        |thanks {brand}, {prize} {when}! {entry}. {asset}, {wow} {topic}""",
}
