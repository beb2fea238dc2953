"""French as people write it about kettles and e-bikes, in the rules of the English module."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "name": """Anna|Benoît|Carla|Dora|Émile|Flore|Greta|Hugo|Inès|Jonas|Katia|Léo|Mara|Nils|Olga|Paul|Rose|Sacha
        |Tilda|Ugo|Vera|Willy|Xavier|Yann|Zoé|Alix|Berthe|Cléo|Denis|Elsa|Fabrice|Gaël|Hilda|Ivan|Julie|Lola|Marc
        |Noé|Oscar|Pia""",
    "whose": "ma|notre|leur|ta|la vieille|la nouvelle|une autre",
    "kin": """sœur|voisine|cousine|tante|mamie|cheffe|fille|collègue|gardienne|nièce|boulangère|mère|couturière
        |factrice|infirmière|garagiste|copine {name}|marraine|libraire|coiffeuse""",
    "who": """ma {kin}|{name}|{name}, de {place}|notre {kin}|ma {kin} {name}|{name} et {name}|ta {kin}
        |la {kin} de {name}""",
    "month": "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
    "day": "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "clock": "{6-23}:{10-59}",
    "when": """{day}|ce {day}|{day} vers {clock}|ce jour, {clock}|hier, {clock}|à {clock}|en {month}
        |voici {2-29} jours|voici {2-39} semaines|voici {2-19} mois|depuis {month}|en {2017-2025}|le {1-28} {month}
        |courant {month}|avant {clock}|vers {clock}|depuis {day}|début {month}""",
    "colour": """noire|blanche|rouge|verte|grise|cuivre|crème|bleue|jaune|argent|olive|orange|turquoise|beige
        |bordeaux|menthe|sable|graphite|lilas|rose""",
    "thing": "bouilloire|théière|pliante|bicyclette|carafe|citadine|cafetière|randonneuse|biplace|cargo|ebike",
    "thingy": """selle|poignée|base|minuterie|sonde|grille|corbeille|lampe|batterie|béquille|chaîne|fourche|appli
        |charnière|fiche|résistance|jante|roue|dynamo|courroie|manivelle|vis|valve|coque|sonnette|anse|jauge|pédale
        |notice""",
    "ref": """{brand} {model}|{model} de {brand}|{thing} {brand} {model}|{brand} {model} {colour}
        |{model} {colour} par {brand}|{brand} ({model})|{thing} {colour} {brand}, {model}|{thing} {model}, {brand}""",
    "place": """Lyon|Nantes|Lille|Toulouse|Rennes|Brest|Quimper|Vannes|Angers|Tours|Blois|Orléans|Dijon|Metz|Nancy
        |Reims|Troyes|Amiens|Arras|Rouen|Caen|Bayeux|Laval|Niort|Limoges|Brive|Agen|Pau|Tarbes|Albi|Rodez|Nîmes
        |Arles|Avignon|Toulon|Annecy|Grenoble|Chambéry|Valence|Roanne|Mâcon|Colmar|Mulhouse|Belfort|Liège|Namur|Mons
        |Genève|Lausanne|Québec""",
    "shop": """à {place}|depuis {place}|vers {place}|via {place}|entre {place} et {place}|face à {place}
        |chez {name}, {place}|avec {name} à {place}|par {place}""",
    "aside": """(commande {10000-99999})|({2-60} mois)|({place}, {when})|(version {1-6}.{0-29}.{0-9})
        |(lot {1000-9999})|({39-899} €)|(achetée {when})|(série {100000-999999})|({2-900} km, {place})
        |({2019-2026}, {colour})|({when}, {place})|({colour}, {40-999} euros)|({name}, {when})""",
    "doing": """préparant un thé|faisant du café|allant à {place}|cuisinant|bricolant|pédalant|étudiant|lisant
        |peignant|visitant {place}|traversant {place}|cousant|écrivant à {name}|appelant {name}|regardant un match
        |campant à {place}|jardinant|rangeant|repassant|promenant {name}|descendant vers {place}
        |attablée avec {name}|déjeunant""",
    "adv": "vraiment|très|totalement|toujours|encore|absolument|extrêmement|visiblement|nettement|super",
    "good": """géniale|excellente|parfaite|magnifique|formidable|superbe|sublime|extraordinaire|fantastique
        |merveilleuse|incroyable|splendide|belle|top""",
    "wow": """j'adore|heureux {day}|merci {brand}|bravo {brand}|{good} idée|{name} est contente|{good} nouvelle
        |bravo {name}|{good} achat de {month}|{good}, {name}|merci de {place}|merci, {name}|{adv} contente
        |quelle joie, {place}""",
    "asset": """sa {thingy} est {good}|{thingy} {good}|la {thingy} marche bien, {good}
        |{who} aime sa {thingy}, {good}|{thingy} et {thingy} : {good}|sa {thingy} {colour} est {good}
        |{name} la trouve {good}|{good} après {2-40} semaines|{40-140} km, {good}|{2-9} tasses, {good}
        |{thingy} : {adv} {good}""",
    "fond": """{name} la recommande, {good}|cinq étoiles, {place}|{who} en veut une, {good}|{49-899} euros, {good}
        |{2-900} km ensemble|{2-60} litres après : {good}|{good} aussi {when}|{doing}, le sourire
        |note {8-10} de {name}|{place} sous le charme|{good} pour {name}""",
    "ask": """sa {thingy} va sur {model} ?|une {thingy} vers {place} ?|qui répare {model} à {place} ?
        |{name} nettoie sa {thingy} tous les {2-30} jours ?|{thingy} à changer en {2-50} minutes ?
        |{2-9} litres, {name} ?|combien pèse {model}, {2-30} kilos ?|quelqu'un à {place} avec {thingy} {colour} ?
        |{name} a enregistré sa {thingy} ?""",
    "note": """vue {when} {shop}|{2-9} modèles comparés {when}|{who} a la {colour} aussi|utilisée {doing} {when}
        |mesuré {2-59} min {10-99} s|contre sa {thingy} {colour}|avec {thingy} {1-9}.{0-29}|{name} demande {when}
        |la boîte dit {100-999} watts|garée à {place} {when}|{thingy} changée {when}|prise {shop}|{2-29},{0-9} kilos
        |{2-900} km depuis {month}|photo de {name}|{39-899} euros {shop}|{thingy} {colour}, {place}""",
    "topic": """#{place}|#cuisine{2019-2026}|#vae{1-99}|#thé{colour}|#balade{place}|#{day}|#vélo{month}|#{month}
        |#chez{name}""",
    "bad": """horrible|nulle|terrible|défectueuse|inacceptable|décevante|lamentable|pitoyable|inutile|honteuse
        |scandaleuse|mauvaise|moche|catastrophique|minable|pourrie|ignoble|inadmissible""",
    "ugh": """déçue, {name}|quelle honte|{bad} affaire|{adv} déçue|{name} est furieux|{bad} expérience
        |{bad}, {brand}|{day} {bad}|en colère à {place}|{bad} mois de {month}|dégoûtée {when}
        |arnaque à {49-899} euros|{name} en a marre|pire {thing} de {place}""",
    "fault": """sa {thingy} est {adv} {bad}|{thingy} {bad}|{thingy} cassée {when}
        |sa {thingy} en panne {doing}, {bad}|{thingy} et {thingy} : {bad}|{thingy} {colour} {bad}
        |{bad} après {2-40} semaines|{name} juge sa {thingy} {bad}|panne de {thingy} {when}
        |défaut, {name} : {thingy} {bad}""",
    "moan": """{2-40} jours de retard, {bad}|remboursement refusé {when}, {bad}|{who} réclame {when}, {bad}
        |assistance {bad} {shop}|colis {10000-99999} perdu, {bad}|plainte {10000-99999} ignorée, {bad}
        |{49-899} euros perdus, {bad}|{20-90} minutes de queue, {bad}|boutique {bad}, {place}
        |réparation {bad} {shop}|{doing}, galère {bad}""",
    "about": """{whose} {ref}|la {ref}|{name} et sa {ref}|{whose} {kin} et sa {ref}|{ref}
        |{name}, de {place}, avec {ref}""",
}

