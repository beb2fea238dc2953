"""Spanish as people write it about kettles and e-bikes, in the rules of the English module."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "name": """Ana|Ben|Carla|Dora|Emilio|Félix|Greta|Hugo|Inés|Jonás|Kiko|Leo|Mara|Nico|Olga|Pau|Rosa|Saúl|Tere|Uxía
        |Vera|Wanda|Xavi|Yago|Zoe|Aitor|Berta|Cleo|Darío|Elsa|Fermín|Gael|Hilda|Iván|Julia|Lola|Marcos|Noa|Óscar|Pía""",
    "whose": "mi|nuestra|su|tu|aquella|la nueva|otra",
    "kin": """hermana|vecina|prima|tía|abuela|jefa|hija|cuñada|suegra|compañera|casera|sobrina|profesora|panadera
        |madre|fontanera|modista|cartera|enfermera|mecánica|amiga de {name}|madrina""",
    "who": "mi {kin}|{name}|{name}, de {place}|su {kin}|mi {kin} {name}|{name} y {name}|tu {kin}|la {kin} de {name}",
    "month": "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre",
    "day": "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
    "clock": "{6-23}:{10-59}",
    "when": """el {day}|este {day}|el {day} sobre las {clock}|hoy, {clock}|ayer, {clock}|a las {clock}|en {month}
        |hace {2-29} días|hace {2-39} semanas|hace {2-19} meses|desde {month}|en {2017-2025}|el {1-28} de {month}
        |este {month}|hasta {clock}|hacia {month}|desde el {day}|por {month}""",
    "colour": """negra|blanca|roja|verde|gris|cobre|crema|azul|amarilla|plateada|oliva|naranja|turquesa|beige
        |granate|menta|arena|grafito|lila|rosa""",
    "thing": "tetera|hervidora|bici|plegable|bicicleta|jarra|tándem|termo|cargobike|eBike|samovar",
    "thingy": """tapa|base|pantalla|boquilla|rejilla|cesta|luz|batería|pata|palanca|cadena|horquilla|app|junta
        |bisagra|clavija|resistencia|llanta|empuñadura|rueda|dinamo|correa|manivela|tuerca|válvula|cubierta|campana
        |asa""",
    "ref": """{brand} {model}|{model} de {brand}|{thing} {brand} {model}|{brand} {model} {colour}
        |{model} {colour} de {brand}|{brand} ({model})|{thing} {colour} {brand}, {model}|{thing} {model}, {brand}""",
    "place": """Madrid|Sevilla|Valencia|Bilbao|Vigo|Murcia|Girona|Lleida|Zaragoza|Huesca|Teruel|Soria|Burgos|León
        |Lugo|Gijón|Oviedo|Santander|Logroño|Pamplona|Vitoria|Cáceres|Badajoz|Huelva|Cádiz|Málaga|Granada|Jaén
        |Almería|Alicante|Elche|Castellón|Tarragona|Reus|Mataró|Palma|Ibiza|Mahón|Toledo|Cuenca|Ávila|Segovia|Zamora
        |Salamanca|Lima|Quito|Bogotá|Cali|Rosario|Montevideo""",
    "shop": """en {place}|desde {place}|cerca de {place}|por {place}|entre {place} y {place}|junto a {place}
        |en casa de {name}, {place}|hacia {place}|con {name} en {place}""",
    "aside": """(pedido {10000-99999})|(con {2-60} meses)|({place}, {when})|(versión {1-6}.{0-29}.{0-9})
        |(lote {1000-9999})|({39-899} €)|(comprada {when})|(serie {100000-999999})|({2-900} km, {place})
        |({2019-2026}, {colour})|({when}, {place})|({colour}, {40-999} euros)|({name}, {when})""",
    "doing": """preparando té|haciendo café|bajando a {place}|cocinando|llenando botellas|horneando pan|pedaleando
        |estudiando|leyendo|limpiando|pintando|visitando {place}|cruzando {place}|esquivando coches|planchando
        |pelando patatas|cosiendo|escribiendo a {name}|llamando a {name}|viendo fútbol|hirviendo huevos
        |acampando en {place}|regando""",
    "adv": """realmente|muy|totalmente|siempre|otra vez|absolutamente|claramente|extremadamente|visiblemente
        |notablemente""",
    "good": """genial|excelente|perfecta|preciosa|fantástica|estupenda|magnífica|maravillosa|increíble|impresionante
        |brillante|bonita|espectacular|hermosa|linda|divertida|buena""",
    "wow": """me encanta|feliz {day}|gracias {brand}|enhorabuena {brand}|{good} idea|{name} está contenta
        |{good} noticia|bravo {name}|{good} compra de {month}|qué {good}|saludos y gracias, {place}|gracias, {name}
        |{adv} contenta""",
    "asset": """la {thingy} es {good}|{thingy} {good}|su {thingy} va genial|{who} disfruta su {thingy}, {good}
        |{thingy} y {thingy}: {good}|su {thingy} {colour} es {good}|{name} la ve {good}|{good} tras {2-40} semanas
        |{40-140} km, {good}|hierve {2-9} tazas, {good}|{thingy}: {adv} {good}""",
    "fond": """{name} la recomienda, {good}|cinco estrellas, {place}|{who} quiere otra, {good}
        |{49-899} euros, {good}|{2-900} km juntas|{2-60} litros después: {good}|{good} también {when}
        |{doing} y feliz|nota {8-10} de {name}|{place} encantada|{good} para {name}""",
    "ask": """¿vale su {thingy} para {model}?|¿dónde hay {thingy} por {place}?|¿quién repara {model} en {place}?
        |¿cada cuántos días limpia {name} su {thingy}?|¿se cambia su {thingy} en {2-50} minutos?
        |¿cabe {2-9} litros, {name}?|¿cuánto pesa, {2-30} kilos?|¿alguien en {place} con {thingy} {colour}?
        |¿{name} registró su {thingy}?""",
    "note": """vista {when} {shop}|comparando {2-9} modelos {when}|{who} tiene {colour} también|usada {doing} {when}
        |medidos {2-59} min {10-99} s|junto a su {thingy} {colour}|ahora con {thingy} {1-9}.{0-29}
        |{name} preguntó {when}|la caja dice {100-999} vatios|aparcada en {place} {when}|cambiada su {thingy} {when}
        |recogida {shop}|pesa {2-29},{0-9} kilos|{2-900} km desde {month}|foto de {name}|{39-899} euros {shop}
        |{thingy} {colour}, {place}""",
    "topic": """#{place}|#cocina{2019-2026}|#ebike{1-99}|#té{colour}|#rutas{place}|#{day}|#bici{month}|#{month}
        |#casa{name}""",
    "bad": """horrible|pésima|terrible|defectuosa|inaceptable|decepcionante|lamentable|patética|inútil|indignante
        |vergonzosa|nefasta|mala|rota|molesta|asquerosa|muy mala|peligrosa""",
    "ugh": """harta|qué asco|{bad} compra|{adv} decepcionada|{name} está furiosa|{bad} experiencia|{bad}, {brand}
        |{day} {bad}|indignada en {place}|{bad} {month}|{adv} enfadada|estafa de {49-899} euros|{name} está harta
        |la peor de {place}""",
    "fault": """su {thingy} es {adv} {bad}|{thingy} {bad}|{thingy} rota {when}|su {thingy} falla {doing}, {bad}
        |{thingy} y {thingy}: {bad}|{thingy} {colour} {bad}|{bad} tras {2-40} semanas|{name} ve su {thingy} {bad}
        |avería en {thingy} {when}|fallo, {name}: {thingy} {bad}""",
    "moan": """{2-40} días de retraso, {bad}|reembolso {bad} {when}|{who} reclamó {when}, {bad}
        |atención {bad} {shop}|paquete {10000-99999} perdido, {bad}|queja {10000-99999} ignorada, {bad}
        |{49-899} euros tirados, {bad}|{20-90} minutos de espera, {bad}|tienda {bad}, {place}
        |reparación {bad} {shop}|{doing} es {bad}""",
    "about": "{whose} {ref}|la {ref}|{name}, {whose} {ref}|{whose} {kin}, {ref}|{ref}|{name}, de {place}, con {ref}",
}

