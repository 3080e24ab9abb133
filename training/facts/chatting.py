"""What can be done inside a chat in the terminal."""
from .kit import fact

fact("save_chat", "`/save FILE`", """
Type `/save FILE` in the chat. The conversation is written as JSON.
In the chat, `/save FILE` keeps the conversation; `/load FILE` brings it back.
""", """
[save|keep|store|write down|record|export|archive|preserve|dump|back up] [a|the|my|this|our] [chat|conversation|dialogue|talk|chat history|session|messages]
[write|put|copy|export] [the chat|our conversation|this conversation|all messages] [to|into] [a file|disk|a json file]
keep [what we said|what was said|what we talked about|all of this] for [later|tomorrow|my notes]
""", """
[a saved chat|a copy of the chat|a file of the conversation|a log of the chat|a transcript|a record of what was said|the chat as a file|an export of the conversation]
""", """
I [have to leave|must stop now] but want to keep [the chat|the conversation]
[this chat|the conversation] [should not be lost|must not get lost|is worth keeping|was good and I want to keep it]
I don't want to lose [the chat|this conversation|what we said]
""", """
what does /save do
are [chats|conversations] saved
where are my chats [saved|kept|stored]
is the conversation [saved|kept] [anywhere|automatically|]
save
""")

fact("load_chat", "`/load FILE`", """
Type `/load FILE` in a chat. It goes on with a conversation that `/save FILE` wrote.
In the chat, `/load FILE` brings a saved conversation back.
""", """
[load|reopen|restore|bring back|continue|resume|pick up|open again|go on with|return to|reload] [a|the|my|an old|a saved|an earlier|yesterday's|the last] [chat|conversation|dialogue|talk|session]
[continue|go on] where [I|we] [stopped|left off|ended|were]
[read|import] [a saved chat|a conversation file|a conversation from json|saved messages]
get [my old chat|the saved conversation|the messages] back
""", """
[a chat from yesterday|an old conversation|my saved chat|the conversation of last time|an earlier chat|a stored conversation|the chat I saved]
""", """
I saved [a chat|the conversation|our talk] [yesterday|last week|earlier|before][ and want to go on|, how do I get it back|]
[my chat|the conversation] [is in a file|was saved to chat.json|lies on the disk]
""", """
what does /load do
can I continue [an old chat|a saved chat|yesterday's conversation|later]
load
""")

fact("clear_chat", "`/clear`", """
Type `/clear` in the chat. It begins anew, and the model forgets what was said.
In the chat, `/clear` begins a new conversation.
""", """
[clear|reset|empty|wipe|erase|restart|drop|clean] [the|a|my|this] [chat|conversation|dialogue|context of the chat|history of the chat|memory of the chat]
[begin|start] [anew|afresh|a new conversation|a new chat|over|from scratch in the chat|again from zero|a new topic|with an empty chat]
make the model forget [everything|what I said|the conversation|what was said|all that]
[change|switch] the [topic|subject] [without the old messages|in a chat|completely]
""", """
[a fresh start|a new conversation|a new chat without leaving|an empty chat|a clean slate|a fresh chat|a reset of the chat]
""", """
[the model|it] [still talks about the old topic|mixes up the topics|keeps coming back to my first question|is confused by earlier messages]
the [chat|conversation] [has gone wrong|went astray|is messed up|should begin again]
I want to talk about something else [from zero|now, without the old messages|]
""", """
what does /clear do
[can|how do] I start over [in the chat|]
forget everything
new chat
clear
""")

