/** Words that stand in at least ten of the bundled prompts, 2361 of them: the English that prompts are written in. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  (
    'a aaron abandoned about above abraham abstract absurdly abyss accent accents accurate acid across acrylic ' +
    'action actress adolphe adorable adorned adrian adult advanced adventure aenami aerial aesthetic aesthetically ' +
    'african after afternoon against age aged ai air airbrush aivazovsky akihiko akira alan albert alberto albino ' +
    'album alen alena alex alexander alexandre alfred ali alien aliens all alluring alma alone alphonse amano ' +
    'amazing ambient america american an analog anamorphic anato anatomical anatomically anatomy ancient and anders ' +
    'anderson andreas andrei andrew androgynous android andy angel angelic angle angry angular animal animals ' +
    'animated animation anime anna annie another anthro anthropomorphic antlers anton apartment apex apocalypse ' +
    'apocalyptic apple araki arcane architectural architecture are armed armor armored armour arms army arnold ' +
    'around art artgerm arthur artifacts artificial artist artistic artists artstation artstationhd artstationhq ' +
    'artwork as asher ashley asian assassin asset astronaut asymmetrical at atey atmosphere atmospheric atop ' +
    'attacking attractive aura aurora autumn avengers award away awe axe ayami b baarle baby back backdrop ' +
    'background backlighting backlit backrooms bacon bad bagshaw bak balance bald ball banana band bangs bar ' +
    'barbarian barlowe baroque base based basquiat bastien bat batman battle battlefield bayard be beach beak beams ' +
    'bean bear beard bearded beast beautiful beautifully beauty bed beeple beer behance behind being beksinski ' +
    'below ben berkey bernie best between bierstadt big bill bio bioluminescent biomechanical bionic bird birds ' +
    'bisley bizarre black blade blair blanche blank bleed blender blizzard blond blonde blood bloom blossoms blue ' +
    'blueprint blur blurry board boat bob bodies body bokeh bold bone bones book boots border boris bosch boss ' +
    'botanical bottle bottom bouguereau bow bowater bowl box boy brad bradley braided brain breaking breathing ' +
    'breathtaking brian bridge bridges bright britt broken brom bronze brooks brown bruce brush brutalism brutalist ' +
    'bubble bubbles budget building buildings built bunny burger burning burns bussiere bust busy but butcher ' +
    'butterflies butterfly by c cabin cables cage calm cam camera can candid candy canon canvas cap cape captain ' +
    'car caravaggio card caricature carl cars cartoon carved casey caspar casting castle cat cathedral caucasian ' +
    'caustics cave cavern ceiling cel celestial cell center centered century ceramic cg cgi cgsociety chair chaos ' +
    'character characters charles charlie cheese cheeseburger cheng cherry chest chiaroscuro chibi chicken child ' +
    'children chin chinese chris christ christian christina christopher chromatic chrome chubby church cigarette ' +
    'cinema cinematic cinematography cinestill circular citizen city cityscape classic classical claude claws clay ' +
    'clean clear clearing cleric click cliff cliffs cloak close closed closeup cloth clothed clothes clothing cloud ' +
    'clouds cloudy clown club coat coffee coherent cold collage colony color colored colorful coloring colors ' +
    'colossal colour coloured colourful colours combat comic comics coming commission communist company ' +
    'complementary complex complexity composition computer concept conceptual concert concrete confident conrad ' +
    'contemporary contrast control cool coral corben correct cosmic cosmos cosplay cosplaying costume cottage ' +
    'cotton country couple couture cover covered covering cowboy cozy craig crawling crazy cream creating creation ' +
    'creative creature creatures creepy crepuscular crewdson crimson crisp cronenberg cronobreaker cross crow crowd ' +
    'crown cruise crying crystal crystals cthulhu cube cup curly cursed cushart cut cute cyber cybernetic cyberpunk ' +
    'cyborg d da dali dan dancing daniel danny dariusz dark darkness darth dave david dawn day daz de dead dean ' +
    'death debris deco decorated decorative deep deer defined definition deity delicate delville demon demonic ' +
    'demons denis dense depicting depth depths desert design designed designer designs desk desolate destroyed ' +
    'detail detailed details deviantart devil devito diablo diamond die diego dieselpunk different diffuse digital ' +
    'dim dimension dimensional dinosaur directed dirt dirty disney display distance distant disturbing divine dj ' +
    'dmt dnd dof dog doing doll donato doom door dore down dr dragon dragonborn dragons dramatic drawing drawings ' +
    'drawn dream dreaming dreamlike dreams dreamy dress dressed drinking dripping driving druid dry dslr duck ' +
    'dungeon dungeons durand during dusk dust dutch dwarf dwayne dynamic dystopian e each eagle early earrings ears ' +
    'earth easley eating eaton eddie edgar edge edges editorial edlin edmund edward edwin eerie effect effects egg ' +
    'egyptian ejsing elaborate elden elder eldritch electric electronic elegant elements elf elite elle elmore ' +
    'elson elven elvgren emerging emil emma emmanuel emo emotional empty enchanted end endless energy eng engine ' +
    'english enormous entrance environment eos epic era eric ernst escher establishing ethereal evening ever ' +
    'everywhere evil exoskeleton exotic exploding explosion explosions exposure expression expressionism expressive ' +
    'exquisite exterior extreme extremely eyck eye eyed eyes f fabric face faces facial facing factory faded fair ' +
    'fairy fairytale fall falling family fanart fanbox fancy fangs fantastic fantasy far farm fashion fast fat ' +
    'feathered feathers featured features featuring feline felix female feminine feng fenton ferdinand few fi ' +
    'fibonacci fiction field fields fierce fiery fight fighter fighting figure figurine filigree filled film filmic ' +
    'final fine finely fingers finnstark fire fireflies first fish fisheye flame flaming flare flash flat flesh ' +
    'floating floor floral flower flowers flowery flowing fluffy fluid fluorescent fly flying foccus focus focused ' +
    'fog foggy foliage food footage for ford forehead forest form format forms forrest foss found four fox fractal ' +
    'fractals frame frames francis frank frazetta freckles freeman french friedrich friendly friends frog from ' +
    'front froud fruit fuji full fully fumo funny fur furaffinity furniture furry fursona future futurism ' +
    'futuristic fuzzy galactic galaxies galaxy game gameplay games gaming gandalf garden garmash gas gaston gate ' +
    'gathering gear gears gediminas geisha gems gemstones gentle geographic geometric geometry george gerald gerard ' +
    'getting ghailan ghenie ghibli ghost gi giancola giant gigantic giger gil gilded gilleard giraud girl giuseppe ' +
    'glamour glass glasses glitch global gloomhaven gloomy glossy glow glowing goatee goblin god goddess godrays ' +
    'gods goggles gogh gold goldblum golden gonzalez good gorgeous goth gothic gown graceful gradient gradients ' +
    'graffiti grain grainy grand graphic graphics grass grassy graveyard gray greasley great greek green greg ' +
    'gregory grey grim grimdark grimmer gritty grotesque ground group growing grunge gta guangjian guinea guitar ' +
    'gun gundam guns gurney gustav gustave guy h hadid haeckel hair haircut haired hairstyle hairy hajime half hall ' +
    'hallway halo hamster hand hands handsome hanging hans happy hard harmony harris harry harsh has hasui hat ' +
    'hatsune haunted haunting haute have having hayao haze hazy hd hdr he head headdress headphones heads headset ' +
    'headshot heart hearthstone heaven heavenly heavily heavy hedgehog helen hell helmet henri henry her hero ' +
    'heroic herpen hieronymus high highlights highly hildebrandt hill hills hip his holding hollywood holographic ' +
    'holy home homer hood hooded hoodie hopper horizon horkey horned horns horrific horrifying horror horse hot ' +
    'hotdog houdini hour house houses hovering howe hq hr hsiao huang huge hugh hughes hulk human humanoid hunt ' +
    'hunter hunting hybrid hyper hyperdetailed hypermaximalist hyperreal hyperrealism hyperrealist hyperrealistic i ' +
    'ian ice icon ii illuminated illumination illusion illustrated illustration ilm ilustration ilya image imax ' +
    'impasto imperial implants impressionism impressionist in incredible incredibly industrial infinite ink insane ' +
    'insanely insect inside inspired inspiring instagram instead intelligence intense interesting interior ' +
    'interstellar into intricate intricately irakli iridescent iris iron ironman is island iso isometric it ito its ' +
    'ivan ivory j jack jacket jackson james jan japan japanese jar jason jaw jean jeans jeff jeffrey jelly ' +
    'jellyfish jennifer jeremy jesper jessica jesus jewelry jia jim jimmy joe johansson john johnson joker jones ' +
    'jordan josan joseph julie jung jungle junji jurgens just justin k kaethe karl karol kashin katana katsuhiro ' +
    'katsura kawaii kawase keanu kentaro kermit kevin key kids kilian kim kimono king kingdom kinkade kirby kitsune ' +
    'kitten klimt knab knife knight knights kodak kojima kopera krenz kubrick kush kuvshinov kyoto lab laboratory ' +
    'lace lacoste lady lake land landing landscape lanterns large larry laser last late lau laughing laurie lava ' +
    'lawrence layered lazar leading leaf league leather leaves led lee left legends legs lehr leibovitz leighton ' +
    'length lens leonardo level leyendecker life lifelike light lighting lightning lights like limbs liminal lin ' +
    'lincoln line lines linework lion lipkin lipking lips lipstick liquid lisa lit little live living lizard lloyd ' +
    'lofi logo lois loish london lone lonely long look looking looks loose lord lost lot lots lotus louis love ' +
    'lovecraft lovecraftian lovell lovely low lubezki luminescent luminous lush luxurious luxury m machine macro ' +
    'mad made magali magazine mage magic magical magnificent magritte maiden majestic make makeup making makoto ' +
    'male man manchess mandelbrot mandy manga mann mansion many map marble marc marco maria marine mario mark ' +
    'marling mars martin marvel masakazu masamune mascot masculine mask masked mass massive master masterpiece ' +
    'matrix matte max maxence maxfield maximalist maya mazzoni mc mcbess mccurry mcdonalds mcquarrie mcqueen mead ' +
    'meadow meat mech mecha mechanical media medieval medium mega megan melmoth melting men mendoza mercenary ' +
    'mermaid messy metal metallic metropolis michael mickey micro mid middle midnight mignola mike miku military ' +
    'miller mind mini miniature minimal minimalism minimalist minimalistic miss mist misty miura mix mixed miyazaki ' +
    'mm model modern moebius mohrbacher monet monk monkey monochrome monster monsters mood moody moon moonlight ' +
    'moore morning moss most motion mountain mountains mouse mouth movie mr mucha mud mullins multicolored multiple ' +
    'mumford mural murata murray muscles muscular museum mushroom mushrooms music mustache mutant muted my ' +
    'mysterious mystic mystical mythical nadar nasa nasmith natalie national natural nature near nebula neck ' +
    'necklace necromancer nekro nelsson neo neoclassicist neon new next ngai nicholas nicholson nick night ' +
    'nightmare nighttime nikon ninja nintendo no noah noble noir norman nose nouveau nuclear obese object obsidian ' +
    'occlusion occult ocean octane octopus of off office officer official oil old olive ominous on one only open ' +
    'orange orbs organic ornamental ornaments ornate other otherworldly otomo out outdoor outer outfit outline ' +
    'outside over overcast overdetailed overgrown overlooking oversized overwatch owl pagan page paint painted ' +
    'painter painterly painting paintings palace paladin pale palette palm pan pants paolo paper paradise park ' +
    'parrish part partially particles parts party pascal pastel path patrick pattern patterns paul peaceful peaks ' +
    'pearl pen pencil pennington people pepe perfect perfectly performing person perspective pet petals peter ' +
    'peyravernay phoenix photo photograph photographer photographic photography photoreal photorealism ' +
    'photorealistic photoshoot physically picasso picture piece piercing pig pikachu pine pink pinterest pirate pit ' +
    'pixar pixel pixie pixiv pizza place plain planet planets plant plants plastic plate platinum play playing ' +
    'pleasing plush point pokemon polaroid polished poly pond ponytail pool pop pope porcelain portal portra ' +
    'portrait pose posing post poster pot potter power powerful pranckevicius predator president pretty priest ' +
    'priestess princess print pristine processing product production professional professionally profile ' +
    'promotional propaganda proportions psychedelic psycho puddles puffy pulp punk puppy purple quality queen ' +
    'quentin r rabbit racing rackham radiant radiating rain rainbow raining rainy ralph random range raphael rapper ' +
    'rat ratio raw ray raymond rays raytracing reading real realism realistic reality realm red redshift reeves ' +
    'reflection reflections reflective regal rembrandt ren renaissance render rendered rendering rene resembling ' +
    'resin resolution restaurant retouched retro retrofuturism retrofuturistic rey reynolds rhads riabovitchev rich ' +
    'richard riding ridley rifle right rim ring rings ripped ritual river rivers road rob robe robert robes robot ' +
    'robotic robots rocha rock rocket rocks rockwell rocky rococo roerich roger rolando rolling roman romantic ' +
    'romanticism rome ron ronald room roots rose roses roset ross rossdraws rossier rotten round rounded royal rpg ' +
    'ruan rubber rugged ruined ruins rule runes runner running russian rustic rusty rutkowski rutowski ryan ryden s ' +
    'sachin sacred sad sakimichan salvador sam samurai sand sargent saturated saturation saul sausage scale scales ' +
    'scarf scarlet scarlett scars scary scattering scene scenery scenic scheme school schwarzenegger sci science ' +
    'scientist scifi scott screaming screen screenshot scrolls sculpted sculpture sculptures sea secret security ' +
    'seen self selfie sense serene serious set setting shaded shades shading shadow shadows shallow shaman shape ' +
    'shaped shapes sharp shau shaven she sheet shell shield shining shinkai shinkawa shiny ship ships shirow shirt ' +
    'shishkin shoot shooting shop short shorts shot shoulder shoulders show showing side sigma signs silent ' +
    'silhouette silk silver simon simonetti simple simpson simpsons singer single sitting size skeletal skeleton ' +
    'sketch skies skin skinned skinny skirt skull skulls sky skyline skyrim skyscraper skyscrapers sleek slender ' +
    'slick slightly slim slimy small smile smiling smith smoke smoking smooth snake snow snowy soft solarpunk ' +
    'soldier soldiers solid some sonic sophisticated sorayama sorcerer sorceress soul souls soviet space spacecraft ' +
    'spaceship spaceships sparkling specular speed spell sphere spider spiderman spiritual spitzweg splash splatter ' +
    'spooky sports spotlight spring square squid squirrel staff stage stained stalenhag stance stand standing ' +
    'stands stanley staples star staring stark starring starry stars starship states station statue steam steampunk ' +
    'steel stefan stephen steve steven stick sticker sticking still stock stone stones stop store storm ' +
    'stormtrooper stormy story straight strange street streets strokes strong structure structures stubble studio ' +
    'stuffed stunning stunningly style styled stylish stylized substance subsurface subtle suburban suit summer sun ' +
    'sunglasses sunlight sunny sunrise sunset super superhero surface surreal surrealism surrealist surrounded ' +
    'swamp swanland sweater swift swimming swirling swirls swirly sword swords syd symbols symmetric symmetrical ' +
    'symmetry synthwave system t table tactical tadema tail takashi takato taken takeuchi taking tall tan tank ' +
    'tarot tattoo tattoos taylor tea teal tech techno technology techwear ted teeth telephoto temple tendrils teng ' +
    'tentacles terminator terrifying terror texture textured textures th that the theft their theme themed there ' +
    'thick thin thing third thirds this thomas three throne thrones through throwing thunderstorm tian tie tiger ' +
    'tim time tiny to tocchini todd tokyo tom tomasz tomb tone tones tongue tony tooth top torn torso towards tower ' +
    'towering towers town toy toys traced tracing trading traditional trail tran translucent transparent tree trees ' +
    'trending tribal tristan tropical tubes turner turquoise turtle tv twenties twilight twin twisted two tyler uhd ' +
    'ultra ultradetailed ultrafine ultrarealistic uncanny under underground underwater uniform unique united ' +
    'universe unknown unreal unsettling up upper urban us using utopian v vader vallejo valley vampire van ' +
    'vaporwave vast vector vegetation vehicle veins velvet vermeer vertical very vest vfx vhs vibe vibrancy vibrant ' +
    'victo victorian video videogame view viking village villeneuve vincent vinci vines vintage vinyl violet ' +
    'visible visionary visor visual visuals vivid vladimir vogue void volumetric vray w wadim walking wall ' +
    'wallpaper walls walter war warcraft warhammer warhol warm warrior warriors wars wasteland watching water ' +
    'watercolor waterfall waterfalls waterhouse waters watson wave waves wavy way wayne weapon weapons wearing ' +
    'wears weather weird well wenjun werewolf wes western wet wetplate whale wheels whelan where while whimsical ' +
    'white who whole wide wielding wild wildlife will william williams wind winding window windows wings winning ' +
    'winter wire wires witch witcher with without wizard wlop wolf wolverine woman women wonder wonderful wong wood ' +
    'wooden woodland woods work working works world worlds wrapped wright writing wu wyeth yamamoto yang yayoi year ' +
    'years yellow yoda yoh yoji york yoshi yoshida yoshinari yoshitaka you young your zabrocki zaha zawadzki zbrush ' +
    'zdzislaw zen zhang zhu zi zombie zorn'
  ).split(' '),
);
