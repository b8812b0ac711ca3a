"""The words of thanks and contentment by language, and the words that make a message more."""

from msgspec import Struct


class ThanksWords(Struct, frozen=True):
    """One language's. Words are folded: small letters without accents.

    `thanks` and `content` say that it is well; `filler` says nothing; `more` says that something
    is asked or wrong. Longer phrases are read before shorter ones, so "no more questions" is
    content though "questions" is more.
    """

    thanks: str
    content: str
    filler: str
    more: str


WORDS = {
    "en": ThanksWords(
        thanks="""
thank you|thanks|thank u|thankyou|thx|thnx|tnx|ty|tysm|cheers|many thanks|thanks a lot
thanks a million|thanks a bunch|much appreciated|appreciate it|appreciated|i appreciate
can t thank you enough|cannot thank you enough|grateful|ta
thank ya|thanks for everything|thanks for all
""",
        content="""
it works|works now|it is working|it s working|working now|works again|that worked|it worked
works perfectly|works fine|works great|works like a charm|that works|all works|solved
problem solved|issue solved|resolved|issue resolved|fixed|fixed it|that fixed it|all fixed
sorted|all sorted|done|all done|all good|all set|all is well|good now|fine now|perfect|great
excellent|awesome|amazing|wonderful|fantastic|brilliant|super|lovely|cool|nice|good job
great job|well done|great service|excellent service|very helpful|so helpful|helpful|that helped
it helped|you helped me|got it|i got it|received it|it arrived|arrived today|it has arrived
it came today|understood|noted|that is all|that s all|that will be all|that s everything
that is everything|nothing else|no more questions|no further questions|no other questions
no questions|no problem|no problems|no worries|no need|not needed any more|no longer needed
you can close this|please close this|please close the case|please close the ticket
you may close this|close the case|close the ticket|happy now|very happy|i am happy|love it
you are the best|you re the best|you rock|that did it|did the trick|just what i needed
exactly what i needed|makes sense|that makes sense|clear now|my problem is solved
my issue is solved|my issue is resolved|everything works|everything is fine|everything is ok
everything is good|as good as new|no thank you|no thanks|i am fine|i m fine|thats all|thats it
thats everything|that is it|that s it|nothing else thank you|got it sorted|all clear|sounds good
will do|fair enough
i want to thank you|i would like to thank you|let me thank you|i need to thank you
thank you kindly|much obliged|thankful|big help|great help|real help|gratitude|glad|pleased
good answer|great answer|that s all i need|that is all i need|thats all i need|all i needed
answered my question|answered my questions|answering my question|answering my questions
a lifesaver|life saver|no further help needed|no further assistance needed|no more help needed
already solved|already fixed|solved it|sorted it|could solve it|up and running|back to normal
problem is gone|issue is gone|it is gone|no issues|no issues any more|no more issues
no more problems|not an issue any more|can be closed|you can close it|please close it|it is fine
it s fine
""",
        filler="""
ok|okay|k|kk|hi|hello|hey|dear|yes|yep|yeah|sure|alright|right|oh|ah|wow|so|very|much|really
just|now|again|today|all|it|is|was|that|this|you|your|u|for|to|the|a|an|and|of|my|me|i|we|us
team|support|everyone|guys|everybody|help|quick|fast|prompt|speedy|swift|kind|patient|patience
reply|response|answer|answers|assistance|service|time|effort|efforts|work|information|info
advice|explanation|update|solution|good|best|regards|kind regards|best regards|warm regards
best wishes|sincerely|yours|bye|goodbye|see you|take care|have a nice day|have a great day
have a good day|have a good one|nice day|great day|good day|you too|same to you|weekend|day
evening|night|morning|sir|madam|mate|friend|again and again|finally|indeed|in advance|as always
with|from|both|here|lot|have|has|been|got|get|are|were|am|s|m|ve|everything|am very|such|too
also|well|back|be|at|in|on|asking|welcoming|helping|letting|know|thats|its|im|ive|youve
response time|very quick|tq|out|sorting|getting|taking|care|resolving|fixing|informing
clarifying|clarification|explaining|replying|responding|looking|into|through|hope you have
person|people|job|guide|guidance|there|then|one|day ahead|rest|ahead|ur
giving|providing|gave|around|did|do|gesture|thoughtful|think|assisting|answering|there you go
working with you|dealing with|matter
""",
        more="""
but|however|although|though|except|unless|still|yet|not|no|don t|doesn t|didn t|isn t|won t
can t|cannot|couldn t|wasn t|never|nothing|question|questions|another|other|else|also need
one more|wonder|wondering|please|can you|could you|would you|will you|when|where|why|how|what
which|who|if|need|want|problem|problems|issue|issues|error|errors|wrong|broken|bug|fail|fails
failed|failing|missing|instead|unfortunately|sadly|disappointed|terrible|awful|worst|worse|bad
refund|cancel|complain|complaint|stop|wait|waiting|late|same|happened|happens|happening|tell
send|let me know|check|call|return|order|wish|hope|hopefully|until|before|after|only
order number|attached|see below
""",
    ),
    "de": ThanksWords(
        thanks="""
danke|danke schon|dankeschon|danke sehr|vielen dank|herzlichen dank|besten dank|tausend dank
lieben dank|vielen lieben dank|ich danke|wir danken|bedanke mich|super danke|merci
""",
        content="""
funktioniert|es funktioniert|funktioniert jetzt|klappt|es klappt|klappt jetzt|hat geklappt
es hat geklappt|hat funktioniert|geht|es geht|geht jetzt|geht wieder|lauft|lauft wieder
alles lauft|gelost|problem gelost|problem ist gelost|erledigt|hat sich erledigt|behoben|perfekt
super|toll|prima|klasse|spitze|wunderbar|ausgezeichnet|hervorragend|genial|grossartig|sehr gut
alles gut|alles klar|alles bestens|alles ok|alles in ordnung|in ordnung|passt|passt so
passt jetzt|verstanden|habe verstanden|angekommen|ist angekommen|erhalten|habe ich erhalten
hat geholfen|das hat geholfen|sehr hilfreich|hilfreich|keine fragen mehr|keine weiteren fragen
kein problem|keine probleme mehr|das war alles|das ist alles|mehr brauche ich nicht
sie konnen den fall schliessen|bitte schliessen|kann geschlossen werden|konnen sie schliessen
freut mich|bin zufrieden|sehr zufrieden|top|guter service|toller service|gute arbeit
funktioniert einwandfrei|funktioniert wieder|alles funktioniert|kann geschlossen werden
ticket kann geschlossen werden|fall kann geschlossen werden|problem ist weg|ist behoben
ist gelost|ist erledigt|wurde gelost|wurde behoben|kein weiterer bedarf|keine weiteren
nichts weiter|alles geklart|hat sich geklart|geklart|kein thema|keine ursache
""",
        filler="""
ok|okay|hallo|hi|guten tag|guten morgen|guten abend|liebe|lieber|liebes|sehr geehrte|ja|jawohl
gut|jetzt|nun|wieder|heute|endlich|sehr|so|ganz|wirklich|echt|es|das|die|der|den|dem|ist|war|hat
haben|ihr|ihre|ihren|ihrem|ihnen|sie|euch|euer|eure|dir|du|dein|deine|mir|mich|ich|wir|uns|fur
und|an|von|mit|bei|zu|zur|zum|auch|alle|alles|team|support|hilfe|schnelle|schnell|schnellen
rasche|prompte|nette|freundliche|freundlichen|antwort|ruckmeldung|unterstutzung|bearbeitung
losung|muhe|geduld|auskunft|info|information|informationen|service|gruss|grusse|grussen
viele grusse|liebe grusse|lg|mfg|vg|beste grusse|mit freundlichen grussen|freundliche grusse
schonen tag|schones wochenende|einen schonen tag|noch einen schonen tag|noch|einen|eine|ein
schonen|schones|tag|abend|wochenende|tschuss|bis bald|ebenfalls|gleichfalls|dafur|nochmals
nochmal|im voraus|erklarung|ruckantwort|klarstellung|abklarung|hilfsbereitschaft|freundlichkeit
kompetente|tolle|super|gute|guten|wunsche|herr|frau|ebenso
""",
        more="""
aber|jedoch|allerdings|leider|trotzdem|nicht|kein|keine|keinen|nie|noch nicht|immer noch|frage
fragen|weitere|andere|anderes|bitte|konnen sie|konnten sie|wann|wo|warum|wieso|wie|was|welche
wer|ob|wenn|falls|brauche|benotige|mochte|will|problem|probleme|fehler|falsch|kaputt|defekt
fehlt|fehlen|statt|enttauscht|schlecht|schlimm|ruckerstattung|erstattung|stornieren|kundigen
beschwerde|warte|warten|verspatet|sondern|schicken|senden|melden|prufen|bestellung|anrufen
zuruck|nur|erst|bis auf|hoffe|hoffentlich
""",
    ),
    "es": ThanksWords(
        thanks="""
gracias|muchas gracias|muchisimas gracias|mil gracias|gracias mil|se agradece|agradezco
le agradezco|te agradezco|os agradezco|agradecido|agradecida|muy agradecido|muy agradecida
""",
        content="""
funciona|ya funciona|funciona bien|ahora funciona|funciono|ha funcionado|solucionado
problema solucionado|resuelto|problema resuelto|esta resuelto|arreglado|ya esta|listo|todo listo
perfecto|genial|excelente|estupendo|fantastico|maravilloso|increible|muy bien|todo bien
todo correcto|todo ok|todo en orden|de acuerdo|vale|entendido|claro|queda claro|ya lo recibi
recibido|ya llego|ha llegado|me ha servido|me sirvio|me ayudo mucho|de gran ayuda|muy util
muy amable|no hay problema|sin problema|no tengo mas preguntas|ninguna pregunta mas|eso es todo
nada mas|pueden cerrar el caso|puede cerrarlo|pueden cerrarlo|buen servicio|excelente servicio
buen trabajo|estoy contento|estoy contenta|super
todo funciona|todo perfecto|todo solucionado|ya lo solucione|ya lo resolvi|ya quedo
quedo resuelto|quedo solucionado|no necesito nada mas|no hace falta nada mas|muy contento
muy contenta|muy satisfecho|muy satisfecha
""",
        filler="""
ok|okay|hola|buenos dias|buenas tardes|buenas noches|buenas|si|bien|ahora|ya|hoy|por fin|muy
mucho|tan|todo|todos|el|la|los|las|lo|un|una|de|del|al|a|por|para|con|en|y|e|me|mi|te|tu|su|sus
le|les|os|nos|usted|ustedes|vosotros|es|esta|estan|ha|han|he|que|equipo|soporte|ayuda|rapida
rapido|rapidez|respuesta|atencion|servicio|informacion|info|tiempo|paciencia|solucion
explicacion|amabilidad|apoyo|un saludo|saludos|saludo|cordial|cordiales|atentamente|un abrazo
abrazos|feliz dia|buen dia|que tenga un buen dia|buen fin de semana|adios|hasta luego|chao
igualmente|de nuevo|otra vez|tambien|senor|senora|buen|buena|gran|excelente|pronta|de verdad
que tengas un buen dia|buen trabajo|aclaracion|gestion|colaboracion|disponibilidad|ayudarme
responder|contestar|igual
""",
        more="""
pero|sin embargo|aunque|no|nunca|todavia|aun|sigue|siguen|pregunta|preguntas|duda|dudas|otra
otro|otras|otros|mas|favor|por favor|puede|pueden|puedes|podria|podrian|cuando|donde|por que
porque|como|cual|quien|cuanto|si no|necesito|quiero|quisiera|quiere|problema|problemas|error
errores|mal|roto|rota|falla|fallo|falta|faltan|lamentablemente|desafortunadamente|decepcionado
decepcionada|pesimo|terrible|reembolso|devolucion|cancelar|queja|reclamacion|espero|esperando
tarde|envien|enviar|manden|mandar|avisen|llamen|pedido|solo|hasta|en cambio|mismo
""",
    ),
    "fr": ThanksWords(
        thanks="""
merci|merci beaucoup|merci bien|mille mercis|un grand merci|grand merci|je vous remercie
nous vous remercions|je te remercie|remerciements|avec mes remerciements|tous mes remerciements
thanks
""",
        content="""
ca marche|cela marche|ca fonctionne|cela fonctionne|tout fonctionne|fonctionne maintenant
ca a marche|cela a fonctionne|c est regle|c est resolu|probleme resolu|probleme regle|resolu
regle|c est bon|tout est bon|c est parfait|parfait|super|genial|excellent|formidable|impeccable
nickel|top|tres bien|tout va bien|tout est ok|tout est en ordre|d accord|entendu|compris
bien compris|bien recu|c est bien recu|recu|bien arrive|c est arrive|cela m a aide|ca m a aide
tres utile|tres efficace|tres gentil|pas de souci|pas de soucis|aucun souci|pas de probleme
aucun probleme|aucune autre question|pas d autre question|plus de question|c est tout
rien d autre|vous pouvez clore le dossier|vous pouvez fermer le dossier|vous pouvez cloturer
bon service|excellent service|bon travail|je suis ravi|je suis ravie|je suis content
je suis contente|satisfait|satisfaite
tout marche|tout est regle|tout est resolu|le probleme est resolu|le probleme est regle
c est arrange|ca y est|plus besoin d aide|je n ai plus besoin d aide
je n ai pas d autre question|je n ai plus de question|aucune autre|rien a ajouter|tres satisfait
tres satisfaite
""",
        filler="""
ok|okay|bonjour|bonsoir|salut|oui|bien|bon|maintenant|aujourd hui|enfin|tres|tellement|si
vraiment|tout|toute|tous|toutes|le|la|les|l|un|une|des|de|du|d|a|au|aux|pour|avec|et|en|ce|c
cela|ca|est|sont|etait|ai|avez|vous|votre|vos|toi|te|ton|ta|nous|me|moi|mon|ma|mes|je|j|m|equipe
support|aide|rapide|rapidite|reponse|retour|reactivite|service|information|informations|infos
temps|patience|solution|explication|explications|gentillesse|efficacite|cordialement
bien cordialement|sinceres salutations|salutations|bonne journee|belle journee|bonne soiree
bon week end|excellente journee|a bientot|au revoir|a vous aussi|egalement|de meme|encore
encore une fois|aussi|monsieur|madame|par avance|d avance|grande|excellente|precieuse|y|que|qu
disponibilite|precision|precisions|aimable|avoir|repondu|prompte|prompt|bonne continuation
amicalement
""",
        more="""
mais|cependant|toutefois|pourtant|malheureusement|pas|ne|n|jamais|toujours pas|question
questions|autre|autres|s il vous plait|svp|stp|pouvez vous|pourriez vous|quand|ou|pourquoi
comment|quel|quelle|quels|quelles|qui|combien|besoin|veux|voudrais|souhaite|probleme|problemes
souci|soucis|erreur|erreurs|faux|casse|cassee|panne|manque|manquent|remboursement|rembourser
annuler|plainte|reclamation|attends|attente|retard|decu|decue|mauvais|mauvaise|pire|envoyer
envoyez|appeler|verifier|commande|seulement|sauf|si jamais|encore le meme|meme probleme|espere
""",
    ),
    "it": ThanksWords(
        thanks="""
grazie|grazie mille|mille grazie|tante grazie|molte grazie|grazie infinite|grazie tante
vi ringrazio|la ringrazio|ti ringrazio|ringrazio|ringraziamenti
""",
        content="""
funziona|ora funziona|adesso funziona|funziona tutto|ha funzionato|risolto|problema risolto
tutto risolto|e risolto|sistemato|tutto sistemato|a posto|tutto a posto|perfetto|ottimo
benissimo|fantastico|eccellente|meraviglioso|splendido|molto bene|tutto bene|tutto ok|va bene
d accordo|capito|ho capito|chiaro|ricevuto|l ho ricevuto|e arrivato|arrivato|mi e stato utile
molto utile|molto gentile|gentilissimi|gentilissima|gentilissimo|nessun problema
non c e problema|nessun altra domanda|non ho altre domande|e tutto|nient altro|potete chiudere
puo chiudere il caso|potete chiudere il caso|ottimo servizio|bel lavoro|ottimo lavoro
sono contento|sono contenta|soddisfatto|soddisfatta|super
tutto funziona|tutto perfetto|il problema e risolto|ho risolto|abbiamo risolto|non serve altro
non ho bisogno di altro|nient altro grazie|molto soddisfatto|molto soddisfatta
""",
        filler="""
ok|okay|ciao|salve|buongiorno|buonasera|si|bene|ora|adesso|oggi|finalmente|molto|tanto|cosi
davvero|tutto|tutti|il|lo|la|l|i|gli|le|un|una|di|del|dell|della|a|al|alla|per|con|e|in|mi|ti|vi
ci|vostro|vostra|vostri|suo|sua|tuo|tua|mio|mia|voi|lei|noi|che|team|assistenza|aiuto|supporto
rapida|rapido|veloce|velocita|celere|risposta|servizio|informazione|informazioni|tempo|pazienza
soluzione|spiegazione|gentilezza|disponibilita|cortesia|cordiali saluti|saluti|un saluto
cordialmente|buona giornata|buona serata|buon weekend|buon fine settimana|arrivederci|a presto
altrettanto|anche|ancora|di nuovo|signor|signora|ottima|preziosa|gentile|in anticipo|chiarimento
professionalita|aver|risposto|avermi|aiutato|prontezza|buon lavoro
""",
        more="""
ma|pero|tuttavia|purtroppo|non|mai|ancora non|domanda|domande|altra|altro|altre|per favore
per cortesia|potete|potrebbe|potreste|puo|quando|dove|perche|come|cosa|quale|quali|chi|quanto|se
ho bisogno|vorrei|voglio|problema|problemi|errore|errori|sbagliato|sbagliata|rotto|rotta|guasto
manca|mancano|rimborso|annullare|reclamo|aspetto|attendo|attesa|ritardo|deluso|delusa|pessimo
peggio|inviare|mandare|inviatemi|mandatemi|chiamare|verificare|ordine|solo|invece|stesso|spero
""",
    ),
    "pt": ThanksWords(
        thanks="""
obrigado|obrigada|muito obrigado|muito obrigada|obrigadao|brigado|brigada|agradeco|agradecido
agradecida|fico agradecido|fico agradecida|valeu|grato|grata
""",
        content="""
funciona|ja funciona|funcionou|agora funciona|esta funcionando|esta a funcionar|resolvido
problema resolvido|ja esta resolvido|esta resolvido|resolveu|consertado|corrigido|pronto
tudo pronto|perfeito|otimo|excelente|maravilha|fantastico|maravilhoso|show|muito bom|muito bem
tudo bem|tudo certo|tudo ok|tudo em ordem|certo|combinado|entendido|entendi|esclarecido|recebido
ja recebi|recebi|ja chegou|chegou|me ajudou muito|ajudou muito|muito util|muito gentil
sem problema|sem problemas|nao tenho mais duvidas|sem mais perguntas|sem mais duvidas|e so isso
e tudo|era so isso|nada mais|pode fechar|podem fechar|pode encerrar|podem encerrar o caso
bom trabalho|otimo atendimento|excelente atendimento|estou satisfeito|estou satisfeita|fixe
impecavel|super
tudo funciona|tudo funcionando|tudo perfeito|tudo resolvido|o problema foi resolvido
foi resolvido|consegui resolver|ja resolvi|nao preciso de mais nada|muito satisfeito
muito satisfeita
""",
        filler="""
ok|okay|ola|oi|bom dia|boa tarde|boa noite|sim|bem|agora|ja|hoje|finalmente|muito|tao|mesmo|tudo
todos|o|a|os|as|um|uma|de|do|da|dos|das|ao|pelo|pela|por|para|com|em|no|na|e|me|meu|minha|te
voce|voces|vos|seu|sua|nos|lhe|que|equipa|equipe|suporte|ajuda|rapida|rapido|rapidez|resposta
retorno|atendimento|atencao|servico|informacao|informacoes|tempo|paciencia|solucao|explicacao
gentileza|apoio|cumprimentos|atenciosamente|abraco|abracos|um abraco|bom fim de semana
tenha um bom dia|um bom dia|ate logo|ate breve|tchau|igualmente|de novo|novamente|tambem|senhor
senhora|pela ajuda|otima|excelente|desde ja|esclarecimento|disponibilidade|simpatia|prontidao
bom trabalho|brevidade|ter|respondido|ajudado
""",
        more="""
mas|porem|contudo|entretanto|infelizmente|nao|nunca|ainda|continua|pergunta|perguntas|duvida
duvidas|outra|outro|outras|mais|por favor|favor|pode|podem|poderia|quando|onde|por que|porque
como|qual|quais|quem|quanto|se|preciso|quero|queria|gostaria|problema|problemas|erro|erros
errado|errada|quebrado|avariado|falta|faltam|reembolso|devolucao|cancelar|reclamacao|espero
aguardo|esperando|atraso|atrasado|decepcionado|pessimo|pior|enviar|mandar|enviem|liguem
verificar|pedido|so que|em vez
""",
    ),
}
