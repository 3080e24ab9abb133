/* Asks one question and prints the answer as it is streamed: events, each a line of JSON, which a program would give
 * to its JSON library.
 *
 *   cc chat.c -lhearth -o chat
 *   ./chat "How do I serve a model?" [MODEL.gguf] */
#include <hearth.h>
#include <stdio.h>
#include <string.h>

/* `text` as it stands inside a JSON string, as much of it as fits. */
static void quote(char* to, size_t size, const char* text) {
  size_t n = 0;
  for (; *text && n + 7 < size; ++text) {
    unsigned char c = (unsigned char)*text;
    if (c < 0x20) {
      n += (size_t)snprintf(to + n, size - n, "\\u%04x", c);
    } else {
      if (c == '"' || c == '\\') to[n++] = '\\';
      to[n++] = (char)c;
    }
  }
  to[n] = 0;
}

static int on_data(void* user, const char* data, size_t size) {
  fwrite(data, 1, size, (FILE*)user);
  return fflush((FILE*)user) != 0; /* nobody reads it any more: stop */
}

int main(int count, char** values) {
  if (count < 2) {
    fprintf(stderr, "usage: %s QUESTION [MODEL.gguf]\n", values[0]);
    return 2;
  }
  const char* arguments[] = {count > 2 ? values[2] : NULL, NULL};
  char* error = NULL;
  hearth_t* h = hearth_open(arguments, &error);
  if (!h) {
    fprintf(stderr, "error: %s\n", error);
    hearth_free(error);
    return 1;
  }
  char question[4096], body[4352];
  quote(question, sizeof question, values[1]);
  snprintf(body, sizeof body,
           "{\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}], \"stream\": true, \"temperature\": 0}",
           question);
  int status = hearth_call(h, "POST", "/v1/chat/completions", body, on_data, stdout);
  hearth_close(h);
  return status == 200 ? 0 : 1;
}
