"""What an answer is like: its length, its chance, its form, and what the model was told before."""
from .kit import fact

fact("length", "-n {number}", """
Use `hearth run MODEL -n {number}`. It stops after {number} tokens at the latest.
Say `-n {number}`: `hearth run MODEL -n {number}`.
""", """
[limit|set|restrict|cap|cut|trim|shorten|confine] the [answer|output|length|reply|response|text] [to|at] {number} [tokens|]
[generate|make|write|print|get|produce|have|receive] [only|just|at most|exactly|no more than|a maximum of|] {number} tokens
[stop|end|finish|quit|halt] after {number} tokens
allow [only|at most|] {number} tokens
""", """
[{number} tokens at most|{number} new tokens|an answer of {number} tokens|a limit of {number} tokens|a maximum of {number} tokens|max tokens {number}|{number} tokens of output|an output limit of {number}]
""", """
[the answer|the reply|the text|it|the output] [should|must|may|shall] [have|be|not be longer than|be no more than|stay under|end at] {number} tokens
[I want|I need|let it write|make it write|give me] {number} tokens [and no more|of output|only|]
""", """
can the answer be at most {number} tokens
[only|at most|just] {number} tokens
n {number}
-n {number}
{number} tokens please
max_tokens {number}
max tokens {number}
num_predict {number}
""")

fact("length_any", "-n N", """
Use `-n N`: `hearth run MODEL -n N` makes at most N tokens.
With `hearth run MODEL -n N` you choose how many tokens are made at most.
""", """
[limit|set|change|choose|control|restrict|cap|determine] the [length|number of tokens|length of the answer|output length|answer length|maximum length|reply length|amount of text|size of the answer]
[get|make|have|receive|want] [shorter|longer|short|brief] [answers|replies|responses|texts]
<set> how [many tokens are|much text is] [generated|written|made|printed]
[stop|keep] the model [from writing too much|from talking on and on|after a while|early]
[cut|shorten|trim] [the answer|the output|long answers]
""", """
[a length limit|the maximum length|a maximum of tokens|shorter answers|a limit on the answer|a token limit|max_tokens|n_predict|num_predict|a word limit|the -n option]
""", """
[the answers are|the answer is|it is|the text is|replies are|the output is] [too long|too short|much too long|far too long|endless|way too long]
[the model|it] [never stops|talks too much|writes and writes|goes on and on|does not stop|does not come to an end|rambles|writes whole novels|babbles]
the answer [breaks off|is cut off|stops in the middle|ends too soon]
""", """
what does -n do
how long [can|will|may] [the|an] answer be
how many tokens [will it write|does it write|are generated] [by default|]
what does --tokens do
""")

fact("seed", "--seed {seed}", """
Use `hearth run MODEL --seed {seed}`. The same seed gives the same text again.
Say `--seed {seed}`, as in `hearth run MODEL --seed {seed}`.
""", """
[set|use|choose|pick|give|pass|take|put] [the|a|my|] [seed|random seed|rng seed] [to|of|as|] {seed}
[run|generate|start|sample|repeat it|answer|write] with [seed|the seed|random seed] {seed}
make {seed} the [seed|random seed]
""", """
[seed {seed}|a seed of {seed}|the seed {seed}|random seed {seed}|{seed} as the seed|a run with seed {seed}]
""", """
the [seed|random seed] [should|must|has to|shall|was|is] [be |]{seed}
I want [the seed|seed] {seed}
""", """
can I use {seed} as the seed
seed {seed}
seed={seed}
can the seed be {seed}
""")

fact("seed_any", "--seed S", """
Use `hearth run MODEL --seed S`. The same seed gives the same text again.
Fix the seed: `hearth run MODEL --seed S` gives the same text every time.
""", """
[set|choose|change|give|use|pass|control] [the|a] [seed|random seed|rng seed]
[get|have|make|see|produce] the same [answer|text|output|result|story|reply] [again|every time|twice|as before|once more|each time|as yesterday]
[make|get|have|keep] [the output|results|answers|it|the text|my experiments] [reproducible|repeatable|deterministic|the same each time|stable]
[repeat|reproduce] [an answer|a run|a result|my experiment|what it wrote]
avoid that the answer changes
""", """
[a seed|a fixed seed|the random seed|the same answer twice|reproducible results|reproducible output|deterministic output|a deterministic run|stable answers|repeatable results]
""", """
[the answer|the output|the text|the result|what it writes|the reply] is [different|another one|not the same|new] [every time|each time|whenever I ask|on every run|at each call]
I [get|see] [different|other|changing] [answers|results|outputs] [to the same question|every time|for one prompt]
my [tests|results|experiments] [change|differ|cannot be repeated]
I want to get this very [answer|text] again
""", """
why is the answer different every time
why do the answers change
what does --seed do
what is [the|a] seed
how do seeds work
is the output deterministic
seed
""")

fact("temperature", "--temperature {heat}", """
Use `hearth run MODEL --temperature {heat}`.
Say `--temperature {heat}`, as in `hearth run MODEL --temperature {heat}`.
""", """
[set|change|put|turn|raise|lower|fix|bring|adjust] the [temperature|temp|sampling temperature|heat] to {heat}
[use|choose|take|pick|try|apply] [a|the|] [temperature|temp] [of|] {heat}
[run|generate|sample|answer|write|chat] [at|with] [temperature|a temperature of|temp] {heat}
make {heat} the temperature
""", """
[temperature {heat}|a temperature of {heat}|temp {heat}|{heat} as temperature|the temperature {heat}|sampling at {heat}]
""", """
the [temperature|temp] [should|must|has to|shall] be {heat}
[I want|I need|give me|we use] [a temperature of|temperature] {heat}
""", """
temperature {heat}
temp {heat}
temp={heat}
temperature={heat}
can I use a temperature of {heat}
can the temperature be {heat}
""")