fact("regenerate", "`/regenerate`", """
Type `/regenerate` in the chat. The last question is answered once more.
In the chat, `/regenerate` asks for another answer to your last question.
""", """
[regenerate|redo|repeat|retry|renew|rewrite|replace|reroll] [the|an|the last|this|that] [answer|reply|response]
[get|have|see|ask for|hear] [another|a different|a second|a better|a new] [answer|reply|response|version|try] [to the same question|to my last question|]
[let|make] [the model|it] [answer again|try again|answer once more|have another go|answer anew]
answer the [last|same|previous] question [again|once more|anew]
throw away the last answer
""", """
[another answer|a second try|a new answer to the same question|a different reply|a retry|another attempt|a better answer|an alternative answer]
""", """
[the last answer|the answer|this reply|that answer] [was bad|is not good|is no good|was rubbish|does not please me|was not what I wanted|is wrong, and I want another]
I don't like [the answer|this answer|that reply|what it said]
""", """
what does /regenerate do
can it answer again
again please, the same question
regenerate
""")

fact("set_in_chat", "`/set NAME VALUE`", """
Type `/set NAME VALUE` in the chat, as in `/set temperature 0.5`. `/show` tells what holds now.
In the chat, use `/set NAME VALUE`: `/set tokens 200`, for example.
""", """
[change|set|adjust|modify|alter|tune|switch] [a|the|some] [parameter|setting|option|sampling parameter|sampling setting|value|temperature] [in|inside|within|during|while in|in the middle of] [a|the|my|this] [chat|running chat|conversation]
[change|set|adjust] [the temperature|top_k|top_p|the token limit|the sampling|the reasoning display|parameters] without [leaving|restarting|ending] [the chat|]
[see|show|list] [the|my] [current|present] [settings|parameters|values] in the chat
[hide|show|fold|see] the [reasoning|thinking|thoughts] [in the chat|of the model|]
""", """
[settings inside the chat|parameters in a running chat|the settings of this chat|the /set command|other parameters while chatting|a different temperature in the middle of a chat]
""", """
I am in [a chat|the chat] and want [another temperature|other settings|to change a parameter|shorter answers from now on]
I don't want to restart the chat [for a new setting|to change the temperature|only to change an option]
""", """
what does /set do
what does /show do
which settings hold [now|in this chat|at the moment]
can I change [settings|parameters|options|the temperature] [during|in|inside] [a|the] chat
""")

fact("stop_answer", "Ctrl-C", """
Press Ctrl-C. The answer stops, and the chat goes on.
Ctrl-C stops the answer and not the program.
""", """
[stop|interrupt|cancel|abort|break off|halt|end|cut off|kill] [an|the|this|a running|a long] [answer|reply|response|output|generation]
[stop|interrupt|silence|shut up|halt] [the model|it] [while it writes|in the middle of an answer|when it writes nonsense|during an answer|]
break in [while it writes|when it goes wrong]
""", """
[a way to interrupt|a stop key|an interrupt|a stop button|a key that stops the answer|the key to stop it]
""", """
[the model|it] [writes and writes and I want it to stop now|won't shut up|is still writing and I have seen enough|keeps on talking right now]
[the answer|this answer] [is wrong already|goes the wrong way|takes for ever and I want to stop it]
""", """
which key stops [the answer|it|the model|the writing]
what does Ctrl-C do
can I interrupt [the model|an answer|it]
stop it
""")

fact("leave_chat", "`/bye`", """
Type `/bye` or press Ctrl-D. The chat ends.
Ctrl-D ends the chat, and so does `/bye`.
""", """
[leave|exit|quit|end|close|get out of|finish|escape from] [the|a|this|my] [chat|chat mode|program|session|prompt|conversation]
[go back|return|get back] to [the shell|my shell|the command line|bash]
[stop|quit|end|exit|close] hearth [from inside the chat|while chatting|]
""", """
[the way out of the chat|an exit|a quit command|the exit|a way back to the shell|a key to leave]
""", """
I [am stuck in|cannot get out of|can't leave|don't know how to leave] [the chat|this chat|it]
I am done [chatting|talking|with the chat] [and want my shell back|and want to leave|]
[quit|exit|:q] does not work [in the chat|]
""", """
what does /bye do
which key ends the chat
how does the chat end
how do I quit
how do I exit
what does Ctrl-D do
""")