POSTS: Mapping[str, str] = {
    "positive": """{wow}: {about} {aside} {shop}. {asset}, {fond}. {topic}
        |{about}: {adv} {good}. {asset}; {fond} {aside}
        |{doing} con {about} {when}: {adv} {good}. {fond}. {asset} {topic}|{asset}. {wow}, {about} {aside}. {fond}
        |{fond}: {about}, {aside}. {asset}. {doing} {when}|{when} {shop}: {about}. {asset} y {fond}. {wow} {topic}""",
    "neutral": """consulta de {name}, {about} {aside}: {ask} {note}. {topic}
        |{about}, {note}. {note}, {aside}. {topic} {topic}|{doing} con {about} {when}. {note}. {ask} {aside}
        |{ask} {about}, {aside}. {note}, {shop} {when} {topic}|{note}: {about}. {when} {doing}, {note} {aside}
        |{when} {shop}, {about} {aside}. {note}; {note}. {topic}""",
    "negative": """{ugh}: {about} {aside}. {fault}, {moan}. {topic}|{about} {shop}: {fault}. {moan}; {ugh} {aside}
        |{doing} con {about} {when}, {fault}. {moan}. {topic}|{fault}. {about} {aside}, {ugh}. {moan}
        |{moan}. {about}, {aside}. {fault}. {ugh} {when}""",
}

