// What stdout can show.
#pragma once

#include <cstddef>

namespace hearth {

struct Screen {
  bool color = false;  // a terminal, where nobody said that colours are unwanted
  bool moves = false;  // a terminal on which a line can be written again
};

// `no_color`: as the user said; the environment's NO_COLOR and TERM=dumb are asked, too.
Screen screen_of_stdout(bool no_color);

// Of the terminal behind a descriptor, now; 80 where there is none.
size_t terminal_columns(int descriptor);

}  // namespace hearth
