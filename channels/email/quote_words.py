"""What mail programs write around the message answered to, in the languages they speak.

Each is a piece of a regular expression, read without regard to case.
"""

# ruff: noqa: RUF001  (letters of many scripts are the point)

# The verb at the end of "On Friday, Ann wrote:".
WROTE = (
    r"wrote|writes|sent|schrieb(?: am| um)?|geschrieben|a écrit|écrit|escribió|va escriure|"
    r"escreveu|ha scritto|scrisse|"
    r"schreef|geschreven|het volgende geschreven|skrev|skrifaði|kirjoitti|napisał\(a\)|napisał|"
    r"napisała|"
    r"pisze|napsal\(a\)|napsala|napsal|napísal\(a\)|napísala|napísal|napisao je|napisala je|"
    r"je napisala?|je napisao|napisal|"
    r"написал\(а\)|написала|написал|написав|написала|пишет|пише|написа|је написао/ла|је написао|"
    r"пользователь|"
    r"yazdı|şunu yazdı|şunları yazdı|έγραψε|a scris|ezt írta|írta|a írt|kirjutas|rašė|rakstīja|"
    r"menulis|tulis|đã viết|viết|"
    r"เขียนว่า|のメッセージ|のメール|書きました|写道|寫道|님이 작성|작성|작성했습니다|كتب|"
    r"تمت كتابة|כתב|כתבה|نوشت|נכתב"
)
# How such a line begins, where it does not begin with a number.
STARTS = (
    r"On|Am|Le|El|Il|Op|Den|På|Em|No|Dnia|W dniu|Dne|Dňa|Pada|At|In|Vào|Στις|Sunt|Kl|Pe|În|"
    r"Kuupäev|На|У|V|tir|man|ons|tor|"
    r"fre|lör|lør|sön|søn|mån|tis|ma|ti|ke|to|pe|la|su|pon|wt|śr|czw|pt|sob|ndz|niedz|po|út|ut|"
    r"st|čt|št|pá|pi|so|ne|"
    r"pn|an|tr|kt|pk|sk|uto|sri|čet|pet|sub|ned|tor|sre|пн|вт|ср|чт|пт|сб|вс|нд|пон|уто|сре|чет|"
    r"пет|суб|нед|"
    r"mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|Wiadomość napisana|在|في|بتاريخ|"
    r"בתאריך|ב-?"
)
# Between dashes, above a message quoted whole.
ORIGINAL = (
    r"original message|originalnachricht|ursprüngliche nachricht|message d'origine|"
    r"message original|mensaje original|mensagem original|messaggio originale|"
    r"oorspronkelijk bericht|oprindelig (?:meddelelse|besked)|opprinnelig melding|"
    r"ursprungligt meddelande|alkuperäinen viesti|wiadomość oryginalna|původní zpráva|"
    r"исходное сообщение|orijinal mesaj|reply message|原始邮件|原始郵件|元のメッセージ|"
    r"eredeti üzenet|mesaj original|mesajul original|pôvodná správa|izvorna poruka|"
    r"izvirno sporočilo|оригинално съобщение|"
    r"оригинальное сообщение|початкове повідомлення|оригінальне повідомлення|αρχικό μήνυμα|"
    r"algsõnum|algne kiri|originalus laiškas|"
    r"sākotnējais ziņojums|pesan asli|mesej asal|thư gốc|tin nhắn gốc|ข้อความต้นฉบับ|"
    r"الرسالة الأصلية|ההודעה המקורית|原始邮件信息|"
    r"邮件原件|원본 메시지|원본 메일|original besked|ursprungligt mejl|original e-?mail|"
    r"missatge original|reply above this line"
)
COLON = "[:：]"
# Lines that telephones and web mail add below.
SENT_FROM = (
    r"sent from (?:my (?!desk|office)|mail for|outlook|yahoo|\w+ ?<http|proton|windows|samsung)|"
    r"get outlook for|"
    r"sent (?:with|via) |von meinem .{2,40} gesendet|gesendet (?:von|mit) (?:mail|meinem|yahoo|"
    r"outlook|proton|gmx|web\.de|mobil)|"
    r"envoyé de(?:puis)? (?:mon|yahoo|mail|outlook|ma)|provenance : courrier|"
    r"enviado desde (?:mi|correo|yahoo|outlook)|"
    r"enviado do (?:meu|correio|email|yahoo|outlook)|enviado a partir do|inviato da(?:l| )|"
    r"verzonden vanaf|verzonden met|"
    r"verstuurd vanaf|verzonden vanuit|sendt fra (?:min|mail|outlook)|skickat från|"
    r"skickades från|lähetetty (?:laitteesta|puhelim)|"
    r"wysłane z|wysłano z (?:mojego|iphone|telef)|odesláno z|odoslané z|odoslane z|poslano (?:s|"
    r"iz|sa) mo|отправлено (?:с|из)|надіслано (?:з|із)|"
    r"изпратено от мо|στάλθηκε από|trimis de (?:pe|la)|küldve az? iphone|từ iphone|đã gửi từ|"
    r"dikirim dari|dihantar daripada|"
    r"ส่งจาก|أُ?رسلت? من|أرسل من|נשלח מה|iphone'?umdan gönderildi|发自我的|發自我的|"
    r"从我的 ?iphone|從我的|iphoneから送信|"
    r"나의 iphone에서|enviat des de"
)
# A line with a device and a word for sending is such a line in any language.
DEVICES = (
    r"iphone|ipad|android|samsung|galaxy|blackberry|huawei|xiaomi|nokia|smartphone|"
    r"windows phone|\bios\b|"
    r"handy|mobiltelefon|mobile device|outlook (?:for|für|pour|para|per|voor|til|dla|для)"
)
SENT_BY = (
    r"\bsent (?:from|using|with|via)|gesendet|geschickt|envoyé|enviad[oa]|inviat[oa]|verzonden|"
    r"verstuurd|\bsendt\b|skicka[td]|"
    r"lähetetty|wysłan[eyo]|odeslán[oa]|odoslan[éeý]|poslano|отправлен|надіслан|изпратен|"
    r"στάλθηκε|trimis|küldve|gönderildi|"
    r"送信|送自|传送|傳送|发自|發自|보냄|에서 보낸|saadetud|išsiųsta|nosūtīts|outlook (?:for|"
    r"für|pour|para|per|voor|til|dla|для) "
)
# Above a name at the end. "Thanks" is left out: it is said to somebody.
CLOSINGS = (
    r"(?:(?:kind|best|warm|warmest|many|with (?:kind|best)) )?regards|best wishes|all the best|"
    r"yours (?:sincerely|truly|faithfully)|"
    r"sincerely(?: yours)?|cheers|kindest regards|mit (?:freundlichen|besten|herzlichen|lieben|"
    r"vielen) gr(?:ü|ue)(?:ß|ss)en|"
    r"(?:viele|beste|liebe|schöne|freundliche|herzliche) gr(?:ü|ue)(?:ß|ss)e(?: aus \w+)?|mfg|"
    r"lg|vg|bg|"
    r"(?:bien )?cordialement|(?:bien )?à vous|salutations(?: distinguées)?|"
    r"meilleures salutations|bonne (?:journée|soirée)|"
    r"(?:un )?(?:cordial )?saludo(?:s)?(?: cordiales)?|atentamente|un saludo|atenciosamente|"
    r"cumprimentos|com os melhores cumprimentos|"
    r"att|abraços?|(?:cordiali |distinti )saluti|cordialmente|met vriendelijke groet(?:en)?|"
    r"vriendelijke groet(?:en)?|mvg|groet(?:en|jes)?|"
    r"(?:med )?(?:venlig|vennlig|vänlig|vänliga|bedste|beste|de bästa|bästa|mange) (?:hilsen|"
    r"hilsener|hilsner|hälsning|hälsningar)|"
    r"hilsen|hilsner|hälsningar|mvh|vh|vänligen|ystävällisin terveisin|terveisin|t\.|"
    r"z (?:poważaniem|powazaniem|wyrazami szacunku)|"
    r"pozdrawiam(?: serdecznie)?|serdecznie pozdrawiam|pozdrowienia|s pozdravem|s pozdravom|"
    r"s přátelským pozdravem|pozdrav|lijep pozdrav|"
    r"srdačan pozdrav|lep pozdrav|üdvözlettel|tisztelettel|üdv|cu stimă|cu respect|"
    r"toate cele bune|"
    r"с уважением|з повагою|с наилучшими пожеланиями|с поздрави|поздрави|με εκτίμηση|"
    r"με φιλικούς χαιρετισμούς|"
    r"saygılarımla|saygılar(?:ımızla)?|iyi çalışmalar|lugupidamisega|parimate soovidega|"
    r"tervitades|pagarbiai|ar cieņu|"
    r"hormat (?:saya|kami)|salam hormat|trân trọng|trân trọng cảm ơn|敬具|此致|祝好|顺祝商祺|"
    r"مع أطيب التحيات|مع تحياتي|تحياتي|בברכה|בכבוד רב"
)
CONFIDENTIAL = (
    r"confidentiality (?:notice|note)|disclaimer ?:|this (?:e-?mail|message|communication|"
    r"transmission)(?: \([^)\n]{0,60}\))?"
    r"[^\n]{0,80}(?:confidential|intended (?:only|solely)|privileged|may contain)|"
    r"the information (?:contained )?in this (?:e-?mail|message)[^\n]{0,60}|"
    r"diese (?:e-?mail|nachricht)[^\n]{0,40}(?:vertraulich|enthält)|ce (?:message|courriel|"
    r"mail)[^\n]{0,80}confidentiel|"
    r"este (?:mensaje|correo|e-?mail)[^\n]{0,80}confidencial|esta mensagem[^\n]{0,80}confidencia|"
    r"le informazioni contenute in questo messaggio|questo messaggio[^\n]{0,80}(?:riservat|"
    r"confidenzial)|"
    r"dit (?:bericht|e-?mailbericht)[^\n]{0,80}vertrouwelijk|think before you print|"
    r"please consider the environment before"
)