fact("temperature_any", "--temperature T", """
Use `hearth run MODEL --temperature T`. A low T is calm and sure, a high one is wilder; 0 always takes the likeliest token.
Say `--temperature T`: `hearth run MODEL --temperature T`. At 0 the likeliest token is always taken; higher is more random.
""", """
<set> the [temperature|temp|sampling temperature|heat]
[raise|lower|increase|decrease|reduce|turn up|turn down] the [temperature|temp|randomness]
make the [answers|text|output|model|stories|writing] [more creative|less random|more random|wilder|calmer|bolder|more boring|more varied|more careful|less crazy|more surprising|more interesting|saner|livelier]
[control|change|influence|tune|regulate] [the randomness|randomness|how random it is|how wild the text is|the creativity|how daring it writes|the sampling]
""", """
[the temperature|a higher temperature|a lower temperature|more creativity|less randomness|more randomness|a knob for creativity|sampling temperature|more variety|creative answers|the --temperature option]
""", """
[the answers are|the text is|it is|the output is|the model is|the stories are] [too random|too wild|boring|always the same and dull|too creative|crazy|nonsense because it is too random|not creative enough|too predictable|dull]
I want [more fantasy|more variety|wilder stories|more surprise|calmer answers]
""", """
what does --temperature do
what is [the|a] temperature
what is temperature for
what does temperature mean
which temperature is [good|best|used|the default]
is there a temperature
temperature
""")

fact("greedy", "--temperature 0", """
Use `hearth run MODEL --temperature 0`. The likeliest token is taken every time.
Set the temperature to zero: `hearth run MODEL --temperature 0`.
""", """
[use|do|get|turn on|switch on|enable|run] greedy [decoding|sampling|search|mode|generation]
[always|only|just] [take|pick|choose|get|use|write] the [most likely|likeliest|best|most probable|top|highest] token
[turn off|switch off|disable|avoid|remove|stop|forbid|exclude] [sampling|randomness|random sampling|all randomness|chance|dice|random tokens]
[write|generate|decode] without [randomness|chance|sampling|any dice]
take the argmax [at every step|]
""", """
[greedy decoding|greedy search|a greedy mode|greedy sampling|no randomness at all|generation without randomness|the most probable answer|argmax decoding|no sampling|zero temperature]
""", """
[nothing|the answer|it] should [not be left to chance|be without any chance|not be random at all]
I do not want [sampling|randomness|chance|dice]
""", """
what is greedy decoding
is there a greedy mode
greedy
""")

fact("schema", "--json-schema", """
Use `hearth run MODEL --json-schema FILE`, where FILE is a JSON schema. The answer cannot be otherwise.
Give a JSON schema: `hearth run MODEL --json-schema FILE`. There are also `--grammar`, `--regex` and `--choices`.
""", """
[get|force|make|have|obtain|enforce|guarantee] [valid json|json answers|an answer in json|structured output|answers of a fixed shape|answers as json|an answer that is json]
[make|force|oblige|tell|teach|get] [the model|it|a model] to [answer in json|write json|answer in a fixed format|follow a schema|stick to a format|return json|fill in a form|choose from a list]
[hold|keep|restrict|constrain|bind] [the answer|answers|the output|the model] to [a schema|a json schema|a grammar|a format|json|a regular expression|certain words|a list of choices]
[use|apply|give|pass] a [json schema|schema|grammar|gbnf grammar|regular expression] [for the answer|]
[parse|process|read] the [answer|model's answer|reply] [with a program|as json|in my code]
extract [fields|data|names and dates|facts] [as json|into json]
""", """
[structured output|json mode|a json answer|answers as json|a grammar|constrained output|an answer with fixed fields|a json schema|answers in a given shape|guided decoding|valid json from the model|function-like output]
""", """
[the model|it] [does not write valid json|writes text around the json|breaks the json|invents fields|does not keep to my format]
[my program|my code|my script|the next step] [expects|needs|wants|reads] [json|an object with certain fields|a fixed format] [from the model|]
the answer [must|should|has to] [be json|be valid json|follow a schema|have certain fields|be one of some words|match a pattern|be yes or no]
""", """
what does --json-schema do
what does --grammar do
what does --regex do
what does --choices do
can the model answer in json
does hearth know grammars
""")

fact("system", "--system", """
Use `hearth run MODEL --system "You are a pirate."`; in a chat, type `/system TEXT`.
Give it with `--system TEXT`, as in `hearth run MODEL --system "Be brief."`, or type `/system TEXT` in a chat.
""", """
[set|give|write|use|add|pass|change|define|choose] [a|the|my own|another] [system message|system prompt|system instruction|system text|instruction at the beginning]
[tell|instruct|teach|order] [the model|a model|it|my model] [who it is|how to behave|to be a pirate|what role it plays|to answer briefly|to be polite|to act as a teacher|what it is|to speak like a poet]
[give|assign] [the model|it] [a role|a personality|a character|a persona|rules|standing instructions|an identity]
make the model [play a role|behave differently|polite|answer like a pirate|act as an expert]
""", """
[a system prompt|a system message|the system prompt|a persona|a role for the model|instructions for the model|standing instructions|a personality|a character for the model|the system role]
""", """
[the model|it] should [be|act as|behave like|speak like|play] [a teacher|a pirate|a poet|an expert|a lawyer|a friendly helper|a butler]
[the model|it] [should know|must know] [who it is|its role|the rules] [before the chat|from the start|]
""", """
what does --system do
what is [a|the] system [message|prompt]
where do I put the system [message|prompt]
what does /system do
system prompt
can it have a system prompt
""")
