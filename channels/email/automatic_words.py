"""Subjects of absence notices and automatic answers, in the languages people are away in.

Each is a piece of a regular expression, read without regard to case.
"""

# ruff: noqa: RUF001  (letters of many scripts are the point)

# What a program writes; people do not begin a subject so.
AUTO_REPLY = (
    r"automatic (?:reply|response)|auto[- ]?(?:matic )?(?:reply|response|respond)|autoreply|"
    r"automated (?:reply|response)|out of (?:the )?office(?: auto\w*)?(?: reply)?:|"
    r"vacation (?:reply|message|notice)|"
    r"automatische (?:antwort|rückantwort)|abwesenheits(?:notiz|nachricht|meldung|"
    r"benachrichtigung)|autoantwort|"
    r"réponse automatique|message d'absence|notification d'absence|"
    r"respuesta autom[aá]tica|contestaci[oó]n autom[aá]tica|resposta autom[aàá]tica|"
    r"risposta automatica|messaggio di assenza|notifica di assenza|"
    r"automatisch(?:e)? (?:antwoord|beantwoord|bericht)|afwezigheids(?:bericht|melding)|"
    r"automatis(?:kt|k) (?:svar|besked|meddelelse)|autosvar|frånvaromeddelande|fraværs(?:besked|"
    r"melding|assistent)|"
    r"automaattinen (?:vastaus|poissaolo\w*)|poissaoloviesti|poissaoloilmoitus|"
    r"odpowiedź automatyczna|automatyczna odpowiedź|autoodpowiedź|"
    r"automatick[áa] odpov[eě][ďd]|automaticky odpov|"
    r"автоответ|автоматический ответ|автоматична відповідь|автоматичен отговор|"
    r"automatikus v[áa]lasz|răspuns automat|automatski odgovor|samodejni odgovor|"
    r"otomatik (?:yanıt|cevap)|αυτόματη απάντηση|automaatvastus|automatinis atsakymas|"
    r"automātiskā atbilde|balasan otomatis|jawapan automatik|trả lời tự động|การตอบกลับอัตโนมัติ|"
    r"رد تلقائي|الرد التلقائي|תשובה אוטומטית|מענה אוטומטי|"
    r"自動(?:応答|返信|回覆|回复)|自动(?:答复|回复|应答)|자동 ?(?:응답|회신|답장)"
)
# What people write themselves too; it counts only beside a header that says automatic.
ABSENT = (
    r"out of (?:the )?office|ooo\b|away from (?:the|my) (?:office|desk)|on (?:annual |"
    r"parental )?(?:leave|vacation|holiday)|"
    r"i am (?:away|out)|abwesen|abwesend|nicht im (?:büro|haus)|im urlaub|absence|absent|"
    r"en congé|"
    r"hors du bureau|fuera de (?:la )?oficina|ausente|ausencia|ausência|fora do escritório|"
    r"fuori (?:sede|ufficio)|"
    r"assente|afwezig|niet aanwezig|frånvar|inte på kontoret|fravær|ikke til ?stede|poissa|"
    r"lomalla|"
    r"poza biurem|nieobecno|nepřítomn|mimo kancelář|neprítomn|вне офиса|отсутств|в отпуске|"
    r"házon kívül|szabadság|în afara biroului|ofis dışı|εκτός γραφείου|不在|休暇|外出|부재중|휴가"
)
