/**
 * Words of sexual, hateful or cruel content that the library's list does not have.
 *
 * Source: ours. Together with words that merely stand near such content, for a set that no person has looked through.
 */
const SENSITIVE =
  'nudes naked nakedness undressed unclothed disrobed topless bottomless nudist nudism pornographic pornstar onlyfans camgirl hentai erotica ' +
  'fetish lingerie underwear undies bra bikini bikinis thong crotch genitalia pubic areola areolas breast breasts cleavage nippled ' +
  'boobies boobed tit penises penile phallus phallic scrotum testicle testicles vaginal handjob blowjobs masturbator dildos slutty whores whorehouse ' +
  'stripper strippers striptease raped rapey molest molested molesting fondle fondling pedo pedophilia loli lolis lolicon shotacon gilf dilf futa yiff ' +
  'ahegao lewds seductive provocative provocatively sensual voluptuous curvy thicc skimpy bosom bimbo waifu hotpants booty cameltoe ' +
  'aroused arousal erection sperm orgasmic horny buttocks asses spank spanking submissive nsfl smutty vibrators inflation abdl jailbait teen ' +
  'teens schoolgirl underage prostitute prostitutes prostitution brothel pervert perverted fucked fucker fucks shitting piss pooping poop ' +
  'feces diarrhea vomit vomiting puke urine urinating peeing pee cunts wanker wanking arse bitchy dyke fags gook chink nigguh ' +
  'nazi nazis nazism neonazis hitler adolf gestapo fascist fascism kkk genocide holocaust terrorist terrorism isis hamas slave slavery lynched lynching retard ' +
  'retarded gore gory gored beheaded behead beheading decapitated decapitate decapitating decapitation dismembered dismember dismemberment disembowelled ' +
  'disemboweled disemboweling mutilated mutilation gutted entrails intestines guts bloodbath impaled maimed hanged suicide suicidal murder murdered ' +
  'massacre slaughter torture tortured cannibal cannibalism necrophilia corpse corpses';

/**
 * Obscene words, insults and slurs of other lists (leo-profanity, badwords-list, profane-words, obscenity).
 *
 * Left out: words with a plain sense of their own (god, hell, bosch, willy, cock in cockpit), and `pissed` and `shits`,
 * which stand in the bundled prompts.
 */
const OBSCENE =
  'asshat asswipe assface assclown asslick asslicker arsewipe bellend bollock bollocks bugger buggered buggery tosser tossers knobhead knobend dickface dickwad ' +
  'dickless dickpic dickpics dicksucker cockface cockhead cockmunch cockmuncher cockblock cocktease bastards douche douches douchebag douchebags douchey dumbass ' +
  'dumbasses fatass skank skanks skanky twats twatty twunt wanky titwank minge scrote pussies mofo mofos biatch beotch beeyotch byatch fcuk ' +
  'fcuker fcuking fck fckd fucck fvck fvk fxck fuking fukin fukker fukking phuck phucking phuk phuking pissing pisser pissers pisses pissoff pisshead shat shite ' +
  'turd turds crapper poopy pooper faeces excrement defecate defecating defecation enema enemas nudie nudies genital labia foreskin pube pubes boner boners clits ' +
  'clitty fellate fellating felching coitus coital copulate copulating copulation fornicate fornicating fornication masochist masochists sadists hookers gigolo ' +
  'gigolos lapdance stripclub peepshow upskirts sexed sexting sextape sexpot sextoy sextoys sexslave sexslaves hotsex phonesex cybersex lesbos lezzie lezbo horniest ' +
  'jism jiz jizm smegma schlong punani poonani poontang coochie shagger shagging spermed cums titties tittys titjob boobed molester molesters molestation raper ' +
  'zoophile zoophilia preteen preteens perversion perversions pervs pervy suicidegirl suicidegirls incestuous lynching lynchings klansman klansmen chinaman chinamen ' +
  'chinks chinky coolie coolies dago dagos darkie darkies darky dykes fagot fagots faggy faggit golliwog golliwogs gooks gooky gypped halfbreed halfbreeds hebes ' +
  ' injun injuns japs kaffir kaffirs kikes kyke negress negresses pickaninny pickaninnies piccaninny polack polacks porchmonkey ragheads sambo sambos spicks ' +
  'spics squaw squaws tard tards libtard libtards retards wetbacks wigga wiggas wigger wiggers wog wogs yid yids zipperhead zipperheads';

/** Words that are refused whatever stands beside them. */
export const OWN_WORDS: readonly string[] = [...SENSITIVE.split(' '), ...OBSCENE.split(' ')];
