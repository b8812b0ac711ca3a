"""What mail programs write around the message answered to, in the languages they speak.

Each is a piece of a regular expression, read without regard to case.
"""

# ruff: noqa: RUF001  (letters of many scripts are the point)

# The verb at the end of "On Friday, Ann wrote:".
WROTE = (
    r"wrote|writes|sent|schrieb|geschrieben|a écrit|écrit|escribió|escreveu|ha scritto|scrisse|"
    r"schreef|geschreven|skrev|skrifaði|kirjoitti|napisał\(a\)|napisał|napisała|napsal\(a\)|"
    r"napsal|napísal|написал|написала|написал\(а\)|пользователь|пише|написав|пишет|yazdı|"
    r"şunu yazdı|έγραψε|a scris|írta|wrote in|viết|เขียนว่า|のメッセージ|書きました|写道|寫道|作成|"
    r"كتب|כתב|a írt"
)
# How such a line begins, where it does not begin with a number.
STARTS = (
    r"On|Am|Le|El|Il|Op|Den|På|Em|Dnia|W dniu|Dne|Dňa|Pada|At|In|Vào|Στις|Sunt|Kl|tir|man|ons|tor|"
    r"fre|lör|lør|sön|søn|mån|tis|ma|ti|ke|to|pe|la|su|pon|wt|śr|czw|pt|sob|ndz|пн|вт|ср|чт|пт|сб|"
    r"вс"
)
# Between dashes, above a message quoted whole.
ORIGINAL = (
    r"original message|originalnachricht|ursprüngliche nachricht|message d'origine|"
    r"message original|mensaje original|mensagem original|messaggio originale|"
    r"oorspronkelijk bericht|oprindelig (?:meddelelse|besked)|opprinnelig melding|"
    r"ursprungligt meddelande|alkuperäinen viesti|wiadomość oryginalna|původní zpráva|"
    r"исходное сообщение|orijinal mesaj|reply message|原始邮件|原始郵件|元のメッセージ"
)
# The first field of a quoted header block, and what may follow it.
FROM = (
    r"from|von|de|da|van|fra|från|od|от|від|kimden|lähettäjä|expéditeur|mittente|feladó|από|发件人|"
    r"寄件者|差出人|보낸 사람"
)
FIELDS = (
    r"sent|date|gesendet|datum|envoyé(?: le)?|enviado(?: el)?|fecha|data|inviato|verzonden|sendt|"
    r"dato|skickat|lähetetty|päivämäärä|wysłano|odesláno|отправлено|дата|tarih|gönderildi|dátum|"
    r"发送时间|日期|送信日時|日付|to|an|à|a|para|aan|til|till|do|komu|кому|kime|vastaanottaja|收件人|"
    r"宛先|subject|betreff|objet|asunto|assunto|oggetto|onderwerp|emne|ämne|aihe|temat|předmět|"
    r"тема|konu|主题|主旨|件名|cc|kopie|copia"
)
COLON = "[:：]"
# Lines that telephones and web mail add below.
SENT_FROM = (
    r"sent from (?:my (?!desk|office)|mail for|outlook|yahoo|\w+ ?<http)|"
    r"get outlook for|sent (?:with|via) |"
    r"von meinem .{2,40} gesendet|gesendet von|envoyé de(?:puis)? mon|enviado desde mi|"
    r"enviado do meu|inviato da|verzonden vanaf|verstuurd vanaf|sendt fra min|skickat från min|"
    r"wysłane z|odesláno z|отправлено с|iphone'?umdan gönderildi|从我的 ?iphone|iphoneから送信"
)