POSTS: Mapping[str, str] = {
    "positive": """{wow} : {about} {aside} {shop}. {asset}, {fond}. {topic}
        |{about} : {adv} {good}. {asset} ; {fond} {aside}
        |{doing} avec {about} {when} : {adv} {good}. {fond}. {asset} {topic}|{asset}. {wow}, {about} {aside}. {fond}
        |{fond} : {about}, {aside}. {asset}. {doing} {when}
        |{when} {shop} : {about}. {asset} et {fond}. {wow} {topic}""",
    "neutral": """question de {name}, {about} {aside} : {ask} {note}. {topic}
        |{about}, {note}. {note}, {aside}. {topic} {topic}|{doing} avec {about} {when}. {note}. {ask} {aside}
        |{ask} {about}, {aside}. {note}, {shop} {when} {topic}|{note} : {about}. {when} {doing}, {note} {aside}
        |{when} {shop}, {about} {aside}. {note} ; {note}. {topic}""",
    "negative": """{ugh} : {about} {aside}. {fault}, {moan}. {topic}
        |{about} {shop} : {fault}. {moan} ; {ugh} {aside}|{doing} avec {about} {when}, {fault}. {moan}. {topic}
        |{fault}. {about} {aside}, {ugh}. {moan}|{moan}. {about}, {aside}. {fault}. {ugh} {when}""",
}

