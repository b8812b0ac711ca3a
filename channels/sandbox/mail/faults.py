"""What can be made to go wrong with the mail server in a box."""

from msgspec import Struct


class Faults(Struct):
    """Set a field to break something, set it back to mend it. Answers are SMTP's own lines."""

    mail_answer: str = ""  # to MAIL FROM, as "421 4.7.0 Try again later"
    rcpt_answer: str = ""  # to RCPT TO
    data_answer: str = ""  # to the mail itself
    data_times: int = 0  # so many mails get that answer, the next are taken; 0: all do
    drops_after_data: bool = False  # keeps the mail, hangs up instead of answering
    smtp_slow_s: float = 0.0  # before the answer to the mail
    imap_refuses: bool = False  # hangs up on whoever connects
    imap_life_s: float = 0.0  # cuts each connection after so long; 0: never
