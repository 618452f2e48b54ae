### Clés d’accès et mots de passe d’application
keys = Clés pour applications et programmes
keys-lead = Une application ou un programme peut entrer pour vous, sans votre propre mot de passe. Retirez une clé quand vous ne vous en servez plus.
key = Clé d’accès
key-made = La clé d’accès « { $name } » est prête
app-password = Mot de passe d’application
app-password-made = Le mot de passe d’application « { $name } » est prêt
app-password-name = Nom pour se connecter
shown-once = Copiez ceci maintenant : ce n’est montré qu’une fois. En cas de perte, il faudra recommencer.
app-passwords = Mots de passe d’application
app-passwords-mean = Pour l’agenda de votre téléphone ou de votre ordinateur. Il montre les formations que vous pouvez voir. Si vous pouvez écrire ici, vous pouvez aussi y modifier celles de votre collectif.
app-password-label = À quoi sert-il ?
app-password-hint = Par exemple « Agenda de mon téléphone ».
app-password-go = Créer un mot de passe d’application
app-password-at = Adresse du serveur
app-password-then = Dans votre application d’agenda, ajoutez un compte de type CalDAV et saisissez ces trois choses.
addresses = Adresses secrètes du calendrier
addresses-mean = Pour un calendrier qui prend une adresse et pas de mot de passe, comme Google Agenda. Il montre les formations que vous pouvez voir. Qui a l’adresse les voit aussi : gardez-la pour vous.
address-choices = Il reçoit ce que vous avez choisi sur la page du calendrier, et rien d’autre.
address = Adresse secrète
address-made = L’adresse secrète « { $name } » est prête
address-then = Dans votre calendrier, ajoutez un calendrier par son adresse et collez ceci.
address-label = À quoi sert-elle ?
address-hint = Par exemple « Google Agenda ».
address-go = Créer une adresse secrète
access-keys = Clés d’accès
access-keys-mean = Pour les programmes qui lisent ou écrivent des fiches pour vous. Donnez à chaque programme sa propre clé.
key-label = À quoi sert-elle ?
key-hint = Par exemple « Rapport de la semaine ».
key-scope = Que peut-elle faire ?
scope-address = Voir les formations
scope-calendar = Voir les formations
scope-read = Lire
scope-write = Lire et écrire
scope-admin = Lire, écrire et s’occuper du réseau
key-go = Créer une clé d’accès
keys-none = Aucune pour le moment.
made-ago = Créé { $name }
used-ago = dernier usage { $name }
used-never = jamais utilisé
key-end = Retirer
password-keys = { $count ->
    [one] Retirer aussi ma clé pour une application ou un programme
   *[other] Retirer aussi mes { $count } clés pour applications et programmes
 }
password-keys-hint = Faites-le si quelqu’un d’autre connaît peut-être votre mot de passe ou a votre téléphone. Vous pouvez créer de nouvelles clés à tout moment.
key-too-many = Vous en avez déjà { $count }. Retirez ce dont vous ne vous servez plus, puis recommencez.
key-label-wrong = Dites en quelques mots à quoi elle sert, en { $count } caractères au plus.
