"""How absent people write that they are back, and until when not: en, de, fr, es, it, pt, nl."""

# ruff: noqa: RUF001  (typographic apostrophes are what people write)

BACK = (
    r"(?:be |am |will be )?back (?:in the office |at work |at my desk )?(?:on|by|from)?"
    r"|return(?:ing)?(?: to (?:the office|work|my desk))?(?: on| by)?"
    r"|available again (?:on|from)|back (?:in the office|at work)"
    r"|(?:wieder|zurück)(?: (?:im büro|im haus|erreichbar|für sie da|da|verfügbar))*(?: ab| am)"
    r"|(?:ab|am) (?:dem )?(?=[^\n]{0,50}(?:wieder|zurück))"
    r"|de retour(?: au bureau)?(?: à partir du| dès le| le)?|reviens le|serai de nouveau \w+ le"
    r"|(?:vuelvo|volveré|regreso|regresaré|de vuelta|de regreso)"
    r"(?: a la oficina)?(?: el| a partir del)?"
    r"|(?:torno|tornerò|rientro|rientrerò|di ritorno|sarò di nuovo \w+)"
    r"(?: in ufficio)?(?: il| dal| l')?"
    r"|(?:volto|voltarei|regresso|regressarei|retorno|retornarei|de volta)"
    r"(?: ao escritório)?(?: no dia| em| a partir de| a)?"
    r"|(?:weer|terug)(?: (?:aanwezig|bereikbaar|op kantoor))*(?: op| vanaf)"
)
UNTIL = (
    r"until|till|through|up to and including"
    r"|bis(?: einschließlich)?(?: zum| inkl\.?)?"
    r"|jusqu['’]au|jusqu['’]à"
    r"|hasta(?: el)?|fino al(?:l['’])?|sino al|até(?: ao| o)?(?: dia)?|tot(?: en met)?|t/m"
)
MONTHS = (  # how the names of a month begin, the longer before what it begins with
    ("jan", 1), ("ene", 1), ("gen", 1), ("jän", 1),
    ("feb", 2), ("fév", 2), ("fev", 2),
    ("mar", 3), ("mär", 3), ("maa", 3), ("mrt", 3),
    ("apr", 4), ("avr", 4), ("abr", 4),
    ("mai", 5), ("may", 5), ("mag", 5), ("mei", 5),
    ("juin", 6), ("jun", 6), ("giu", 6),
    ("juil", 7), ("jul", 7), ("lug", 7),
    ("aug", 8), ("aoû", 8), ("aou", 8), ("ago", 8),
    ("sep", 9), ("set", 9),
    ("oct", 10), ("okt", 10), ("ott", 10), ("out", 10),
    ("nov", 11),
    ("dec", 12), ("dez", 12), ("déc", 12), ("dic", 12),
)  # fmt: skip
