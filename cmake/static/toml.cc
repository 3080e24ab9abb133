// toml++, compiled here: its code comes with its headers.
#define TOML_IMPLEMENTATION
#include <toml++/toml.h>
