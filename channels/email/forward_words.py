"""What mail programs write above a forwarded mail, in the languages they speak.

Field names are compared without case; a name stands in one list only.
"""

# ruff: noqa: RUF001  (letters of many scripts are the point)

from enum import StrEnum


class FieldName(StrEnum):
    """What a line of the quoted header says."""

    FROM = "from"
    TO = "to"
    CC = "cc"
    DATE = "date"
    SUBJECT = "subject"
    OTHER = "other"  # passed over: Reply-To, Importance, Attachments


_NAMES = {
    FieldName.FROM: (
        "From|Von|De|De la|Da|Van|Fra|Från|Frá|Od|Ot|Oд|От|Від|От кого|От кога|Kimden|Gönderen|"
        "Lähettäjä|Expéditeur|Remitente|Remetente|Mittente|Afzender|Absender|Afsender|Avsender|"
        "Avsändare|Feladó|Küldő|Nadawca|Odesílatel|Odosielateľ|Pošiljatelj|Šalje|Saatja|Kellelt|"
        "No|"
        "Nuo|Siuntėjas|Sūtītājs|Expeditor|Από|Подател|Отправитель|Відправник|Dari|Từ|Người gửi|"
        "จาก|من|מאת|差出人|送信者|发件人|寄件者|寄件人|보낸 사람|보낸사람|보낸이|De part de|"
        "Desde|Пошиљалац|"
        "От имени|Daripada"
    ),
    FieldName.TO: (
        "To|An|A|À|Á|Para|Aan|Til|Till|Do|Komu|Кому|До|До кого|Kime|Alıcı|Alıcılar|Vastaanottaja|"
        "Vastaanottajat|Destinataire|Destinataires|Destinatario|Destinatari|Destinatário|"
        "Ontvanger|"
        "Empfänger|Modtager|Mottaker|Mottagare|Címzett|Címzettek|Adresat|Příjemce|Príjemca|Prima|"
        "Za|Primatelj|Saaja|Adressaat|Kellele|Kam|Kam adresuota|Kam siųsta|Adresāts|Către|Catre|"
        "Προς|"
        "Получател|Получатель|Одержувач|Kepada|Đến|Tới|Người nhận|ถึง|إلى|الى|אל|宛先|收件人|"
        "받는 사람|"
        "받는사람|받는이|Per a|Ke komu|Pre|Pro"
    ),
    FieldName.CC: (
        "Cc|עותק|Kopie|Kopie (CC)|Kopia|Kopija|Kopi|Kopio|Kópia|Kópie|Kópiu|Copie|Copie à|"
        "Copie (CC)|"
        "Copia|Copia (CC)|C/c|Cópia|Másolat|Másolatot kap|Másolat (CC)|Копия|Копія|Копие|Bilgi|"
        "Karbon Kopya|Koopia|Κοιν|Κοινοποίηση|抄送|副本|參照|참조|عדת|نسخة|העתק|Afrit|Tembusan|"
        "Kserokopia|DW|Do wiadomości|Sao chép|สำเนา|Salin|UDW|Tiedoksi|Jäljennös|Utf. kopi|"
        "抄送人|写し"
    ),
    FieldName.DATE: (
        "Date|Sent|Sent at|Sent on|Datum|Gesendet|Gesendet am|Gesendet um|Envoyé|Envoyé le|"
        "Date d'envoi|Enviado|Enviada|Enviado el|Enviado em|Enviada em|Enviado a|Fecha|Data|"
        "Inviato|"
        "Inviato il|Data invio|Verzonden|Verzonden op|Verstuurd|Sendt|Sendt den|Dato|Skickat|"
        "Skickad|"
        "Skickades|Sent date|Lähetetty|Lähetysaika|Päiväys|Päivämäärä|Pvm|Wysłano|Wysłane|"
        "Data wysłania|"
        "Odesláno|Odoslané|Odoslaná|Dátum|Odeslané|Отправлено|Дата отправки|Дата|Надіслано|"
        "Відправлено|Изпратено|Tarih|Gönderildi|Gönderilme|Gönderme Tarihi|Gönderim Tarihi|"
        "Gönderilme Tarihi|Elküldve|Küldve|Küldés|Trimis|Trimis la|Poslano|Poslato|Dana|Saadetud|"
        "Saatmisaeg|Kuupäev|Išsiųsta|Data siuntimo|Nosūtīts|Datums|Εστάλη|Στάλθηκε|Ημερομηνία|"
        "Ημ/νία|Dikirim|Tanggal|Tarikh|Dihantar|Ngày|Đã gửi|Ngày gửi|Gửi|วันที่|ส่ง|التاريخ|"
        "تاريخ|"
        "تم الإرسال|أُرسلت|תאריך|נשלח|日付|日時|送信日時|送信|发送时间|发送日期|日期|時間|时间|"
        "寄件日期|傳送時間|"
        "날짜|보낸 날짜|보낸날짜|작성일|Dagsetning|Dátum odoslania|Datum odeslání|Vrijeme"
    ),
    FieldName.SUBJECT: (
        "Subject|Betreff|Objet|Asunto|Assunto|Oggetto|Onderwerp|Emne|Ämne|Aihe|Otsikko|Temat|"
        "Předmět|"
        "Predmet|Тема|Относно|Предмет|Konu|Tárgy|Subiect|Naslov|Teema|Tema|Temats|Θέμα|Efni|"
        "Subjek|"
        "Perihal|Subyek|Chủ đề|Tiêu đề|เรื่อง|หัวเรื่อง|الموضوع|موضوع|נושא|הנדון|件名|主题|主題|"
        "主旨|"
        "제목|Assumpte|Gaia"
    ),
    FieldName.OTHER: (
        "Reply-To|Reply To|Antwort an|Antwort-An|Répondre à|Responder a|Rispondi a|Antwoord aan|"
        "Beantwoorden|Svar til|Svara till|Svar till|Vastaus|Vastaa|Odpowiedz do|Odpověď|"
        "Odpovědět|"
        "Odpovedať|Odpoveď|Ответить|Кому ответить|Yanıt|Yanıtla|Yanıt Adresi|Válaszcím|Răspunde|"
        "Răspunde la|Odgovor|Odgovori na|Vasta|返信先|回复|回信|Bcc|Importance|Priority|"
        "Wichtigkeit|"
        "Priorität|Importancia|Importância|Attachments|Anlagen|Pièces jointes|Datos adjuntos|"
        "Message-ID|Resent-From|Resent-To|Sender|Organization|Newsgroups|Відповісти|"
        "Зворотна адреса|"
        "Blindkopie|Cci|Cco|Ccn|Skrytá kopie|Prioritet|X-Mailer|List-ID"
    ),
}
FIELD_OF: dict[str, FieldName] = {
    one.strip(" :").casefold(): field for field, many in _NAMES.items() for one in many.split("|")
}
LABELS = frozenset(one.strip(" :") for many in _NAMES.values() for one in many.split("|"))
# Lines that begin a forwarded mail alone, without dashes around them.
BEGINS = (
    r"begin forwarded message|forwarded message|start of forwarded message|"
    r"anfang der weitergeleiteten (?:nachricht|e-mail|mail)|weitergeleitete nachricht|"
    r"début du (?:message|courriel|mail|e-mail) (?:transféré|réexpédié)|"
    r"inicio del mensaje (?:reenviado|transmitido)|mensaje reenviado|"
    r"inizio (?:del )?messaggio inoltrato|messaggio inoltrato|"
    r"begin doorgestuurd bericht|doorgestuurd bericht|begin van doorgestuurd bericht|"
    r"início da mensagem (?:encaminhada|reencaminhada|reenviada)|mensagem (?:encaminhada|"
    r"reencaminhada)|"
    r"(?:start på |begyndelse på )?(?:videresendt|videresend) (?:besked|meddelelse|mail)|"
    r"videresendt (?:melding|e-post)|begynnelse på videresendt melding|"
    r"(?:början på )?vidarebefordrat (?:brev|meddelande|mejl|mail)|"
    r"välitetty viesti(?: alkaa)?|edelleenlähetetty viesti|"
    r"początek (?:przekazywanej|przekazanej|przesłanej) wiadomości|przekazana wiadomość|"
    r"wiadomość przekazana|začátek přepos(?:í|i)lané zprávy|přeposlaná zpráva|"
    r"začiatok preposielanej správy|(?:preposlaná|preposielaná) správa|"
    r"započni proslijeđenu poruku|"
    r"proslijeđena poruka|začetek posredovanega sporočila|(?:a )?továbbított (?:levél|üzenet)"
    r"(?: kezdete)?|továbbított (?:levél|üzenet)|începe mesajul redirecționat|"
    r"începutul mesajului redirecționat|mesaj redirecționat|"
    r"начало (?:переадресованного|пересылаемого|пересланного) сообщения|пересланное сообщение|"
    r"пересылаемое сообщение|переадресованное сообщение|початок (?:листа, що пересилається|"
    r"переадресованого повідомлення)|(?:переслане|перенаправлене) повідомлення|"
    r"препратено съобщение|начало на препратено съобщение|"
    r"(?:i̇letilen|iletilen|yönlendirilen) (?:ileti|mesaj|mesajın)(?: başlangıcı)?|"
    r"iletilmiş (?:ileti|mesaj)|"
    r"edastatud kiri|edastatud sõnum|persiųstas laiškas|pārsūtīt[sa] (?:ziņojums|ziņa)|"
    r"αρχή προωθημένου μηνύματος|προωθημένο μήνυμα|pesan terusan|pesan yang diteruskan|"
    r"thư đã chuyển tiếp|tin nhắn (?:đã )?(?:được )?chuyển tiếp|ข้อความที่ส่งต่อ|"
    r"بداية الرسالة المُ?عاد توجيهها|رسالة (?:مُ?عاد توجيهها|محولة|ممرّرة)|הודעה שהועברה|"
    r"תחילת ההודעה שהועברה|転送されたメッセージ|転送メッセージ|转发的?(?:邮件|郵件|邮件信息)|"
    r"开始转发的?邮件|開始轉寄郵件|轉寄的?(?:郵件|訊息)|已转发邮件|전달된 메시지|전달된 메일|"
    r"missatge reenviat|"
    r"mesaj iletildi|weitergeleitete e-mail"
)
# Between dashes: a forward by these words; others are one when a header follows.
FORWARDED = (
    rf"(?:{BEGINS})|(?:mail|message|courriel) (?:transféré|réexpédié)|forwarded by .{{1,60}}|"
    r"fwd|forwarded mail|forwarded e-?mail"
)
# Subjects of forwards. Some programs write nothing but this and a header block.
SUBJECT = (
    r"fwd?|fw|wg|tr|rv|i|enc|encaminhad[ao]|pd|przek|vl|vs|vb|doorst|továbbítás|továbbítva|"
    r"továbbított|"
    r"pres|předáno|i̇lt|ilt|yönl|trans|redir|пересл|пер|прп|препратено|转发|轉寄|轉發|転送|전달|"
    r"prosl|proslijeđeno|"
    r"edasi|πρθ|προώθ|chuyển tiếp|הועבר|إعادة توجيه|ส่งต่อ|persiųsta|pārsūtīts|videresendt|"
    r"přeposláno|"
    r"preposlané|vidarebefordrat"
)
