"""What the app's own forms and sentences say in Slack, in six languages. Pure data."""

from msgspec import Struct

from desk.kit.locales import language_of


class Words(Struct, frozen=True, kw_only=True):
    """One language."""

    title: str  # ≤ 24 characters
    send: str  # ≤ 24
    cancel: str  # ≤ 24
    subject: str
    subject_hint: str
    description: str
    kind: str
    kinds: dict[str, str]  # as the desk calls them: as people do
    to_thread: str
    to_direct: str
    no_subject: str
    no_description: str
    too_long: str
    not_opened: str
    not_taken: str
    my_cases: str
    no_cases: str
    more: str
    help_centre: str
    with_us: str
    waits_for_you: str
    waits_for_others: str


_ENGLISH = Words(
    title="New case",
    send="Send",
    cancel="Cancel",
    subject="Subject",
    subject_hint="In a few words",
    description="Description",
    kind="What is it?",
    kinds={
        "question": "A question",
        "incident": "Something does not work",
        "request": "I need something",
        "complaint": "A complaint",
    },
    to_thread="The answer comes in the thread of the message, where others read it too.",
    to_direct="The answer comes as a direct message.",
    no_subject="Say in a few words what it is about.",
    no_description="Say what you need.",
    too_long="This is too long: at most {most} characters.",
    not_opened="The form could not be opened. Try again, or simply write to me here.",
    not_taken="This could not be kept just now. Try again in a moment.",
    my_cases="Your cases",
    no_cases="You have no open case.",
    more="And {count} more.",
    help_centre="Help centre",
    with_us="We are on it",
    waits_for_you="Waits for your answer",
    waits_for_others="Waits for somebody else",
)
_OTHERS = {
    "de": Words(
        title="Neuer Fall",
        send="Senden",
        cancel="Abbrechen",
        subject="Betreff",
        subject_hint="In wenigen Worten",
        description="Beschreibung",
        kind="Worum geht es?",
        kinds={
            "question": "Eine Frage",
            "incident": "Etwas funktioniert nicht",
            "request": "Ich brauche etwas",
            "complaint": "Eine Beschwerde",
        },
        to_thread="Die Antwort kommt im Thread der Nachricht, wo auch andere sie lesen.",
        to_direct="Die Antwort kommt als Direktnachricht.",
        no_subject="Sagen Sie in wenigen Worten, worum es geht.",
        no_description="Sagen Sie, was Sie brauchen.",
        too_long="Das ist zu lang: höchstens {most} Zeichen.",
        not_opened="Das Formular ließ sich nicht öffnen. Versuchen Sie es noch einmal, oder "
        "schreiben Sie mir einfach hier.",
        not_taken="Das ließ sich gerade nicht speichern. Versuchen Sie es gleich noch einmal.",
        my_cases="Ihre Fälle",
        no_cases="Sie haben keinen offenen Fall.",
        more="Und {count} weitere.",
        help_centre="Hilfe",
        with_us="Wir sind dran",
        waits_for_you="Wartet auf Ihre Antwort",
        waits_for_others="Wartet auf jemand anderen",
    ),
    "fr": Words(
        title="Nouvelle demande",
        send="Envoyer",
        cancel="Annuler",
        subject="Objet",
        subject_hint="En quelques mots",
        description="Description",
        kind="De quoi s'agit-il ?",
        kinds={
            "question": "Une question",
            "incident": "Quelque chose ne marche pas",
            "request": "J'ai besoin de quelque chose",
            "complaint": "Une réclamation",
        },
        to_thread="La réponse arrive dans le fil du message, où d'autres la lisent aussi.",
        to_direct="La réponse arrive en message direct.",
        no_subject="Dites en quelques mots de quoi il s'agit.",
        no_description="Dites ce qu'il vous faut.",
        too_long="C'est trop long : {most} caractères au plus.",
        not_opened="Le formulaire n'a pas pu s'ouvrir. Réessayez, ou écrivez-moi simplement ici.",
        not_taken="Impossible de l'enregistrer à l'instant. Réessayez dans un moment.",
        my_cases="Vos demandes",
        no_cases="Vous n'avez aucune demande en cours.",
        more="Et {count} autres.",
        help_centre="Centre d'aide",
        with_us="Nous nous en occupons",
        waits_for_you="Attend votre réponse",
        waits_for_others="Attend quelqu'un d'autre",
    ),
    "es": Words(
        title="Nuevo caso",
        send="Enviar",
        cancel="Cancelar",
        subject="Asunto",
        subject_hint="En pocas palabras",
        description="Descripción",
        kind="¿De qué se trata?",
        kinds={
            "question": "Una pregunta",
            "incident": "Algo no funciona",
            "request": "Necesito algo",
            "complaint": "Una queja",
        },
        to_thread="La respuesta llega en el hilo del mensaje, donde otros también la leen.",
        to_direct="La respuesta llega como mensaje directo.",
        no_subject="Diga en pocas palabras de qué se trata.",
        no_description="Diga qué necesita.",
        too_long="Es demasiado largo: {most} caracteres como máximo.",
        not_opened="No se pudo abrir el formulario. Inténtelo de nuevo o escríbame aquí.",
        not_taken="No se pudo guardar ahora. Inténtelo de nuevo en un momento.",
        my_cases="Sus casos",
        no_cases="No tiene ningún caso abierto.",
        more="Y {count} más.",
        help_centre="Centro de ayuda",
        with_us="Estamos en ello",
        waits_for_you="Espera su respuesta",
        waits_for_others="Espera a otra persona",
    ),
    "it": Words(
        title="Nuova richiesta",
        send="Invia",
        cancel="Annulla",
        subject="Oggetto",
        subject_hint="In poche parole",
        description="Descrizione",
        kind="Di che cosa si tratta?",
        kinds={
            "question": "Una domanda",
            "incident": "Qualcosa non funziona",
            "request": "Mi serve qualcosa",
            "complaint": "Un reclamo",
        },
        to_thread="La risposta arriva nella conversazione del messaggio, dove la leggono anche "
        "altri.",
        to_direct="La risposta arriva come messaggio diretto.",
        no_subject="Dica in poche parole di che cosa si tratta.",
        no_description="Dica che cosa le serve.",
        too_long="È troppo lungo: al massimo {most} caratteri.",
        not_opened="Il modulo non si è aperto. Riprovi, o mi scriva semplicemente qui.",
        not_taken="Ora non è stato possibile salvarlo. Riprovi tra un momento.",
        my_cases="Le sue richieste",
        no_cases="Non ha richieste aperte.",
        more="E altre {count}.",
        help_centre="Centro assistenza",
        with_us="Ce ne stiamo occupando",
        waits_for_you="Attende la sua risposta",
        waits_for_others="Attende qualcun altro",
    ),
    "pt": Words(
        title="Novo caso",
        send="Enviar",
        cancel="Cancelar",
        subject="Assunto",
        subject_hint="Em poucas palavras",
        description="Descrição",
        kind="De que se trata?",
        kinds={
            "question": "Uma pergunta",
            "incident": "Algo não funciona",
            "request": "Preciso de algo",
            "complaint": "Uma reclamação",
        },
        to_thread="A resposta chega na conversa da mensagem, onde outros também a leem.",
        to_direct="A resposta chega como mensagem direta.",
        no_subject="Diga em poucas palavras de que se trata.",
        no_description="Diga do que precisa.",
        too_long="É demasiado longo: no máximo {most} caracteres.",
        not_opened="Não foi possível abrir o formulário. Tente de novo ou escreva-me aqui.",
        not_taken="Não foi possível guardar agora. Tente de novo daqui a pouco.",
        my_cases="Os seus casos",
        no_cases="Não tem nenhum caso aberto.",
        more="E mais {count}.",
        help_centre="Centro de ajuda",
        with_us="Estamos a tratar disso",
        waits_for_you="Aguarda a sua resposta",
        waits_for_others="Aguarda outra pessoa",
    ),
}
LANGUAGES = ("en", *_OTHERS)


def words_in(locale: str | None) -> Words:
    """Return the words of a locale such as `de-DE`; English where there are none."""
    return _OTHERS.get(language_of(locale or "") or "", _ENGLISH)