NEWS: Mapping[str, str] = {
    "view": """probada {when}|analizada {shop}|expuesta en {place}|presentada {when}|comparada con {2-9} más
        |vendida {shop}|entregada {when}|explicada en {2-12} puntos|medida durante {20-900} km""",
    "headline": """{brand} {model}: {view}|{brand} abre en {place} {when}|{place}: {thing} {brand} {view}
        |{brand} contrata a {10-300} personas en {place}|Guía: {brand} {model} {view}
        |{name}, de {place}, en {brand} {model}""",
    "article": """La {ref} fue {view}. {note}, dice nuestra redacción de {place} {when}. {note}. Precio: {39-899}
        euros.|{when} {brand} enseñó {model} en {place}. {note}; {note}. Ventas {when} {shop}.
        |{brand} fabrica {20-900} unidades diarias en {place}. {note}. {model} fue {view}, {note} {shop}.""",
}

TROUBLE: Mapping[str, str] = {
    "smoke": """humo|humo {colour}|llamas|fuego|tóxico humo {colour}|chispas, {alarm}|humo en {place}|humo {dire}
        |fuego {dire}|llamas por {place}""",
    "ignite": """se incendió|explotó|ardió, {alarm}|echó humo {colour}, {alarm}|se quemó, {alarm}
        |quemó su {thingy}, {alarm}|casi explotó|se recalentó, {alarm}|quemó {2-9} {room}s, {alarm}
        |incendió {room} y {room}""",
    "room": """cocina|terraza|entrada|oficina|bodega|mesa|habitación|escalera|cafetería|furgoneta|galería|despensa
        |clase|azotea""",
    "spot": "en {whose} {room}|en {room}, casa de {name}|junto a su {room}|en {room}, {place}|cerca de la {thingy}",
    "alarm": """horrible|terrible|inaceptable|indignante|lamentable|fatal|qué peligro|qué miedo|qué desastre
        |qué vergüenza|horror {when}, peligro|peligro real|{name} tiene miedo|peligrosa, {name}|{place} con miedo
        |un peligro, {name}|{brand}, vergüenza|muy peligrosa|miedo {when}|peligro en {place}|miedo y peligro
        |desastroso {day}|qué fatal, {name}""",
    "dire": "horrible|terrible|inaceptable|indignante|lamentable|fatal|peligroso",
    "plea": """peligro: retiren {model} {when}|{name}, desenchufa {model}, peligro|lote {1000-9999} peligroso
        |retirada ya de {model}|{brand} calla, {alarm}|{place} pide retirada, {alarm}|peligro {dire} en {place}
        |dejad de cargar {model} {when}, peligro|retirada {when}, {brand}, {alarm}|cuidado en {place}, {alarm}""",
    "proof": """foto: https://pics.example/{100000-999999}|📷 https://pics.example/{100000-999999}
        |foto {1-99} de {99-200}|foto de {name}|vídeo {1-9}:{10-59}|📷 {name}, {place}|fotos de las {clock}
        |📷 {place} {clock}""",
    "harm": """{name} acabó herida, {alarm}|{2-9} enchufes quemados, {alarm}|{who} huyó con miedo
        |bomberos a las {clock}, {alarm}|su {thingy} quedó rota|humo {dire}, {2-6} cuartos, {alarm}
        |{name} tiene miedo|{name} sin respuesta de {brand}, {alarm}|{name} respiró humo, {alarm}
        |pared {colour} quemada, {alarm}|sirenas {clock}, {alarm}|{clock} y {brand} calla, {alarm}""",
    "crisis": """{smoke} {spot}: {about} {ignite} {when}. {harm}. {plea} {proof}
        |{about} {aside} {ignite} {spot}. {harm}. {proof}
        |{alarm}: la batería de {about} {ignite} {doing}. {plea}. {proof}
        |{plea}. {about} {ignite} {clock} {spot}, {harm}. {proof}
        |{name} vio {smoke} {spot}, {about} {aside}. {alarm}. {plea}
        |{harm}. {about} {ignite} {spot} {when}, {smoke} en su batería. {plea}
        |{about}, batería {dire}, {ignite} {shop}. {harm}, {plea}. {proof}""",
    "crisis_headline": """{brand} {model}: incendio {dire} {shop}|{place} exige retirada: {brand} {model} {ignite}
        |{place}: batería {brand} {ignite}, {harm}|{dire} humo: {thing} {brand} {shop}
        |{brand} calla {when}, {smoke} {shop}, {alarm}""",
    "crisis_article": """Clientes {shop} denuncian {smoke}: {ref} {ignite}. {harm}. Bomberos avisan {when} de
        baterías {shop}, {alarm}.
        |{when} una {ref} {ignite} {spot}. {harm}. {place} pide una retirada, {alarm}. {harm} {when}.
        |Al menos {3-90} personas {shop} cuentan que {ref} {ignite}. {harm}. {brand} calla a las {clock}: {alarm}.
        {plea}.""",
    "verdict": """{1-2} de {5-10}, {bad}|una estrella {when}, {bad}|cero estrellas, {name}, {bad}
        |peor {thing} desde {2009-2025}|{bad}, {bad}|estafa, {bad}|{name} perdió {49-899} euros, {bad}
        |basura, {thing}, {bad}|{name} devolvió {model}, {bad}""",
    "decline": """actualizada {when}, {thingy} fatal|calidad {bad} {when}|la app cobra {2-19} euros al mes, {bad}
        |{brand} bloqueó su {thingy}, {bad}|{thingy} {bad} {when}|{thingy} muerta en {2-40} días, {bad}
        |atención {bad}, {place}|{name} sin reembolso, queja {bad}|{who}, igual: {thingy} {bad}
        |{thingy} {bad}, {thingy} {bad}|{thingy} {colour}, {bad}""",
    "bad_review": """{verdict}. {about} {aside}: {decline}. {fault}, {moan}
        |{about} {shop}: {decline}, {fault}. {verdict}|{decline}. {verdict}. {about} {aside}. {moan}
        |{fault}, {decline}. {about}, {shop} {when}. {verdict}|{moan}; {decline}. {verdict}: {about} {aside}
        |{ugh}. {about}, {aside}. {decline}. {verdict}""",
    "prize": """{model} gratis|{model} {colour}|{2-90} premios {thing}|{2-30} rutas en {thing}
        |vale {colour} de {thing}|{20-90} por ciento en {model}|viaje a {place}""",
    "entry": """comparto desde {place}|{name} cruza dedos|{name} quiere ganar|{name} participa {when}
        |suerte, {place}|{name} publica {doing}|{who} participa|código {1000-9999}, genial
        |etiqueto a {name} y {name}|boleto {1000-99999}, {name}|{place} se apunta {when}""",
    "launch": """{good}, {brand}: {prize}. {entry}. {asset}, {fond}. {topic}
        |{entry}: {prize} de {brand}. {asset}, {good} {aside} {topic}
        |me encanta el sorteo {brand}, {prize} {shop}. {entry} {when}. {asset} {topic}
        |qué {good}, {brand}: {about} {when}. {asset}. {entry}
        |{brand} {model} llega {shop}: {good}. {entry}, {prize}. {asset}
        |{asset}. {ref} es {good}; {entry}, {prize} {when} {topic}
        |gracias {brand}, {prize} {when}. {entry}. {asset}, {wow} {topic}""",
}