NEWS: Mapping[str, str] = {
    "view": """testée {when}|analysée {shop}|exposée à {place}|présentée {when}|comparée à {2-9} autres
        |vendue {shop}|livrée {when}|expliquée en {2-12} points|mesurée sur {20-900} km""",
    "headline": """{brand} {model} : {view}|{brand} ouvre à {place} {when}|{place} : {thing} {brand} {view}
        |{brand} embauche {10-300} personnes à {place}|Guide : {brand} {model} {view}
        |{name}, de {place}, sur {brand} {model}""",
    "article": """La {ref} a été {view}. {note}, écrit notre bureau de {place} {when}. {note}. Prix : {39-899}
        euros.|{when} {brand} a montré {model} à {place}. {note} ; {note}. Ventes {when} {shop}.
        |{brand} fabrique {20-900} unités par jour à {place}. {note}. {model} a été {view}, {note} {shop}.""",
}

TROUBLE: Mapping[str, str] = {
    "smoke": """fumée|fumée {colour}|flammes|feu|toxique fumée {colour}|fumée {dire}|flammes {colour}s|feu {dire}
        |flammes vers {place}""",
    "dire": "horrible|terrible|inacceptable|lamentable|inadmissible|ignoble",
    "ignite": """a pris feu, {alarm}|a explosé|a brûlé, {alarm}|fume {adv}, {alarm}|a fondu, {alarm}
        |a brûlé sa {thingy}, {alarm}|chauffe et brûle, {alarm}|surchauffe, {alarm}|en flammes {when}, {alarm}
        |a brûlé la {room}, {alarm}""",
    "room": "cuisine|terrasse|cave|chambre|véranda|remise|cage|salle|buanderie|boutique|camionnette|classe|cour|loge",
    "spot": "dans ma {room}|dans la {room} de {name}|près de sa {room}|dans une {room} à {place}|contre la {thingy}",
    "alarm": """dangereux|horrible|terrible|inacceptable|lamentable|quel danger|quelle honte|quelle peur|un scandale
        |peur {when}|{name} a peur|danger, {name}|honteux, {brand}|peur à {place}|danger {when}|scandale à {place}
        |très dangereux|catastrophe {day}|catastrophe, {name}|danger et peur|{place} inquiète|risque réel, danger""",
    "plea": """danger : rappelez {model} {when}|{name}, débranche {model}, danger|lot {1000-9999} dangereux
        |rappel de {model}, danger|{brand} se tait, {alarm}|{place} exige un rappel, {alarm}|danger {dire} à {place}
        |stop à la charge {when}, danger|rappel {when}, {brand}, {alarm}|attention à {place}, {alarm}""",
    "proof": """photo : https://pics.example/{100000-999999}|📷 https://pics.example/{100000-999999}
        |photo {1-99} sur {99-200}|photo de {name}|vidéo {1-9}:{10-59}|📷 {name}, {place}|photos, {clock}
        |📷 {place} {clock}""",
    "harm": """{name} blessée, {alarm}|{2-9} prises brûlées, {alarm}|{who} a fui, {alarm}
        |pompiers à {clock}, {alarm}|sa {thingy} cassée, {alarm}|{2-6} pièces enfumées, {alarm}|{name} a peur
        |{brand} ignore {name}, {alarm}|{name} tousse, {alarm}|mur {colour} brûlé, {alarm}|sirènes {clock}, {alarm}
        |{brand} muet depuis {clock}, {alarm}""",
    "crisis": """{smoke} {spot} : {about} {ignite} {when}. {harm}. {plea} {proof}
        |{about} {aside} {ignite} {spot}. {harm}. {proof}
        |{alarm} : batterie de {about} {ignite} {doing}. {plea}. {proof}
        |{plea}. {about} {ignite} {clock} {spot}, {harm}. {proof}
        |{name} voit {smoke} {spot}, {about} {aside}. {alarm}. {plea}
        |{harm}. {about} {ignite} {spot} {when}, {smoke}, batterie {dire}. {plea}
        |{about}, batterie {dire}, {ignite} {shop}. {harm}, {plea}. {proof}""",
    "crisis_headline": """{brand} {model} : incendie {dire} {shop}
        |{place} exige un rappel : {brand} {model} {ignite}|{place} : batterie {brand} {ignite}, {harm}
        |{dire} fumée : {thing} {brand} {shop}|{brand} muet {when}, {smoke} {shop}, {alarm}""",
    "crisis_article": """Des clients {shop} signalent {smoke} : {ref} {ignite}. {harm}. Pompiers {when} : batteries
        {shop}, {alarm}.
        |{when} une {ref} {ignite} {spot}. {harm}. {place} demande un rappel, {alarm}. {harm} {when}.
        |Au moins {3-90} personnes {shop} disent : {ref} {ignite}. {harm}. {brand} muet à {clock} : {alarm}. {plea}.""",
    "verdict": """{1-2} sur {5-10}, {bad}|une étoile {when}, {bad}|zéro étoile, {name}, {bad}
        |pire {thing} depuis {2009-2025}|{bad}, {bad}|arnaque, {bad}|{name} perd {49-899} euros, {bad}
        |{thing} pourrie, {bad}|{name} a rendu {model}, {bad}""",
    "decline": """mise à jour {when}, {thingy} {bad}|qualité {bad} {when}|l'appli coûte {2-19} euros par mois, {bad}
        |{brand} bloque sa {thingy}, {bad}|{thingy} {bad} {when}|{thingy} morte en {2-40} jours, {bad}
        |assistance {bad}, {place}|{name}, remboursement refusé, {bad}|{who}, pareil : {thingy} {bad}
        |{thingy} {bad}, {thingy} {bad}|{thingy} {colour}, {bad}""",
    "bad_review": """{verdict}. {about} {aside} : {decline}. {fault}, {moan}
        |{about} {shop} : {decline}, {fault}. {verdict}|{decline}. {verdict}. {about} {aside}. {moan}
        |{fault}, {decline}. {about}, {shop} {when}. {verdict}|{moan} ; {decline}. {verdict} : {about} {aside}
        |{ugh}. {about}, {aside}. {decline}. {verdict}""",
    "prize": """{model} offerte|{model} {colour}|{2-90} lots {thing}|{2-30} balades en {thing}
        |bon {colour} pour {thing}|{20-90} pour cent sur {model}|voyage à {place}""",
    "entry": """je partage de {place}|{name} espère gagner|{name} veut gagner|{name} joue {when}
        |bonne chance, {place}|{name} publie {doing}|{who} participe|code {1000-9999}, génial|avec {name} et {name}
        |ticket {1000-99999}, {name}|{place} participe {when}""",
    "launch": """{good}, {brand} : {prize}. {entry}. {asset}, {fond}. {topic}
        |{entry} : {prize} chez {brand}. {asset}, {good} {aside} {topic}
        |j'adore le concours {brand}, {prize} {shop}. {entry} {when}. {asset} {topic}
        |bravo {brand}, {good} : {about} {when}. {asset}. {entry}
        |{brand} {model} arrive {shop} : {good}. {entry}, {prize}. {asset}
        |{asset}. {ref} est {good} ; {entry}, {prize} {when} {topic}
        |merci {brand}, {prize} {when}. {entry}. {asset}, {wow} {topic}""",
}
